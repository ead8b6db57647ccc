namespace Autograd.Nn;

/// <summary>One step of a recurrent net, for loops of your own; <see cref="RecurrentLayer"/> runs over whole sequences.</summary>
/// <typeparam name="TState">The state before, which may be left out; it is zeros then.</typeparam>
/// <typeparam name="TNext">The state after.</typeparam>
/// <remarks>The parameters are <c>weight_ih</c>, <c>weight_hh</c>, <c>bias_ih</c> and <c>bias_hh</c>. All start uniform in ±1/√hidden.</remarks>
public abstract class RecurrentCell<TState, TNext> : Module<Tensor, TState, TNext>
{
    private protected RecurrentCell(int gates, int inputs, int hidden, bool bias, Generator? generator, DType dtype)
    {
        Sizes.AtLeastOne(GetType().Name, (nameof(inputs), inputs), (nameof(hidden), hidden));
        Hidden = hidden;
        WeightIh = Start([gates * hidden, inputs]);
        WeightHh = Start([gates * hidden, hidden]);
        if (bias) (BiasIh, BiasHh) = (Start([gates * hidden]), Start([gates * hidden]));

        Tensor Start(Shape shape) => Parameter(Init.UniformByInputs(Tensor.Zeros(shape, dtype), hidden, generator));
    }

    /// <summary>Size of a state.</summary>
    public int Hidden { get; }

    /// <summary>What is applied to the input, [gates·hidden, inputs].</summary>
    public Tensor WeightIh { get; set; }

    /// <summary>What is applied to the state, [gates·hidden, hidden].</summary>
    public Tensor WeightHh { get; set; }

    /// <summary>The bias of the input, [gates·hidden], or null.</summary>
    public Tensor? BiasIh { get; set; }

    /// <summary>The bias of the state, [gates·hidden], or null.</summary>
    public Tensor? BiasHh { get; set; }

    private protected RecurrentWeights Weights => new(WeightIh, WeightHh, BiasIh, BiasHh);

    /// <summary>The state of zeros that belongs to an input.</summary>
    private protected Tensor Zeros(Tensor x)
    {
        Throw.IfNull(this, x);
        return Tensor.Zeros(x.Rank == 2 ? [x.Shape[0], Hidden] : [Hidden], x.DType);
    }
}

/// <summary>One step of a plain recurrent net: h' = tanh(W·x + b + U·h + c), or with the rectifier; see <see cref="Recurrent.RnnCell"/>.</summary>
/// <inheritdoc/>
public sealed class RnnCell : RecurrentCell<Tensor?, Tensor>
{
    readonly bool _relu;

    /// <summary>Makes the cell.</summary>
    /// <param name="inputs">Size of the input's last axis, ≥ 1.</param>
    /// <param name="hidden">Size of a state, ≥ 1.</param>
    /// <param name="bias">Whether biases are added.</param>
    /// <param name="relu">Whether the rectifier takes the place of tanh.</param>
    /// <param name="generator">The source of initial values; <see cref="Generator.Default"/> when left out.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public RnnCell(int inputs, int hidden, bool bias = true, bool relu = false, Generator? generator = null, DType dtype = DType.Float32)
        : base(1, inputs, hidden, bias, generator, dtype) => _relu = relu;

    /// <summary>The next state.</summary>
    /// <param name="x">[n, inputs] or [inputs].</param>
    /// <param name="h">[n, hidden] or [hidden]; zeros when null.</param>
    /// <returns>[n, hidden] or [hidden].</returns>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    protected override Tensor Compute(Tensor x, Tensor? h) => Recurrent.RnnCell(x, h ?? Zeros(x), Weights, _relu);
}

/// <summary>One step of a gated recurrent unit; gates in the order reset, update, new; see <see cref="Recurrent.GruCell"/>.</summary>
/// <inheritdoc/>
public sealed class GruCell : RecurrentCell<Tensor?, Tensor>
{
    /// <summary>Makes the cell.</summary>
    /// <inheritdoc cref="RnnCell(int, int, bool, bool, Generator?, DType)"/>
    public GruCell(int inputs, int hidden, bool bias = true, Generator? generator = null, DType dtype = DType.Float32)
        : base(3, inputs, hidden, bias, generator, dtype)
    {
    }

    /// <summary>The next state.</summary>
    /// <param name="x">[n, inputs] or [inputs].</param>
    /// <param name="h">[n, hidden] or [hidden]; zeros when null.</param>
    /// <returns>[n, hidden] or [hidden].</returns>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    protected override Tensor Compute(Tensor x, Tensor? h) => Recurrent.GruCell(x, h ?? Zeros(x), Weights);
}

/// <summary>One step of a long short-term memory; gates in the order input, forget, cell, output; see <see cref="Recurrent.LstmCell"/>.</summary>
/// <inheritdoc/>
public sealed class LstmCell : RecurrentCell<(Tensor H, Tensor C)?, (Tensor H, Tensor C)>
{
    /// <summary>Makes the cell.</summary>
    /// <inheritdoc cref="RnnCell(int, int, bool, bool, Generator?, DType)"/>
    public LstmCell(int inputs, int hidden, bool bias = true, Generator? generator = null, DType dtype = DType.Float32)
        : base(4, inputs, hidden, bias, generator, dtype)
    {
    }

    /// <summary>The next state and memory.</summary>
    /// <param name="x">[n, inputs] or [inputs].</param>
    /// <param name="state">State and memory, [n, hidden] or [hidden] each; zeros when null.</param>
    /// <returns>State and memory, [n, hidden] or [hidden] each.</returns>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    protected override (Tensor H, Tensor C) Compute(Tensor x, (Tensor H, Tensor C)? state) => state is { } given
        ? Recurrent.LstmCell(x, given.H, given.C, Weights)
        : Recurrent.LstmCell(x, Zeros(x), Zeros(x), Weights);
}
