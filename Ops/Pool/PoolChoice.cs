using System.Runtime.InteropServices;
using Autograd.Kernels;

namespace Autograd;

/// <summary>Which element of its plane each result of a pooling is; filled by the forward kernel.</summary>
/// <param name="x">Shape of the input.</param>
/// <param name="y">Shape of the result.</param>
/// <param name="planes">Planes of either.</param>
/// <param name="windows">The windows that the results are chosen from, where they are all alike.</param>
sealed class PoolChoice(Shape x, Shape y, int planes, Pool2dGeometry? windows = null)
{
    // 32-bit indices in the memory of an Int64 tensor, which a scope recycles like every other.
    readonly Tensor _memory = Tensor.Empty([(y.ElementCount + 1) / 2], DType.Int64);

    /// <summary>A choice made elsewhere: positions in each of the planes of the first axis, negative for none.</summary>
    public static PoolChoice Of(Shape x, Shape y, ReadOnlySpan<int> indices)
    {
        PoolChoice choice = new(x, y, x[0]);
        indices.CopyTo(choice.Fill());
        return choice;
    }

    /// <summary>The same choice for each of this many samples, which an axis in front counts.</summary>
    public PoolChoice OfBatch(int samples)
    {
        PoolChoice all = new([samples, .. x.Sizes], [samples, .. y.Sizes], samples * planes, windows is { } g ? g with { Planes = samples * planes } : null);
        Span<int> indices = all.Fill();
        for (int k = 0; k < samples; k++) Indices.CopyTo(indices[(k * Indices.Length)..]);
        return all;
    }

    public Shape X => x;

    public Shape Y => y;

    public Span<int> Fill() => MemoryMarshal.Cast<long, int>(_memory.AsWritableSpan<long>())[..y.ElementCount];

    /// <summary>The chosen elements of x.</summary>
    public Tensor Gather(Tensor source)
    {
        Tensor target = Tensor.Empty(y, source.DType);
        if (source.DType == DType.Float32) Gather<float>(source.Dense(), target);
        else Gather<double>(source.Dense(), target);
        return target;
    }

    /// <summary>dx (+)= dy at the chosen elements.</summary>
    public void Scatter(Tensor dy, Tensor dx, bool accumulate)
    {
        if (dx.DType == DType.Float32) Scatter<float>(dy.Dense(), dx, accumulate);
        else Scatter<double>(dy.Dense(), dx, accumulate);
    }

    int Inputs => planes == 0 ? 0 : x.ElementCount / planes;

    int Outputs => planes == 0 ? 0 : y.ElementCount / planes;

    /// <summary>The position of each result in its plane; negative for none.</summary>
    public ReadOnlySpan<int> Indices => MemoryMarshal.Cast<long, int>(_memory.AsSpan<long>())[..y.ElementCount];

    void Gather<E>(Tensor source, Tensor target) where E : unmanaged =>
        PlaneGather.Run(planes, Inputs, Outputs, source.AsSpan<E>(), Indices, target.AsWritableSpan<E>());

    void Scatter<E>(Tensor dy, Tensor dx, bool accumulate) where E : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<E>
    {
        if (windows is { } g) PoolKernels.MaxGradInput(g, dy.AsSpan<E>(), Indices, dx.AsWritableSpan<E>(), accumulate);
        else PoolKernels.Scatter(planes, Outputs, Inputs, dy.AsSpan<E>(), Indices, dx.AsWritableSpan<E>(), accumulate);
    }
}

// y = the chosen elements of x   ⇒   dx = dy at their places, 0 elsewhere
sealed class PoolGatherOp(PoolChoice choice) : Op, ISampled
{
    public static IEnumerable<Sample> Samples => [Sample.Of([2, 5], x => new PoolGatherOp(PoolChoice.Of([2, 5], [2, 3], [4, 0, 4, -1, 2, 3])).Apply(x))];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs) => choice.Gather(inputs[0]);

    protected override Tensor? Batch(BatchedInputs inputs) => new PoolGatherOp(choice.OfBatch(inputs.Count)).Apply(inputs[0]);

    protected override Tensor Vjp(int input, Tensor dy, Recorded values) => new PoolScatterOp(choice).Apply(dy);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => Apply(tangents[0]!);
}

// The adjoint of the choice: y = x at the chosen places   ⇒   dx = the chosen elements of dy
sealed class PoolScatterOp(PoolChoice choice) : Op, ISampled
{
    public static IEnumerable<Sample> Samples => [Sample.Of([2, 3], x => new PoolScatterOp(PoolChoice.Of([2, 5], [2, 3], [4, 0, 4, -1, 2, 3])).Apply(x))];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor y = Tensor.Empty(choice.X, inputs[0].DType);
        choice.Scatter(inputs[0], y, accumulate: false);
        return y;
    }

    protected override Tensor? Batch(BatchedInputs inputs) => new PoolScatterOp(choice.OfBatch(inputs.Count)).Apply(inputs[0]);

    protected override Tensor Vjp(int input, Tensor dy, Recorded values) => new PoolGatherOp(choice).Apply(dy);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => Apply(tangents[0]!);
}

/// <summary>A pooling that chooses one element of each window.</summary>
// y = the chosen elements of x   ⇒   dx = dy at their places, 0 elsewhere
abstract class ChoosingPoolOp : Op
{
    PoolChoice? _choice;

    public abstract override string Name { get; }

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0].Dense();
        _choice = Choice(x.Shape);
        Tensor y = Tensor.Empty(_choice.Y, x.DType);
        if (x.DType == DType.Float32) Choose<float>(x, y, _choice.Fill());
        else Choose<double>(x, y, _choice.Fill());
        return y;
    }

    protected override Tensor Vjp(int input, Tensor dy, Recorded values) => new PoolScatterOp(_choice!).Apply(dy);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => new PoolGatherOp(_choice!).Apply(tangents[0]!);

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (gradients.Needs(0)) _choice!.Scatter(dy, gradients.Buffer(0, out bool fresh), !fresh);
    }

    protected abstract PoolChoice Choice(Shape x);

    protected abstract void Choose<E>(Tensor x, Tensor y, Span<int> indices) where E : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<E>;
}
