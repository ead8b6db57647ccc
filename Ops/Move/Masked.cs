using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>x with one number in place of the elements where the mask is true; these get no gradient.</summary>
        /// <param name="mask">Bool; its shape broadcasts to the tensor's.</param>
        /// <param name="value">The number.</param>
        /// <exception cref="ShapeException">The mask does not broadcast to the tensor's shape.</exception>
        /// <exception cref="DTypeException">The mask is not Bool.</exception>
        public Tensor MaskedFill(Tensor mask, double value)
        {
            Throw.IfNull("MaskedFill", x);
            Throw.IfNull("MaskedFill", mask);
            if (mask.DType != DType.Bool) throw Throw.MaskType("MaskedFill", mask.DType);
            if (!Shape.TryBroadcast(mask.Shape, x.Shape, out Shape all) || all != x.Shape) throw Throw.MaskShape(mask.Shape, x.Shape);
            return Tensor.Where(mask, value, x);
        }

        /// <summary>The elements where the mask is true, in row-major order, as a vector; tensor and mask are broadcast together.</summary>
        /// <param name="mask">Bool.</param>
        /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
        /// <exception cref="DTypeException">The mask is not Bool.</exception>
        public Tensor MaskedSelect(Tensor mask)
        {
            Throw.IfNull("MaskedSelect", x);
            Throw.IfNull("MaskedSelect", mask);
            if (mask.DType != DType.Bool) throw Throw.MaskType("MaskedSelect", mask.DType);
            if (!Shape.TryBroadcast(x.Shape, mask.Shape, out Shape all)) throw Throw.Broadcast("MaskedSelect", x.Shape, mask.Shape);
            return x.Expand(all).Reshape(all.ElementCount).IndexSelect(0, Positions(mask.ExpandView(all).Dense().AsSpan<bool>()));
        }
    }

    /// <summary>The positions of what is true.</summary>
    [MethodImpl(Jit.Loop)]
    static Tensor Positions(ReadOnlySpan<bool> mask)
    {
        int count = mask.Count(true);
        Tensor positions = Tensor.Empty([count], DType.Int64);
        Span<long> target = positions.AsWritableSpan<long>();
        // Without a branch, which a mask that nothing foretells would mislead: what is false is written over.
        for (int i = 0, next = 0; next < count; i++)
        {
            target[next] = i;
            next += mask[i] ? 1 : 0;
        }
        return positions;
    }
}

/// <summary>Calls for the laws; the ops are <see cref="WhereOp"/> and <see cref="IndexSelectOp"/>.</summary>
readonly struct MaskedSamples : ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([2, 3], x => x.MaskedFill(Tensor.From([true, false, true]), 0.5)), Sample.Of([2, 3], x => x.MaskedSelect(Tensor.From([true, false, true]))),
        Sample.Of([3], x => x.MaskedSelect(Tensor.From(new[,] { { true }, { false }, { true } }))),
    ];
}
