using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>Sets each element to 0 with probability <paramref name="rate"/> and divides the others by 1 − rate, so that the expected value stays. Source: Srivastava et al. 2014.</summary>
        /// <param name="rate">In [0, 1]; at 1 everything is 0.</param>
        /// <param name="generator">The source of randomness.</param>
        /// <remarks>Each sample of a batched tensor (<see cref="Grad.PerSample"/>) gets numbers of its own.</remarks>
        /// <exception cref="ArgumentOutOfRangeException">The rate is outside [0, 1].</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Dropout(double rate, Generator generator)
        {
            Throw.IfNull("Dropout", x);
            Throw.IfNull("Dropout", generator);
            if (!(rate is >= 0 and <= 1)) throw Throw.DropoutRate(rate);
            if (!x.DType.IsFloating()) throw Throw.NeedsFloating("Dropout", x.DType);
            return rate == 1 ? x * 0 : x * new DropoutMaskOp(x.Shape, rate, generator).Apply(x.Detach());
        }
    }

    /// <summary>0 with probability <paramref name="rate"/>, else 1 / (1 − rate).</summary>
    internal static Tensor DropoutMask(Shape shape, DType dtype, double rate, Generator generator)
    {
        Tensor mask = Tensor.Empty(shape, dtype);
        if (dtype == DType.Float32) Draw(mask.AsWritableSpan<float>(), rate, (float)(1 / (1 - rate)), generator);
        else Draw(mask.AsWritableSpan<double>(), rate, 1 / (1 - rate), generator);
        return mask;
    }

    [MethodImpl(Jit.Loop)]
    static void Draw<T>(Span<T> mask, double rate, T kept, Generator generator) where T : unmanaged
    {
        Span<float> drawn = stackalloc float[256];
        // A choice by position, since a branch would be mispredicted half of the time.
        Span<T> choices = [kept, default];
        // The drawn numbers are floats: below the rate is below the least float that is not.
        float limit = (float)rate < rate ? float.BitIncrement((float)rate) : (float)rate;
        for (; !mask.IsEmpty; mask = mask[drawn.Length..])
        {
            drawn = drawn[..Math.Min(drawn.Length, mask.Length)];
            generator.NextSingles(drawn);
            int i = 0;
            if (typeof(T) == typeof(float))
            {
                Span<float> floats = MemoryMarshal.Cast<T, float>(mask);
                Vector512<float> keep = Vector512.Create(Unsafe.As<T, float>(ref kept)), most = Vector512.Create(limit);
                for (; i + Vector512<float>.Count <= drawn.Length; i += Vector512<float>.Count)
                    Vector512.AndNot(keep, Vector512.LessThan(Vector512.Create<float>(drawn[i..]), most)).CopyTo(floats[i..]);
            }
            for (; i < drawn.Length; i++) mask[i] = choices[drawn[i] < limit ? 1 : 0];
        }
    }
}

/// <summary>What dropout multiplies by, in a given shape; of its input, which each sample has one of, only the type counts.</summary>
// y = 0 with the probability of the rate p, else 1/(1 − p)   ⇒   dx = 0
sealed class DropoutMaskOp(Shape shape, double rate, Generator generator) : Op, ISampled
{
    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Dropout(0.5, new Generator(1)))];

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs) => TensorOps.DropoutMask(shape, inputs[0].DType, rate, generator);

    protected override Tensor? Batch(BatchedInputs inputs) => new DropoutMaskOp([inputs.Count, .. shape.Sizes], rate, generator).Apply(inputs[0]);

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values) => null;

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => null;
}
