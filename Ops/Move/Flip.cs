namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The order of elements reversed along the given axes, as a view; along none if none is given.</summary>
        /// <exception cref="ShapeException">An axis does not exist or is named twice.</exception>
        public Tensor Flip(params ReadOnlySpan<int> axes)
        {
            Throw.IfNull("Flip", x);
            bool[] flipped = new bool[x.Rank];
            foreach (int axis in axes)
            {
                int a = x.Shape.AxisOrScalar(axis, "Flip");
                if (x.Rank == 0) continue;
                if (flipped[a]) throw Throw.AxisTwice("Flip", axes, x.Shape);
                flipped[a] = true;
            }
            return flipped.Contains(true) ? new FlipOp(flipped).Apply(x) : x;
        }
    }
}

// y = x backwards   ⇒   dx = dy backwards
sealed class FlipOp(bool[] flipped) : Op, ISampled
{
    public static IEnumerable<Sample> Samples => [Sample.Of([4], x => x.Flip(0)), Sample.Of([2, 3, 2], x => x.Flip(0, -1)), Sample.Of([0, 3], x => x.Flip(0, 1))];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0];
        int[] strides = x.Strides.ToArray();
        int first = 0;
        for (int i = 0; i < strides.Length; i++)
        {
            if (!flipped[i]) continue;
            first += (x.Shape.Sizes[i] - 1) * strides[i];
            strides[i] = -strides[i];
        }
        return x.View(x.Shape, strides, x.Count > 0 ? first : 0);
    }

    protected override Tensor? Batch(BatchedInputs inputs) => new FlipOp([false, .. flipped]).Apply(inputs[0]);

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values) => Apply(dy);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => Apply(tangents[0]!);
}
