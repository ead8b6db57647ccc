using Autograd.Kernels;

namespace Autograd;

/// <summary>What stands beyond the ends of a padded axis.</summary>
public enum PadMode
{
    /// <summary>One number.</summary>
    Constant,

    /// <summary>The elements mirrored at the last one, which is not repeated: for [a, b, c], c b | a b c | b a.</summary>
    Reflect,

    /// <summary>The last element again: a a | a b c | c c.</summary>
    Replicate,

    /// <summary>The elements from the other end: b c | a b c | a b.</summary>
    Circular,
}

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>Elements added at the ends of axes, or removed.</summary>
        /// <param name="pads">Numbers of elements before and after, in pairs, the last axis first; negative ones are removed, and where none is added the result is a view.</param>
        /// <param name="mode">What the added elements are.</param>
        /// <param name="value">The number that <see cref="PadMode.Constant"/> adds.</param>
        /// <exception cref="ShapeException">The pads are no pairs, more than the axes, remove more than there is, or reach further than the mode allows.</exception>
        public Tensor Pad(ReadOnlySpan<int> pads, PadMode mode = PadMode.Constant, double value = 0)
        {
            Throw.IfNull("Pad", x);
            if (pads.Length % 2 != 0 || pads.Length > 2 * x.Rank) throw Throw.PadPairs(pads, x.Shape);
            int[] before = new int[x.Rank], after = new int[x.Rank];
            for (int i = 0; i < pads.Length; i += 2) (before[^((i / 2) + 1)], after[^((i / 2) + 1)]) = (pads[i], pads[i + 1]);
            for (int i = 0; i < x.Rank; i++) CheckPad(x.Shape, i, before[i], after[i], mode);
            if (mode == PadMode.Constant) return pads.ContainsAnyExcept(0) ? new PadOp(before, after, value).Apply(x) : x;
            Tensor y = x;
            for (int i = 0; i < x.Rank; i++)
            {
                if (before[i] != 0 || after[i] != 0) y = y.IndexSelect(i, Sources(x.Shape.Sizes[i], before[i], after[i], mode));
            }
            return y;
        }
    }

    static void CheckPad(Shape shape, int axis, int before, int after, PadMode mode)
    {
        int size = shape.Sizes[axis], longest = Math.Max(before, after);
        long kept = (long)size + Math.Min(before, 0) + Math.Min(after, 0), padded = (long)size + before + after;
        if (padded < 0 || kept < 0) throw Throw.PadRemoves(axis, before, after, shape);
        Throw.IfTooLong("Pad", padded);
        int limit = mode switch { PadMode.Reflect => Math.Max(size - 1, 0), PadMode.Circular => size, PadMode.Replicate when size == 0 => 0, _ => int.MaxValue };
        if (longest > limit) throw Throw.PadReach(mode, axis, before, after, limit, shape);
    }

    /// <summary>For each index of the padded axis, the index that its element comes from.</summary>
    static Tensor Sources(int size, int before, int after, PadMode mode)
    {
        long[] index = new long[size + before + after];
        for (int i = 0; i < index.Length; i++)
        {
            int from = i - before;
            index[i] = mode switch
            {
                PadMode.Reflect => from < 0 ? -from : from >= size ? (2 * (size - 1)) - from : from,
                PadMode.Replicate => Math.Clamp(from, 0, size - 1),
                _ => ((from % size) + size) % size,
            };
        }
        return Tensor.From(index);
    }
}

// y = x between constants   ⇒   dx = dy without the borders (and with zeros where x was cut): padding by the opposite numbers
sealed class PadOp(int[] before, int[] after, double value) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([2, 3], x => x.Pad([1, 2])), Sample.Of([2, 3], x => x.Pad([0, 1, 2, 0], value: 1.5)), Sample.Of([3, 4], x => x.Pad([-1, 2, 1, -1], value: 0.5)),
        Sample.Of([2, 4], x => x.Pad([2, 1, 1, 0], PadMode.Reflect)), Sample.Of([2, 3], x => x.Pad([2, -1, 0, 3], PadMode.Replicate)),
        Sample.Of([2, 3], x => x.Pad([2, 3, 1, 0], PadMode.Circular)), Sample.Of([5], x => x.Pad([-2, -3])),
    ];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0];
        int rank = x.Rank;
        Span<int> sizes = stackalloc int[rank], kept = stackalloc int[rank], strides = stackalloc int[rank];
        int from = 0, to = 0, step = 1;
        for (int i = rank - 1; i >= 0; i--)
        {
            int size = x.Shape.Sizes[i];
            sizes[i] = size + before[i] + after[i];
            kept[i] = size + Math.Min(before[i], 0) + Math.Min(after[i], 0);
            strides[i] = step;
            from += Math.Max(-before[i], 0) * x.Strides[i];
            to += Math.Max(before[i], 0) * step;
            step *= sizes[i];
        }
        Shape inside = Shape.Create(kept), shape = Shape.Create(sizes);
        Tensor source = x.View(inside, x.Strides, inside.ElementCount > 0 ? from : 0);
        // Where nothing is added, the part that is left is a view.
        if (inside == shape) return source;
        Tensor y = Tensor.Empty(shape, x.DType);
        source = source.Dense();
        switch (x.DType)
        {
            case DType.Float32: ViewKernels.Place(source.AsSpan<float>(), kept, strides, to, y.AsWritableSpan<float>(), (float)value); break;
            case DType.Float64: ViewKernels.Place(source.AsSpan<double>(), kept, strides, to, y.AsWritableSpan<double>(), value); break;
            case DType.Int64: ViewKernels.Place(source.AsSpan<long>(), kept, strides, to, y.AsWritableSpan<long>(), (long)value); break;
            default: ViewKernels.Place(source.AsSpan<bool>(), kept, strides, to, y.AsWritableSpan<bool>(), value != 0); break;
        }
        return y;
    }

    protected override Tensor? Batch(BatchedInputs inputs) => new PadOp([0, .. before], [0, .. after], value).Apply(inputs[0]);

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values) => new PadOp(Opposite(before), Opposite(after), 0).Apply(dy);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => new PadOp(before, after, 0).Apply(tangents[0]!);

    static int[] Opposite(int[] pads) => Array.ConvertAll(pads, pad => -pad);
}
