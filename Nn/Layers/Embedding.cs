namespace Autograd.Nn;

/// <summary>A table of trained vectors, one for each number from 0: words, positions, classes.</summary>
public sealed class Embedding : Module
{
    readonly int? _paddingIndex;

    /// <summary>Makes the table, normally distributed with mean 0 and standard deviation 1.</summary>
    /// <param name="count">How many vectors there are, ≥ 1.</param>
    /// <param name="size">The size of a vector, ≥ 1.</param>
    /// <param name="paddingIndex">The number that stands for nothing: its vector starts at 0 and gets no gradient; negative ones count from the end.</param>
    /// <param name="generator">The source of initial values; <see cref="Generator.Default"/> when left out.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, or there is no vector at the padding index.</exception>
    public Embedding(int count, int size, int? paddingIndex = null, Generator? generator = null, DType dtype = DType.Float32)
    {
        Sizes.AtLeastOne(nameof(Embedding), (nameof(count), count), (nameof(size), size));
        if (paddingIndex is { } given && (given < -count || given >= count)) throw Throw.OutOfRange(nameof(Embedding), nameof(paddingIndex), given, $"must be a number of the {count} vectors", "Pass 0 for the first, -1 for the last.");
        _paddingIndex = paddingIndex < 0 ? paddingIndex + count : paddingIndex;
        Weight = Init.Normal(Tensor.Zeros([count, size], dtype), 0, 1, generator);
        if (_paddingIndex is { } row) Weight.Select(0, row).Fill(0);
        Parameter(Weight);
    }

    /// <summary>The vectors, [count, size].</summary>
    public Tensor Weight { get; set; }

    /// <summary>Looks numbers up.</summary>
    /// <param name="x">Int64, of any shape.</param>
    /// <returns>The vectors, [shape of x…, size].</returns>
    /// <exception cref="IndexOutOfRangeException">There is no such vector.</exception>
    protected override Tensor Compute(Tensor x) => Tensor.Embedding(x, Weight, _paddingIndex);
}
