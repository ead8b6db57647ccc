using Autograd.Kernels;

namespace Autograd;

/// <summary>Sizes, strides and first element of a view, in elements.</summary>
readonly record struct Arrangement(Shape Shape, int[] Strides, int Offset);

/// <summary>An op whose result is a view of its input: some of the elements, possibly several times, in another order. Copies nothing.</summary>
// y = x at the places of a view   ⇒   dx = dy added at those places, 0 elsewhere
abstract class ViewOp : Op
{
    /// <summary>The view of a tensor of this shape and these strides.</summary>
    protected abstract Arrangement Arrange(Shape shape, ReadOnlySpan<int> strides);

    /// <summary>Whether the view may show an element several times.</summary>
    protected virtual bool Repeats => false;

    /// <summary>The same view of each sample, when an axis that counts samples comes in front.</summary>
    public abstract ViewOp OfBatch { get; }

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor? Batch(BatchedInputs inputs) => OfBatch.Apply(inputs[0]);

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        (Shape shape, int[] strides, int offset) = Arrange(inputs[0].Shape, inputs[0].Strides);
        return inputs[0].View(shape, strides, offset);
    }

    // y = some of x   ⇒   dx = dy at these places, 0 elsewhere
    protected override Tensor? Vjp(int input, Tensor dy, Recorded values) => new PlaceOp(this, values.Shape(0)).Apply(dy);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => Apply(tangents[0]!);

    // Added in place, so that the parts of one tensor (Split, Unbind) cost one pass over its gradient, not one each.
    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (gradients.Needs(0)) AddTo(gradients.Buffer(0, out bool fresh), dy, fresh);
    }

    /// <summary>Adds to the elements of the dense tensor x that the view shows.</summary>
    internal void AddTo(Tensor x, Tensor dy, bool fresh)
    {
        if (x.DType == DType.Float32) AddTo<float>(x, dy.Dense(), fresh);
        else AddTo<double>(x, dy.Dense(), fresh);
    }

    void AddTo<T>(Tensor x, Tensor dy, bool fresh) where T : unmanaged, System.Numerics.INumber<T>
    {
        Span<T> dx = x.AsWritableSpan<T>();
        (Shape shape, int[] strides, int offset) = Arrange(x.Shape, x.Strides);
        if (fresh && !Repeats)
        {
            ViewKernels.Place(dy.AsSpan<T>(), shape.Sizes, strides, offset, dx);
            return;
        }
        if (fresh) dx.Clear();
        ViewKernels.Add(dy.AsSpan<T>(), shape.Sizes, strides, offset, dx);
    }
}

/// <summary>A tensor of zeros to which x is added at the places that a view shows: the adjoint of the view.</summary>
// y = Σ x at the places of the view   ⇒   dx = the view of dy
sealed class PlaceOp(ViewOp view, Shape shape, string name = "Place") : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([2, 2], x => new PlaceOp(new SliceOp(1, 3, 2, -2), [2, 5]).Apply(x)), Sample.Of([3], x => new PlaceOp(new SelectOp(0, 1), [2, 3]).Apply(x)),
        Sample.Of([2, 0], x => new PlaceOp(new SliceOp(1, 0, 0, 1), [2, 3]).Apply(x)),
    ];

    public override string Name => name;

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Throw.IfNotFloating(this, inputs);
        Tensor y = Tensor.Empty(shape, inputs[0].DType);
        view.AddTo(y, inputs[0], fresh: true);
        return y;
    }

    protected override Tensor? Batch(BatchedInputs inputs) => new PlaceOp(view.OfBatch, [inputs.Count, .. shape.Sizes], name).Apply(inputs[0]);

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values) => view.Apply(dy);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => Apply(tangents[0]!);
}
