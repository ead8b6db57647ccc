using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The sum over the axes along which <paramref name="shape"/> would be broadcast to this tensor's shape: the adjoint of Expand.</summary>
        /// <param name="shape">A shape that broadcasts to this tensor's.</param>
        /// <exception cref="ShapeException">It does not broadcast to it.</exception>
        public Tensor SumTo(Shape shape)
        {
            Throw.IfNull("SumTo", x);
            Throw.IfNull("SumTo", shape);
            return x.Shape == shape ? x : new SumToOp(shape).Apply(x);
        }
    }
}

// y = Σ x over repeated axes   ⇒   dx repeats dy
sealed class SumToOp(Shape shape) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([2, 3], x => x.SumTo([3])), Sample.Of([2, 3], x => x.SumTo([2, 1])), Sample.Of([2, 3], x => x.SumTo([])),
        Sample.Of([2, 3, 2, 2], x => x.SumTo([3, 1, 2])),
    ];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0];
        Throw.IfNotFloating(this, inputs);
        if (!Shape.TryBroadcast(shape, x.Shape, out Shape all) || all != x.Shape) throw Throw.SumTo(x.Shape, shape);
        if (x.Rank > AxisSet.MaxRank) throw Throw.TooManyAxes("SumTo", x.Shape);
        Tensor y = Tensor.Empty(shape, x.DType);
        ulong bits = 0;
        for (int i = 1; i <= x.Rank; i++)
        {
            if (i > shape.Rank || (shape[-i] == 1 && x.Shape[-i] != 1)) bits |= 1UL << (x.Rank - i);
        }
        if (x.DType == DType.Float32) Reductions.Fold<float, Adding<float>>(x, new(bits), y);
        else Reductions.Fold<double, Adding<double>>(x, new(bits), y);
        return y;
    }

    protected override Tensor? Batch(BatchedInputs inputs)
    {
        if (!Shape.TryBroadcast(shape, inputs.Shape(0), out Shape all) || all != inputs.Shape(0)) throw Throw.SumTo(inputs.Shape(0), shape);
        int[] repeated = new int[all.Rank - shape.Rank];
        repeated.AsSpan().Fill(1);
        return inputs[0].SumTo([inputs.Count, .. repeated, .. shape.Sizes]).Reshape([inputs.Count, .. shape.Sizes]);
    }

    protected override Tensor Vjp(int input, Tensor dy, Recorded values) => dy.Expand(values.Shape(0));

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => tangents[0]!.SumTo(shape);
}
