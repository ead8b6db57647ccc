namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The same elements in row-major order under other sizes: a view where the strides allow it, else a dense copy.</summary>
        /// <param name="sizes">The new sizes, with as many elements; one may be −1 and is computed from the others.</param>
        /// <exception cref="ShapeException">The number of elements differs, or −1 stands twice or beside a 0.</exception>
        public Tensor Reshape(params ReadOnlySpan<int> sizes)
        {
            Throw.IfNull("Reshape", x);
            if (sizes.SequenceEqual(x.Shape.Sizes)) return x;
            Shape shape = Complete(x.Shape, sizes);
            return shape == x.Shape ? x : new ReshapeOp(shape).Apply(x);
        }

        /// <summary>Joins neighbouring axes into one; a scalar becomes a vector of one element.</summary>
        /// <param name="start">The first of the axes.</param>
        /// <param name="end">The last of them.</param>
        /// <exception cref="ShapeException">An axis does not exist, or start lies behind end.</exception>
        public Tensor Flatten(int start = 0, int end = -1)
        {
            Throw.IfNull("Flatten", x);
            int first = x.Shape.AxisOrScalar(start, "Flatten"), last = x.Shape.AxisOrScalar(end, "Flatten");
            if (first > last) throw Throw.FlattenOrder(start, end, x.Shape);
            if (x.Rank == 0) return x.Reshape(1);
            long joined = 1;
            foreach (int size in x.Shape.Sizes[first..(last + 1)]) joined = Throw.IfTooLong("Flatten", joined * size);
            Span<int> sizes = stackalloc int[x.Rank - last + first];
            x.Shape.Sizes[..first].CopyTo(sizes);
            sizes[first] = (int)joined;
            x.Shape.Sizes[(last + 1)..].CopyTo(sizes[(first + 1)..]);
            return x.Reshape(sizes);
        }
    }

    static Shape Complete(Shape from, ReadOnlySpan<int> sizes)
    {
        int open = sizes.IndexOf(-1);
        long known = 1;
        for (int i = 0; i < sizes.Length && known <= int.MaxValue; i++)
        {
            if (sizes[i] < -1) throw Throw.ReshapeNegative(from, sizes);
            if (i != open) known *= sizes[i];
        }
        if (open < 0) return known == from.ElementCount ? Shape.Create(sizes) : throw Throw.ReshapeCount(from, sizes);
        Span<int> completed = stackalloc int[sizes.Length];
        sizes.CopyTo(completed);
        completed[open] = 1;
        if (known == 0 || completed.IndexOf(-1) >= 0) throw Throw.ReshapeOpen(from, sizes);
        if (known > int.MaxValue || from.ElementCount % known != 0) throw Throw.ReshapeCount(from, sizes);
        completed[open] = (int)(from.ElementCount / known);
        return Shape.Create(completed);
    }
}

// y = x under other sizes   ⇒   dx = dy under x's
sealed class ReshapeOp(Shape shape) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([2, 3], x => x.Reshape(3, 2)), Sample.Of([2, 6], x => x.Reshape(2, -1, 3)), Sample.Of([3, 4], x => x.T.Reshape(2, 6)),
        Sample.Of([], x => x.Reshape(1, 1)), Sample.Of([0, 3], x => x.Reshape(3, 0, 2)), Sample.Of([2, 3, 2], x => x.Flatten(1)),
    ];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs) => Under(shape, inputs[0]);

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (gradients.Needs(0)) gradients.Add(0, Under(values.Shape(0), dy));
    }

    static Tensor Under(Shape shape, Tensor x)
    {
        Span<int> strides = stackalloc int[shape.Rank];
        if (x.IsDense || !TryStrides(x.Shape, x.Strides, shape, strides))
        {
            x = x.Dense();
            int step = 1;
            for (int i = strides.Length - 1; i >= 0; step *= shape.Sizes[i--]) strides[i] = step;
        }
        return x.View(shape, strides);
    }

    protected override Tensor? Batch(BatchedInputs inputs) => inputs[0].Reshape([inputs.Count, .. shape.Sizes]);

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values) => dy.Reshape(values.Shape(0).Sizes);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => tangents[0]!.Reshape(shape.Sizes);

    /// <summary>
    /// The strides under the new sizes, if there are any: axes of x that are evenly spaced with respect to each other form a block,
    /// and every block must be the product of some of the new sizes. x is not empty.
    /// </summary>
    static bool TryStrides(Shape from, ReadOnlySpan<int> strides, Shape shape, Span<int> result)
    {
        int next = shape.Rank - 1;
        for (int i = from.Rank - 1; i >= 0;)
        {
            int size = from.Sizes[i], stride = strides[i];
            if (size == 1)
            {
                i--;
                continue;
            }
            int block = size;
            for (i--; i >= 0 && (from.Sizes[i] == 1 || strides[i] == block * stride); i--) block *= from.Sizes[i];
            int covered = 1;
            for (; next >= 0 && (covered < block || shape.Sizes[next] == 1); next--)
            {
                result[next] = covered * stride;
                covered *= shape.Sizes[next];
            }
            if (covered != block) return false;
        }
        return true;
    }
}
