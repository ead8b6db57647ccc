namespace Autograd.Nn;

/// <summary>Layers of a recurrent net, one above the other, in one or both directions.</summary>
/// <remarks>
/// The parameters of layer k are <c>weight_ih_lk</c> [gates·hidden, in], <c>weight_hh_lk</c> [gates·hidden, hidden], <c>bias_ih_lk</c> and
/// <c>bias_hh_lk</c> [gates·hidden]; those of the way back end in <c>_reverse</c>. All start uniform in ±1/√hidden.
/// </remarks>
public abstract class RecurrentLayer : Module
{
    [ParameterName("")] readonly OrderedDictionary<string, Tensor> _parameters = [];
    readonly string[] _names;
    readonly RecurrentWeights[] _weights;
    readonly Dropout? _dropout;

    private protected RecurrentLayer(int gates, int inputs, int hidden, RecurrentOptions options, Generator? generator, DType dtype)
    {
        string name = GetType().Name;
        Sizes.AtLeastOne(name, (nameof(inputs), inputs), (nameof(hidden), hidden), ("layers", options.Layers));
        (Inputs, Hidden, Options) = (inputs, hidden, options);
        int ways = options.Bidirectional ? 2 : 1, parts = options.Bias ? 4 : 2;
        _weights = new RecurrentWeights[options.Layers * ways];
        List<string> names = [];
        for (int i = 0; i < _weights.Length; i++)
        {
            int size = i < ways ? inputs : ways * hidden;
            string end = $"_l{i / ways}" + (i % ways == 1 ? "_reverse" : "");
            Shape[] shapes = [[gates * hidden, size], [gates * hidden, hidden], [gates * hidden], [gates * hidden]];
            string[] starts = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"];
            for (int part = 0; part < parts; part++)
            {
                names.Add(starts[part] + end);
                _parameters.Add(names[^1], Parameter(Init.UniformByInputs(Tensor.Zeros(shapes[part], dtype), hidden, generator)));
            }
        }
        _names = [.. names];
        if (options.Dropout != 0) _dropout = new(options.Dropout, generator);
    }

    /// <summary>Size of the input's last axis.</summary>
    public int Inputs { get; }

    /// <summary>Size of a state.</summary>
    public int Hidden { get; }

    /// <summary>How the layers are arranged.</summary>
    public RecurrentOptions Options { get; }

    /// <summary>The parameters of one layer in one direction.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer or direction.</exception>
    public RecurrentWeights WeightsOf(int layer, bool reverse = false)
    {
        Throw.IfOutside(GetType().Name, layer, 0, Options.Layers - 1, "Count layers from 0, the one nearest to the input.");
        if (reverse && !Options.Bidirectional) throw Throw.OutOfRange(GetType().Name, nameof(reverse), reverse, "must be false for a net that runs in one direction", "Make it with bidirectional: true.");
        return Weights()[Options.Bidirectional ? (2 * layer) + (reverse ? 1 : 0) : layer];
    }

    /// <summary>The last layer's states at all times.</summary>
    /// <param name="x">[time, n, in], or [n, time, in] if the batch comes first.</param>
    /// <returns>[time, n, directions·hidden], or [n, time, directions·hidden].</returns>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    protected override Tensor Compute(Tensor x) => Compute(x, null, null, null).Output;

    private protected abstract (Tensor Output, Tensor H, Tensor? C) Over(Tensor x, ReadOnlySpan<RecurrentWeights> weights, Tensor? h0, Tensor? c0, Tensor? lengths);

    private protected (Tensor Output, Tensor H, Tensor? C) Run(Tensor x, Tensor? h0, Tensor? c0, Tensor? lengths)
    {
        Throw.IfNull(this, x);
        using ForwardCall call = Enter((x, h0, c0));
        x = Before(x);
        (Tensor output, Tensor h, Tensor? c) = Compute(x, h0, c0, lengths);
        return (After(in call, x, output), h, c);
    }

    (Tensor Output, Tensor H, Tensor? C) Compute(Tensor x, Tensor? h0, Tensor? c0, Tensor? lengths)
    {
        RecurrentWeights[] weights = Weights();
        if (_dropout is null || !IsTraining || Options.Layers == 1) return Over(x, weights, h0, c0, lengths);
        int ways = Options.Bidirectional ? 2 : 1;
        List<Tensor> h = [], c = [];
        for (int layer = 0; layer < Options.Layers; layer++)
        {
            int first = layer * ways, end = first + ways;
            if (layer > 0) x = _dropout.Forward(x);
            (x, Tensor lastH, Tensor? lastC) = Over(x, weights.AsSpan(first, ways), h0?.Slice(0, first, end), c0?.Slice(0, first, end), lengths);
            h.Add(lastH);
            if (lastC is not null) c.Add(lastC);
        }
        return (x, Tensor.Concat([.. h], 0), c.Count == 0 ? null : Tensor.Concat([.. c], 0));
    }

    /// <summary>The parameters as they are now; they may have been replaced since the last call.</summary>
    RecurrentWeights[] Weights()
    {
        int next = 0;
        for (int i = 0; i < _weights.Length; i++)
        {
            Tensor input = Next(), hidden = Next();
            _weights[i] = Options.Bias ? new(input, hidden, Next(), Next()) : new(input, hidden);
        }
        return _weights;

        Tensor Next() => _parameters[_names[next++]];
    }
}

/// <summary>How the layers of a recurrent net are arranged.</summary>
public sealed record RecurrentOptions
{
    /// <summary>How many layers lie one above the other, ≥ 1.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>Whether biases are added.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>Whether the batch axis of input and output comes before time; states have it second in any case.</summary>
    public bool BatchFirst { get; init; }

    /// <summary>Whether the net also runs from the end to the start; the results lie side by side.</summary>
    public bool Bidirectional { get; init; }

    /// <summary>The probability with which an element between two layers is dropped while training, in [0, 1].</summary>
    public double Dropout { get; init; }
}
