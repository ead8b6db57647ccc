namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The transpose: the last two axes swapped, as a view.</summary>
        /// <exception cref="ShapeException">The tensor has fewer than two axes.</exception>
        public Tensor T
        {
            get
            {
                Throw.IfNull("T", x);
                return x.Rank >= 2 ? x.Transpose(-2, -1) : throw Throw.TransposeRank(x.Shape);
            }
        }

        /// <summary>Two axes swapped, as a view.</summary>
        /// <exception cref="ShapeException">An axis does not exist.</exception>
        public Tensor Transpose(int axis0, int axis1)
        {
            Throw.IfNull("Transpose", x);
            int a = x.Shape.AxisOrScalar(axis0, "Transpose"), b = x.Shape.AxisOrScalar(axis1, "Transpose");
            if (a == b) return x;
            int[] axes = new int[x.Rank];
            for (int i = 0; i < axes.Length; i++) axes[i] = i == a ? b : i == b ? a : i;
            return new PermuteOp(axes, axes).Apply(x);
        }

        /// <summary>The axes in another order, as a view: axis i of the result is axis <paramref name="axes"/>[i] of the tensor.</summary>
        /// <param name="axes">Every axis once.</param>
        /// <exception cref="ShapeException">An axis does not exist, is missing or named twice.</exception>
        public Tensor Permute(params ReadOnlySpan<int> axes)
        {
            Throw.IfNull("Permute", x);
            if (axes.Length != x.Rank) throw Throw.Permutation(axes, x.Shape);
            int[] forward = new int[axes.Length], inverse = new int[axes.Length];
            inverse.AsSpan().Fill(-1);
            bool moved = false;
            for (int i = 0; i < axes.Length; i++)
            {
                int axis = x.Shape.Axis(axes[i], "Permute");
                if (inverse[axis] >= 0) throw Throw.Permutation(axes, x.Shape);
                (forward[i], inverse[axis]) = (axis, i);
                moved |= axis != i;
            }
            return moved ? new PermuteOp(forward, inverse).Apply(x) : x;
        }

        /// <summary>One axis moved to another position, as a view; the others keep their order.</summary>
        /// <exception cref="ShapeException">An axis does not exist.</exception>
        public Tensor MoveAxis(int source, int destination) => x.MoveAxis([source], [destination]);

        /// <summary>Axes moved to other positions, as a view; the others keep their order.</summary>
        /// <param name="sources">Axes of the tensor.</param>
        /// <param name="destinations">As many axes of the result.</param>
        /// <exception cref="ShapeException">An axis does not exist or is named twice, or the numbers of axes differ.</exception>
        public Tensor MoveAxis(ReadOnlySpan<int> sources, ReadOnlySpan<int> destinations)
        {
            Throw.IfNull("MoveAxis", x);
            if (sources.Length != destinations.Length) throw Throw.MoveAxisCount(sources, destinations);
            Span<int> order = stackalloc int[x.Rank];
            Span<bool> used = stackalloc bool[x.Rank];
            order.Fill(-1);
            used.Clear();
            for (int i = 0; i < sources.Length; i++)
            {
                int from = x.Shape.Axis(sources[i], "MoveAxis"), to = x.Shape.Axis(destinations[i], "MoveAxis");
                if (used[from] || order[to] >= 0) throw Throw.MoveAxisTwice(sources, destinations);
                (order[to], used[from]) = (from, true);
            }
            int next = 0;
            foreach (ref int axis in order)
            {
                if (axis >= 0) continue;
                while (used[next]) next++;
                axis = next++;
            }
            return x.Permute(order);
        }
    }
}

// y = x with axes reordered   ⇒   dx = dy with axes put back
sealed class PermuteOp(int[] axes, int[] inverse) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([2, 3, 4], x => x.Permute(2, 0, 1)), Sample.Of([2, 3, 2], x => x.Transpose(0, 2)), Sample.Of([2, 3], x => x.T),
        Sample.Of([2, 3, 4], x => x.MoveAxis(0, -1)), Sample.Of([2, 0, 3], x => x.Permute(1, 2, 0)),
    ];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs) => View(inputs[0], axes);

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (gradients.Needs(0)) gradients.Add(0, View(dy, inverse));
    }

    static Tensor View(Tensor x, int[] axes)
    {
        Span<int> sizes = stackalloc int[axes.Length], strides = stackalloc int[axes.Length];
        for (int i = 0; i < axes.Length; i++) (sizes[i], strides[i]) = (x.Shape.Sizes[axes[i]], x.Strides[axes[i]]);
        return x.View(Shape.Create(sizes), strides);
    }

    protected override Tensor? Batch(BatchedInputs inputs) => inputs[0].Permute([0, .. axes.Select(a => a + 1)]);

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values) => new PermuteOp(inverse, axes).Apply(dy);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => Apply(tangents[0]!);
}
