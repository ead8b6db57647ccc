using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Autograd;

/// <summary>The op that applies an elementwise formula of one tensor: any shape, strided or not; the result has the same shape.</summary>
/// <typeparam name="TOp">The formula.</typeparam>
/// <param name="op">The formula with its attributes.</param>
public sealed class Map<TOp>(TOp op) : ElementwiseOp(SavedBy(op), IsIdentity(op)) where TOp : struct, IUnaryOp
{
    /// <summary>The op for a formula without attributes.</summary>
    internal static readonly Map<TOp> Default = new(default);

    // Replaced as a whole, since any thread may ask.
    static Map<TOp>? _last;

    /// <summary>The op for a formula with attributes: mostly that of the step before.</summary>
    internal static Map<TOp> Of(TOp op) => _last is { } last && last.HasSameBits(op) ? last : _last = new(op);

    /// <summary>Whether the derivative is 0 everywhere, so that no gradient has to be read.</summary>
    readonly bool _isFlat = SavedBy(op) == Saved.Nothing && op.D<Real>(0, 0).Value == 0;

    /// <inheritdoc/>
    public override string Name => op.Name;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining)] // Into the engine's path of all ops a formula does not belong.
    protected override void Forward(in Elements e)
    {
        if (e.DType == DType.Float32) MapKernels.Forward(op, e.A<float>(), e.Target<float>());
        else MapKernels.Forward(op, e.A<double>(), e.Target<double>());
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining)]
    protected override void Backward(int input, in Elements e)
    {
        if (_isFlat) Clear(e);
        else if (e.DType == DType.Float32) MapKernels.Backward(op, e.DY<float>(), e.A<float>(), e.Y<float>(), e.Target<float>(), e.IsFresh);
        else MapKernels.Backward(op, e.DY<double>(), e.A<double>(), e.Y<double>(), e.Target<double>(), e.IsFresh);
    }

    /// <inheritdoc/>
    protected override float Forward(float a, float b) => MapKernels.ForwardOne(op, a);

    /// <inheritdoc/>
    protected override double Forward(double a, double b) => MapKernels.ForwardOne(op, a);

    /// <inheritdoc/>
    protected override float Backward(int input, float dy, float a, float b, float y) => _isFlat ? 0 : MapKernels.BackwardOne(op, dy, a, y);

    /// <inheritdoc/>
    protected override double Backward(int input, double dy, double a, double b, double y) => _isFlat ? 0 : MapKernels.BackwardOne(op, dy, a, y);

    static void Clear(in Elements e)
    {
        if (!e.IsFresh) return;
        if (e.DType == DType.Float32) e.Target<float>().Clear();
        else e.Target<double>().Clear();
    }

    /// <inheritdoc/>
    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Throw.IfNotFloating(this, inputs);
        Tensor x = inputs[0], y = Tensor.Empty(x.Shape, x.DType);
        if (!x.IsDense && Runs.Read(x))
        {
            if (x.DType == DType.Float32) ForwardView<float>(x, y);
            else ForwardView<double>(x, y);
            return y;
        }
        if (!x.IsDense)
        {
            // Copied to where the result comes: that is warm then.
            y.CopyFrom(x);
            x = y;
        }
        if (x.DType == DType.Float32) MapKernels.Forward(op, x.AsSpan<float>(), y.AsWritableSpan<float>());
        else MapKernels.Forward(op, x.AsSpan<double>(), y.AsWritableSpan<double>());
        return y;
    }

    /// <inheritdoc/>
    protected override Tensor Vjp(int input, Tensor dy, Recorded values) =>
        Chain(dy, Derivative((Reads(0) & Saved.A) != 0 ? values.A : null, (Reads(0) & Saved.Output) != 0 ? values.Y : null));

    /// <inheritdoc/>
    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) =>
        Chain(tangents[0]!, Derivative(inputs[0], y));

    /// <inheritdoc/>
    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (!gradients.Needs(0)) return;
        Tensor? once = Repetition.Once(dy);
        if (once is null) dy = dy.Dense();
        Tensor dx = gradients.Buffer(0, out bool fresh);
        Tensor? x = (Reads(0) & Saved.A) != 0 ? values.A : null, y = (Reads(0) & Saved.Output) != 0 ? values.Y : null;
        if (x is { IsDense: false } && (once is not null || !Runs.Read(x)))
        {
            if (fresh) dx.CopyFrom(x);
            x = fresh ? dx : x.Dense();
        }
        if (dy.DType == DType.Float32) Backward<float>(dy, once, x, y, dx, fresh);
        else Backward<double>(dy, once, x, y, dx, fresh);
    }

    /// <inheritdoc/>
    protected override Tensor? Batch(BatchedInputs inputs) => Apply(inputs[0]);

    void ForwardView<E>(Tensor x, Tensor y) where E : unmanaged
    {
        ReadOnlySpan<E> elements = x.AsReachedSpan<E>();
        Map2Kernels.Forward(new OfFirst<TOp>(op), elements, x.Strides, elements, x.Strides, y.AsWritableSpan<E>(), x.Shape, x.Shape, x.Shape);
    }

    void Backward<E>(Tensor dy, Tensor? once, Tensor? x, Tensor? y, Tensor dx, bool fresh) where E : unmanaged
    {
        ReadOnlySpan<E> px = x is null ? [] : x.AsReachedSpan<E>(), py = y is null ? [] : y.AsSpan<E>();
        if (x is { IsDense: false })
            Map2Kernels.Backward(new OfFirst<TOp>(op), true, dy.AsSpan<E>(), px, x.Strides, [], [], py, dx.AsWritableSpan<E>(), dy.Shape, dy.Shape, dy.Shape, fresh);
        else if (once is null) MapKernels.Backward(op, dy.AsSpan<E>(), px, py, dx.AsWritableSpan<E>(), fresh);
        else Map2Kernels.BackwardRepeated(new PartialOfOne<TOp>(op), once.AsSpan<E>(), px, [], py, dx.AsWritableSpan<E>(), once.Shape, dy.Shape, fresh);
    }

    // By bits, since 0 and −0 are equal.
    bool HasSameBits(TOp other) => Unsafe.SizeOf<TOp>() == sizeof(long)
        ? Unsafe.As<TOp, long>(ref Unsafe.AsRef(in op)) == Unsafe.As<TOp, long>(ref other)
        : MemoryMarshal.AsBytes(new ReadOnlySpan<TOp>(in op)).SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<TOp>(in other)));

    Traced Derivative(Tensor? x, Tensor? y) => op.D<Traced>(x is null ? default : new(x), y is null ? default : new(y));

    static Tensor Chain(Tensor dy, Traced derivative) => ElementwiseChain.Apply(dy, derivative);

    static bool IsIdentity(TOp op) => SavedBy(op) == Saved.Nothing && op.D<Real>(0, 0).Value == 1;

    static Saved SavedBy(TOp op) => op.D<Uses>(new(Saved.A), new(Saved.Output)).Values;
}

/// <summary>Names of formulas.</summary>
static class Naming
{
    /// <summary>The type's name without "Op".</summary>
    public static string Of(Type type) => type.Name.EndsWith("Op", StringComparison.Ordinal) ? type.Name[..^2] : type.Name;
}
