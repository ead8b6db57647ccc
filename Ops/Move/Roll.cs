using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>Elements moved along an axis towards higher indices; what leaves at the end enters at the start.</summary>
        /// <param name="shift">By how many places; negative towards lower indices.</param>
        /// <param name="axis">The axis; null rolls the elements in row-major order.</param>
        /// <exception cref="ShapeException">There is no such axis.</exception>
        public Tensor Roll(int shift, int? axis)
        {
            Throw.IfNull("Roll", x);
            if (axis is not { } given) return x.Reshape(x.Count).Roll(shift, 0).Reshape(x.Shape.Sizes);
            int a = x.Shape.AxisOrScalar(given, "Roll"), size = x.Rank == 0 ? 1 : x.Shape.Sizes[a];
            if (size == 0) return x;
            int places = (int)((((long)shift % size) + size) % size);
            return places == 0 ? x : new RollOp(a, places).Apply(x);
        }

        /// <summary>Elements moved along several axes.</summary>
        /// <param name="shifts">By how many places along each axis.</param>
        /// <param name="axes">As many axes.</param>
        /// <exception cref="ShapeException">An axis does not exist, or the numbers differ.</exception>
        public Tensor Roll(ReadOnlySpan<int> shifts, ReadOnlySpan<int> axes)
        {
            Throw.IfNull("Roll", x);
            if (shifts.Length != axes.Length) throw Throw.RollCount(shifts, axes);
            Tensor y = x;
            for (int i = 0; i < axes.Length; i++) y = y.Roll(shifts[i], axes[i]);
            return y;
        }
    }
}

// y[i] = x[i − shift]   ⇒   dx[i] = dy[i + shift]
sealed class RollOp(int axis, int shift) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
        [Sample.Of([5], x => x.Roll(2, 0)), Sample.Of([3, 4], x => x.Roll(-5, 1)), Sample.Of([3, 2], x => x.Roll([1, 1], [0, 1])), Sample.Of([2, 3], x => x.Roll(1, null))];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor y = Tensor.Empty(inputs[0].Shape, inputs[0].DType);
        Move(inputs[0].Dense(), shift, y);
        return y;
    }

    void Move(Tensor x, int shift, Tensor y)
    {
        if (x.Count == 0) return;
        (int outer, int size, int inner) = x.Shape.Around(axis);
        int row = size * inner * x.DType.Size(), head = shift * inner * x.DType.Size(), tail = row - head;
        ReadOnlySpan<byte> source = x.AsBytes();
        Span<byte> target = y.AsWritableBytes();
        RunKernels.Copy(source, row, target[head..], row, tail, outer);
        RunKernels.Copy(source[tail..], row, target, row, head, outer);
    }

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (!gradients.Needs(0)) return;
        Tensor dx = gradients.Buffer(0, out bool fresh);
        if (fresh) Move(dy.Dense(), dy.Shape.Sizes[axis] - shift, dx);
        else base.Backward(dy, values, gradients);
    }

    protected override Tensor? Batch(BatchedInputs inputs) => new RollOp(axis + 1, shift).Apply(inputs[0]);

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values) => dy.Roll(-shift, axis);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => Apply(tangents[0]!);
}
