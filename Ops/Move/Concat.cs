using System.Runtime.CompilerServices;
using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor)
    {
        /// <summary>Tensors one after the other along an axis.</summary>
        /// <param name="tensors">At least one; equal in all sizes but that of the axis, and in type.</param>
        /// <param name="axis">The axis.</param>
        /// <param name="text">The expression for the tensors, for errors; filled in by the compiler.</param>
        /// <exception cref="ShapeException">There is no tensor or no such axis, or the other sizes differ.</exception>
        /// <exception cref="DTypeException">The element types differ.</exception>
        public static Tensor Concat(ReadOnlySpan<Tensor> tensors, int axis = 0, [CallerArgumentExpression(nameof(tensors))] string text = "")
        {
            if (tensors.IsEmpty) throw Throw.NoTensors("Concat");
            Throw.IfAnyNull("Concat", tensors);
            Tensor first = tensors[0];
            int a = first.Shape.Axis(axis, "Concat");
            long size = 0;
            for (int i = 0; i < tensors.Length; i++)
            {
                Tensor x = tensors[i];
                if (x.DType != first.DType) throw Throw.DifferentTypes("Concat", first.DType, x.DType);
                if (x.Rank != first.Rank || x.Shape.With(a, 0) != first.Shape.With(a, 0)) throw Throw.ConcatShapes(text, a, i, first.Shape, x.Shape);
                size += x.Shape.Sizes[a];
            }
            return size <= int.MaxValue ? new ConcatOp(a, (int)size).Apply(tensors) : throw Throw.ConcatSize(size);
        }

        /// <summary>Tensors of one shape side by side along a new axis.</summary>
        /// <param name="tensors">At least one; equal in shape and type.</param>
        /// <param name="axis">The position of the new axis in the result.</param>
        /// <param name="text">The expression for the tensors, for errors; filled in by the compiler.</param>
        /// <exception cref="ShapeException">There is no tensor or no such position, or the shapes differ.</exception>
        /// <exception cref="DTypeException">The element types differ.</exception>
        public static Tensor Stack(ReadOnlySpan<Tensor> tensors, int axis = 0, [CallerArgumentExpression(nameof(tensors))] string text = "")
        {
            if (tensors.IsEmpty) throw Throw.NoTensors("Stack");
            Throw.IfAnyNull("Stack", tensors);
            Tensor first = tensors[0];
            int a = NewAxis(first.Shape, axis, "Stack");
            for (int i = 1; i < tensors.Length; i++)
            {
                if (tensors[i].DType != first.DType) throw Throw.DifferentTypes("Stack", first.DType, tensors[i].DType);
                if (tensors[i].Shape != first.Shape) throw Throw.StackShapes(text, i, first.Shape, tensors[i].Shape);
            }
            return new StackOp(a).Apply(tensors);
        }
    }
}

/// <summary>What concatenation and stacking have in common: inputs that lie side by side in the result.</summary>
// y = the inputs side by side   ⇒   dxᵢ = the part of dy at xᵢ's place
abstract class JoinOp : Op
{
    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    /// <summary>Copies the inputs next to each other along an axis: for each index in front of it a run of each. Views made of such runs are read where they are.</summary>
    protected static void Join(ReadOnlySpan<Tensor> inputs, Tensor y, int axis)
    {
        if (y.Count == 0) return;
        Span<byte> target = y.AsWritableBytes();
        int outer = y.Shape.Around(axis).Outer, row = target.Length / outer, start = 0;
        foreach (Tensor input in inputs)
        {
            if (input.Count == 0) continue;
            int run = input.Count / outer * input.DType.Size();
            if (input.IsDense || !HasRuns(input, axis, out int step)) RunKernels.Copy(input.Dense().AsBytes(), run, target[start..], row, run, outer);
            else RunKernels.Copy(input.AsReachedBytes(), step * input.DType.Size(), target[start..], row, run, outer);
            start += run;
        }
    }

    /// <summary>Whether the elements from an axis on lie densely, and such runs, for all indices in front of it, one step apart.</summary>
    static bool HasRuns(Tensor x, int axis, out int step)
    {
        step = 0;
        int dense = 1, next = -1;
        for (int i = x.Rank - 1; i >= 0; i--)
        {
            int size = x.Shape.Sizes[i], stride = x.Strides[i];
            if (size == 1) continue;
            if (i >= axis)
            {
                if (stride != dense) return false;
                dense *= size;
                continue;
            }
            if (stride < 0 || (next >= 0 && stride != next)) return false;
            if (next < 0) step = stride;
            next = stride * size;
        }
        return true;
    }

    protected static Tensor[] Tangents(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents)
    {
        Tensor[] all = new Tensor[inputs.Length];
        for (int i = 0; i < all.Length; i++) all[i] = tangents[i] ?? Tensor.ZerosLike(inputs[i]);
        return all;
    }
}

// y = [x₀ x₁ …]   ⇒   dxᵢ = the part of dy at xᵢ's place
sealed class ConcatOp(int axis, int size) : JoinOp, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([2, 3], [4, 3], (a, b) => Tensor.Concat([a, b])), Sample.Of([2, 1], [2, 3], (a, b) => Tensor.Concat([a, b, a], -1)),
        Sample.Of([2, 0, 2], [2, 3, 2], (a, b) => Tensor.Concat([a, b], 1)), Sample.Of([2, 2], x => Tensor.Concat([x, x.T])),
    ];

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor y = Tensor.Empty(inputs[0].Shape.With(axis, size), inputs[0].DType);
        Join(inputs, y, axis);
        return y;
    }

    protected override Tensor? Batch(BatchedInputs inputs) => new ConcatOp(axis + 1, size).Apply(inputs.Full());

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values)
    {
        int start = 0;
        for (int i = 0; i < input; i++) start += values.Shape(i).Sizes[axis];
        return dy.Slice(axis, start, start + values.Shape(input).Sizes[axis]);
    }

    // A slice for each input, its place counted along: with Vjp the places would be counted anew for each.
    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        for (int i = 0, start = 0; i < values.Count; i++)
        {
            int end = start + values.Shape(i).Sizes[axis];
            if (gradients.Needs(i)) gradients.Add(i, dy.Slice(axis, start, end));
            start = end;
        }
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => Apply(Tangents(inputs, tangents));
}

sealed class StackOp(int axis) : JoinOp, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([2, 3], [2, 3], (a, b) => Tensor.Stack([a, b])), Sample.Of([2, 3], [2, 3], (a, b) => Tensor.Stack([b, a, b], -1)),
        Sample.Of([], [], (a, b) => Tensor.Stack([a, b])), Sample.Of([2, 2], x => Tensor.Stack([x, x.T], 1)),
    ];

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor y = Tensor.Empty(inputs[0].Shape.Insert(axis, inputs.Length), inputs[0].DType);
        Join(inputs, y, axis);
        return y;
    }

    protected override Tensor? Batch(BatchedInputs inputs) => new StackOp(axis + 1).Apply(inputs.Full());

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values) => dy.Select(axis, input);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => Apply(Tangents(inputs, tangents));
}
