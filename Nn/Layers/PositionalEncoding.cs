namespace Autograd.Nn;

/// <summary>
/// Adds to each vector of a sequence what tells its place: sin(t/10000^(2i/size)) to element 2i, the cosine of the same to element 2i + 1.
/// Trained places are an <see cref="Embedding"/>.
/// </summary>
/// <remarks>Source: Vaswani et al., "Attention is all you need", 2017, section 3.5.</remarks>
public sealed class PositionalEncoding : Module
{
    const double Longest = 10000;

    readonly Dropout _dropout;
    readonly int _size;

    // One for each element type; no buffers, since they follow from the sizes.
    readonly Tensor[] _tables;

    /// <summary>Computes the table.</summary>
    /// <param name="size">Size of a vector, ≥ 1.</param>
    /// <param name="longest">The longest sequence, ≥ 1.</param>
    /// <param name="dropout">The probability with which an element of the sum is dropped while training, in [0, 1].</param>
    /// <param name="generator">The source of dropout; <see cref="Generator.Default"/> when left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public PositionalEncoding(int size, int longest = 5000, double dropout = 0, Generator? generator = null)
    {
        Sizes.AtLeastOne(nameof(PositionalEncoding), (nameof(size), size), (nameof(longest), longest));
        (_size, _dropout) = (size, new(dropout, generator));
        int pairs = (size + 1) / 2;
        using RecordingSwitch _ = Tape.NoGrad();
        Tensor rates = Tensor.Pow(1 / Longest, Tensor.Arange(pairs, DType.Float64) * (2.0 / size));
        Tensor angles = Tensor.Arange(longest, DType.Float64).Unsqueeze(1) * rates;
        Tensor table = Tensor.Stack([angles.Sin(), angles.Cos()], 2).Reshape(longest, 2 * pairs).Slice(1, 0, size);
        // Clones, since what is computed inside a scope is recycled with it.
        _tables = [table.Cast(DType.Float32).Clone(), table.Clone()];
    }

    /// <summary>Adds the places.</summary>
    /// <param name="x">[…, l, size].</param>
    /// <returns>[…, l, size].</returns>
    /// <exception cref="ShapeException">The sequence is too long, or its vectors have another size.</exception>
    protected override Tensor Compute(Tensor x)
    {
        Tensor table = _tables[x.DType == DType.Float64 ? 1 : 0];
        if (x.Rank < 2 || x.Shape[-1] != _size || x.Shape[-2] > table.Shape[0])
        {
            string hint = x.Rank < 2 ? Throw.AxesHint(x.Shape, 2) : x.Shape[-1] != _size ? Throw.LastAxesHint(x.Shape, 1) : $"Make the layer with longest: {x.Shape[-2]}.";
            throw Throw.BadAxes(nameof(PositionalEncoding), $"[…, l, {_size}] with l ≤ {table.Shape[0]}", x.Shape, hint);
        }
        return _dropout.Forward(x + table.Slice(0, 0, x.Shape[-2]));
    }
}
