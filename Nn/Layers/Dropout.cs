namespace Autograd.Nn;

/// <summary>
/// Sets elements to 0 at random while training and divides the others by the probability of staying, so that the expected value
/// is that of the input; passes its input on when evaluating.
/// </summary>
/// <remarks>Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.</remarks>
public class Dropout : Module
{
    readonly Generator? _generator;

    /// <summary>Sets the probability.</summary>
    /// <param name="rate">The probability that an element is dropped, in [0, 1].</param>
    /// <param name="generator">The source of randomness; <see cref="Generator.Default"/> of the thread that calls when left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not in [0, 1].</exception>
    public Dropout(double rate = 0.5, Generator? generator = null)
    {
        Throw.IfNoProbability(GetType().Name, rate, "Pass 0.1 to drop a tenth.");
        (Rate, _generator) = (rate, generator);
    }

    /// <summary>The probability that an element is dropped.</summary>
    public double Rate { get; }

    /// <summary>Drops elements while training.</summary>
    /// <exception cref="DTypeException">x is not floating-point.</exception>
    protected override Tensor Compute(Tensor x)
    {
        if (!x.DType.IsFloating()) throw Throw.NeedsFloating(GetType().Name, x.DType);
        return IsTraining && Rate > 0 ? x * Mask(MaskShape(x.Shape), x.DType) : x;
    }

    /// <summary>The shape of what is dropped or kept.</summary>
    private protected virtual Shape MaskShape(Shape shape) => shape;

    /// <summary>0 or 1/(1 − rate) for each element, the same choice for either element type.</summary>
    Tensor Mask(Shape shape, DType dtype)
    {
        Tensor mask = Tensor.Empty(shape, dtype);
        double kept = Rate < 1 ? 1 / (1 - Rate) : 0;
        if (dtype == DType.Float32) Draw(mask.AsWritableSpan<float>(), (float)kept);
        else Draw(mask.AsWritableSpan<double>(), kept);
        return mask;
    }

    void Draw<T>(Span<T> mask, T kept) where T : unmanaged
    {
        Generator generator = _generator ?? Generator.Default;
        Span<float> drawn = stackalloc float[256];
        // A choice by position, since a branch would be mispredicted half of the time.
        Span<T> choices = [kept, default];
        for (; !mask.IsEmpty; mask = mask[drawn.Length..])
        {
            drawn = drawn[..Math.Min(drawn.Length, mask.Length)];
            generator.NextSingles(drawn);
            for (int i = 0; i < drawn.Length; i++) mask[i] = choices[drawn[i] < Rate ? 1 : 0];
        }
    }
}

/// <summary>Dropout of whole channels of images or sequences, whose neighbouring elements say much the same.</summary>
/// <param name="rate">The probability that a channel is dropped, in [0, 1].</param>
/// <param name="generator">The source of randomness; <see cref="Generator.Default"/> of the thread that calls when left out.</param>
/// <remarks>Source: Tompson, Goroshin, Jain, LeCun and Bregler, "Efficient object localization using convolutional networks", 2015.</remarks>
public sealed class Dropout2d(double rate = 0.5, Generator? generator = null) : Dropout(rate, generator)
{
    private protected override Shape MaskShape(Shape shape)
    {
        if (shape.Rank < 3) throw Throw.BadAxes(nameof(Dropout2d), "[n, channels, …]", shape, shape.Rank == 2 ? "Use Dropout for features without positions." : "Reshape it to [n, channels, …].");
        int[] sizes = shape.Sizes.ToArray();
        sizes.AsSpan(2).Fill(1);
        return Shape.Create(sizes);
    }
}
