namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The whole tensor repeated along each axis.</summary>
        /// <param name="repeats">0 or more for each axis; further ones in front add axes.</param>
        /// <exception cref="ShapeException">There are fewer numbers than axes, or one is negative.</exception>
        public Tensor Tile(params ReadOnlySpan<int> repeats)
        {
            Throw.IfNull("Tile", x);
            int added = repeats.Length - x.Rank;
            if (added < 0 || repeats.ContainsAnyInRange(int.MinValue, -1)) throw Throw.TileRepeats(repeats, x.Shape);
            // Every axis [n] becomes [1, n], then [r, n], then [r·n].
            int[] apart = new int[2 * repeats.Length], repeated = new int[apart.Length], joined = new int[repeats.Length];
            for (int i = 0; i < repeats.Length; i++)
            {
                int size = i < added ? 1 : x.Shape.Sizes[i - added];
                (apart[2 * i], apart[(2 * i) + 1]) = (1, size);
                (repeated[2 * i], repeated[(2 * i) + 1]) = (repeats[i], size);
                joined[i] = Throw.IfTooLong("Tile", (long)repeats[i] * size);
            }
            return x.Reshape(apart).Expand(Shape.Create(repeated)).Reshape(joined);
        }

        /// <summary>Each element repeated along an axis, next to itself.</summary>
        /// <param name="repeats">0 or more.</param>
        /// <param name="axis">The axis; null repeats the elements in row-major order as a vector.</param>
        /// <exception cref="ShapeException">There is no such axis, or repeats is negative.</exception>
        public Tensor RepeatInterleave(int repeats, int? axis = null)
        {
            Throw.IfNull("RepeatInterleave", x);
            if (repeats < 0) throw Throw.NegativeRepeats(repeats);
            if (axis is null || x.Rank == 0) return x.Rank == 1 ? x.RepeatInterleave(repeats, 0) : x.Reshape(x.Count).RepeatInterleave(repeats, axis ?? 0);
            int a = x.Shape.Axis(axis.Value, "RepeatInterleave"), size = x.Shape.Sizes[a];
            // The axis [n] becomes [n, 1], then [n, r], then [n·r].
            Tensor apart = x.Unsqueeze(a + 1);
            return apart.Expand(apart.Shape.With(a + 1, repeats)).Reshape(x.Shape.With(a, Throw.IfTooLong("RepeatInterleave", (long)size * repeats)).Sizes);
        }

        /// <summary>Each element repeated along an axis, next to itself, a number of times of its own.</summary>
        /// <param name="repeats">0 or more for each index of the axis.</param>
        /// <param name="axis">The axis.</param>
        /// <exception cref="ShapeException">There is no such axis, there are not as many numbers as it is long, or one is negative.</exception>
        public Tensor RepeatInterleave(ReadOnlySpan<int> repeats, int axis)
        {
            Throw.IfNull("RepeatInterleave", x);
            int a = x.Shape.Axis(axis, "RepeatInterleave");
            if (repeats.Length != x.Shape.Sizes[a]) throw Throw.RepeatsCount(repeats.Length, a, x.Shape);
            List<long> index = [];
            for (int i = 0; i < repeats.Length; i++)
            {
                if (repeats[i] < 0) throw Throw.NegativeRepeats(repeats[i]);
                index.AddRange(Enumerable.Repeat((long)i, repeats[i]));
            }
            return x.IndexSelect(a, Tensor.From(index.ToArray()));
        }
    }
}

/// <summary>Calls for the laws; the ops are <see cref="ExpandOp"/> and <see cref="ReshapeOp"/>.</summary>
readonly struct TileSamples : ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([2, 3], x => x.Tile(2, 1)), Sample.Of([2], x => x.Tile(3, 2)), Sample.Of([2, 3], x => x.RepeatInterleave(2, 1)), Sample.Of([2, 2], x => x.RepeatInterleave(2)),
        Sample.Of([3, 2], x => x.RepeatInterleave([2, 0, 3], 0)), Sample.Of([], x => x.Tile(2)),
    ];
}
