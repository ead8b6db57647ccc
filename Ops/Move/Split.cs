namespace Autograd;

public static partial class TensorOps
{
    const int MostEmptyParts = 1 << 20;

    extension(Tensor x)
    {
        /// <summary>Views of <paramref name="size"/> neighbouring elements along one axis each, the last one of what remains.</summary>
        /// <param name="size">At least 1.</param>
        /// <param name="axis">The axis.</param>
        /// <exception cref="ShapeException">There is no such axis, or size is below 1.</exception>
        public Tensor[] Split(int size, int axis = 0)
        {
            Throw.IfNull("Split", x);
            int a = x.Shape.Axis(axis, "Split"), length = x.Shape.Sizes[a];
            if (size < 1) throw Throw.SplitSize(size);
            Tensor[] parts = new Tensor[Math.Max((int)(((long)length + size - 1) / size), 1)];
            for (int i = 0; i < parts.Length; i++) parts[i] = x.Slice(a, i * size, Math.Min(length - (i * size), size) + (i * size));
            return parts;
        }

        /// <summary>Views of the given numbers of neighbouring elements along one axis.</summary>
        /// <param name="sizes">0 or more each; together the size of the axis.</param>
        /// <param name="axis">The axis.</param>
        /// <exception cref="ShapeException">There is no such axis, or the sizes do not add up to its size.</exception>
        public Tensor[] Split(ReadOnlySpan<int> sizes, int axis = 0)
        {
            Throw.IfNull("Split", x);
            int a = x.Shape.Axis(axis, "Split");
            long total = 0;
            bool negative = false;
            foreach (int size in sizes)
            {
                total += size;
                negative |= size < 0;
            }
            if (negative || total != x.Shape.Sizes[a]) throw Throw.SplitSizes(sizes, total, a, x.Shape);
            Tensor[] parts = new Tensor[sizes.Length];
            for (int i = 0, start = 0; i < parts.Length; start += sizes[i++]) parts[i] = x.Slice(a, start, start + sizes[i]);
            return parts;
        }

        /// <summary>At most <paramref name="chunks"/> views of equal size along one axis, but for the last.</summary>
        /// <param name="chunks">At least 1; the size of a part is that of the axis divided by it, rounded up.</param>
        /// <param name="axis">The axis.</param>
        /// <exception cref="ShapeException">There is no such axis, or chunks is below 1.</exception>
        public Tensor[] Chunk(int chunks, int axis = 0)
        {
            Throw.IfNull("Chunk", x);
            int a = x.Shape.Axis(axis, "Chunk"), length = x.Shape.Sizes[a];
            if (chunks < 1) throw Throw.ChunkCount(chunks);
            if (length == 0 && chunks > MostEmptyParts) throw Throw.ChunkEmpty(chunks, MostEmptyParts, a, x.Shape);
            return length == 0 ? x.Split(new int[chunks], a) : x.Split((int)(((long)length + chunks - 1) / chunks), a);
        }
    }
}

/// <summary>Calls for the laws; the op is <see cref="SliceOp"/>.</summary>
readonly struct SplitSamples : ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([5, 2], x => x.Split(2)[2]), Sample.Of([2, 5], x => x.Split([2, 0, 3], 1)[2]), Sample.Of([3, 4], x => x.Chunk(2, -1)[1]),
        Sample.Of([3, 2], x => x.Split(1)[0] * x.Split(1)[2]),
    ];
}
