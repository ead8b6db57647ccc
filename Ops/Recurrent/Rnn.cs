using System.Numerics;
using Autograd.Kernels;

namespace Autograd;

/// <summary>
/// All steps of one plain layer: from z [time, n, hidden], the input's part of the sums, the matrix W [hidden, hidden] and first states [n, hidden] to the states
/// at all times.
/// </summary>
// h' = f(z + h·Wᵀ), f tanh or relu   ⇒   dz = dh'·f',  dh = dz·W,  dW = Σ dzᵀ·h over the steps, with f' = 1 − h'² or whether h' > 0
sealed class RnnOp(bool relu, bool reversed) : RecurrentOp(reversed), ISampled
{
    public override string Name => "Rnn";

    public static IEnumerable<Sample> Samples =>
    [
        new(x => Over(x[0], x[1], x[2], relu: false, reversed: false), new([3, 2, 4]), new([4, 4]), new([2, 4])),
        new(x => Over(x[0], x[1], x[2], relu: true, reversed: true), new([2, 3, 2]), new([2, 2]), new([3, 2])),
    ];

    /// <summary>The op, with the three inputs that it takes.</summary>
    public static Tensor Over(Tensor sums, Tensor weight, Tensor h, bool relu, bool reversed) => new RnnOp(relu, reversed).Apply(sums, weight, h);

    protected override Tensor Again(params ReadOnlySpan<Tensor> inputs) => new RnnOp(relu, Reversed).Apply(inputs);

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Throw.IfNotFloating(this, inputs);
        Tensor y = Tensor.Empty(inputs[0].Shape, inputs[0].DType);
        if (y.Count == 0) return y;
        if (y.DType == DType.Float32) Forward<float>(inputs[0].Dense(), inputs[1].Dense(), inputs[2].Dense(), y);
        else Forward<double>(inputs[0].Dense(), inputs[1].Dense(), inputs[2].Dense(), y);
        return y;
    }

    void Forward<T>(Tensor sums, Tensor weight, Tensor h, Tensor y) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        RnnKernels.Forward(relu, sums.AsSpan<T>(), weight.AsSpan<T>(), h.AsSpan<T>(), h.Shape[1], Reversed, y.AsWritableSpan<T>());

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (dy.Count == 0) base.Backward(dy, values, gradients);
        else if (dy.DType == DType.Float32) Backward<float>(dy.Dense(), values, gradients);
        else Backward<double>(dy.Dense(), values, gradients);
    }

    void Backward<T>(Tensor dy, Recorded values, Gradients gradients) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Tensor dz = Tensor.Empty(dy.Shape, dy.DType);
        int hidden = values.Shape(2).Sizes[1];
        ReadOnlySpan<T> y = values.ResultAsSpan<T>(), h = values.AsSpan<T>(2);
        Span<T> dh = States<T>(h.Length);
        RnnKernels.Backward(relu, dy.AsSpan<T>(), values.AsSpan<T>(1), y, hidden, Reversed, dz.AsWritableSpan<T>(), dh);
        if (gradients.Needs(1))
        {
            Span<T> dw = gradients.AsSpan<T>(1, out bool fresh);
            RecurrentKernels.Weight(dz.AsSpan<T>(), y, h, hidden, Reversed, dw, fresh);
        }
        if (gradients.Needs(0)) gradients.Add(0, dz);
        Add<T>(2, dh, gradients);
    }

    protected override Tensor Vjp(int input, Tensor dy, Recorded values)
    {
        Tensor weight = values.B, dh = Tensor.Zeros(values.Shape(2), dy.DType);
        Tensor[] states = StatesOf(values.A, weight, values.C), dz = new Tensor[states.Length - 1];
        for (int s = dz.Length - 1; s >= 0; s--)
        {
            int time = Time(s, dz.Length);
            dz[time] = (dy.Select(0, time) + dh) * Slope(states[s + 1]);
            dh = dz[time].MatMul(weight);
        }
        return input switch
        {
            0 => Tensor.Stack(dz),
            1 => Tensor.Concat([.. dz.Select((_, s) => dz[Time(s, dz.Length)])], 0).T.MatMul(Tensor.Concat(states[..^1], 0)),
            _ => dh,
        };
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y)
    {
        Tensor dz = Tangent(inputs, tangents, 0), dw = Tangent(inputs, tangents, 1), dh = Tangent(inputs, tangents, 2);
        Tensor[] states = StatesOf(inputs[0], inputs[1], inputs[2]), dy = new Tensor[states.Length - 1];
        for (int s = 0; s < dy.Length; s++)
        {
            int time = Time(s, dy.Length);
            dy[time] = dh = (dz.Select(0, time) + dh.MatMul(inputs[1].T) + states[s].MatMul(dw.T)) * Slope(states[s + 1]);
        }
        return Tensor.Stack(dy);
    }

    Tensor Slope(Tensor h) => relu ? h.Sign() : 1 - h.Square();

    /// <summary>The first states and those after each step, in the order of the steps, recorded.</summary>
    Tensor[] StatesOf(Tensor sums, Tensor weight, Tensor h)
    {
        Tensor[] states = new Tensor[sums.Shape[0] + 1];
        states[0] = h;
        for (int s = 1; s < states.Length; s++)
        {
            Tensor sum = sums.Select(0, Time(s - 1, states.Length - 1)) + states[s - 1].MatMul(weight.T);
            states[s] = relu ? sum.Relu() : sum.Tanh();
        }
        return states;
    }
}
