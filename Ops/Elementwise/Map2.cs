using System.Runtime.CompilerServices;

namespace Autograd;

/// <summary>The op that applies an elementwise formula of two tensors, broadcast together.</summary>
/// <remarks>Broadcasting is undone here, once for all formulas: a gradient is summed over the axes that were repeated.</remarks>
/// <typeparam name="TOp">The formula.</typeparam>
/// <param name="op">The formula with its attributes.</param>
public sealed class Map2<TOp>(TOp op) : ElementwiseOp(SavedByA(op), IsIdentityA(op), SavedByB(op), IsIdentityB(op)) where TOp : struct, IBinaryOp
{
    /// <summary>The op for a formula without attributes.</summary>
    internal static readonly Map2<TOp> Default = new(default);

    /// <inheritdoc/>
    public override string Name => op.Name;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining)] // Into the engine's path of all ops a formula does not belong.
    protected override void Forward(in Elements e)
    {
        if (e.DType == DType.Float32) Map2Kernels.Forward(op, e.A<float>(), e.B<float>(), e.Target<float>());
        else Map2Kernels.Forward(op, e.A<double>(), e.B<double>(), e.Target<double>());
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining)]
    protected override void Backward(int input, in Elements e)
    {
        if (e.DType == DType.Float32) Map2Kernels.Backward(op, input == 0, e.DY<float>(), e.A<float>(), e.B<float>(), e.Y<float>(), e.Target<float>(), e.IsFresh);
        else Map2Kernels.Backward(op, input == 0, e.DY<double>(), e.A<double>(), e.B<double>(), e.Y<double>(), e.Target<double>(), e.IsFresh);
    }

    /// <inheritdoc/>
    protected override float Forward(float a, float b) => Map2Kernels.ForwardOne(op, a, b);

    /// <inheritdoc/>
    protected override double Forward(double a, double b) => Map2Kernels.ForwardOne(op, a, b);

    /// <inheritdoc/>
    protected override float Backward(int input, float dy, float a, float b, float y) => Map2Kernels.BackwardOne(op, input == 0, dy, a, b, y);

    /// <inheritdoc/>
    protected override double Backward(int input, double dy, double a, double b, double y) => Map2Kernels.BackwardOne(op, input == 0, dy, a, b, y);

    /// <inheritdoc/>
    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Throw.IfNotFloating(this, inputs);
        if (AsTheyLie(inputs[0], inputs[1]) is { } turned) return turned;
        Tensor a = Readable(inputs[0]), b = Readable(inputs[1]);
        if (!Shape.TryBroadcast(a.Shape, b.Shape, out Shape shape)) throw Throw.Broadcast(Name, a.Shape, b.Shape);
        Tensor y = Tensor.Empty(shape, a.DType);
        if (a.DType == DType.Float32) Forward<float>(a, b, y);
        else Forward<double>(a, b, y);
        return y;
    }

    /// <inheritdoc/>
    protected override Tensor Vjp(int input, Tensor dy, Recorded values) =>
        ElementwiseChain.Apply(dy, Derivative(input, Restore(values, input, 0), Restore(values, input, 1), (Reads(input) & Saved.Output) != 0 ? values.Y : null))
            .SumTo(values.Shape(input));

    /// <inheritdoc/>
    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y)
    {
        Tensor? dy = null;
        for (int i = 0; i < 2; i++)
        {
            if (tangents[i] is not { } tangent) continue;
            Tensor part = ElementwiseChain.Apply(tangent, Derivative(i, inputs[0], inputs[1], y));
            dy = dy is null ? part : dy + part;
        }
        return dy?.Expand(y.Shape);
    }

    /// <inheritdoc/>
    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        // A gradient that repeats, as that of a sum does, is never written out.
        Tensor? once = values.Shape(0) == dy.Shape && values.Shape(1) == dy.Shape ? Repetition.Once(dy) : null;
        if (once is null) dy = dy.Dense();
        for (int i = 0; i < 2; i++)
        {
            if (!gradients.Needs(i)) continue;
            if (dy.DType == DType.Float32) Backward<float>(i, dy, once, values, gradients);
            else Backward<double>(i, dy, once, values, gradients);
        }
    }

    /// <inheritdoc/>
    protected override Tensor? Batch(BatchedInputs inputs) => Apply(inputs.Broadcast(Name));

    void Forward<E>(Tensor a, Tensor b, Tensor y) where E : unmanaged
    {
        if (a.IsDense && b.IsDense) Map2Kernels.Forward(op, a.AsSpan<E>(), b.AsSpan<E>(), y.AsWritableSpan<E>(), a.Shape, b.Shape, y.Shape);
        else Map2Kernels.Forward(op, a.AsReachedSpan<E>(), a.Strides, b.AsReachedSpan<E>(), b.Strides, y.AsWritableSpan<E>(), a.Shape, b.Shape, y.Shape);
    }

    /// <summary>The result of operands that lie in one order, not that of rows: computed in that order, so that one copy is left to make. Else null.</summary>
    Tensor? AsTheyLie(Tensor a, Tensor b)
    {
        if (a.IsDense || a.Shape != b.Shape || !a.Strides.SequenceEqual(b.Strides) || Runs.Read(a)) return null;
        Span<int> order = stackalloc int[a.Rank];
        Tensor x = MemoryOrder.Of(a, order);
        return x.IsDense ? Forward([x, MemoryOrder.Of(b, order)]).View(a.Shape, a.Strides).Dense() : null;
    }

    /// <summary>A tensor that <see cref="Runs"/> can walk.</summary>
    static Tensor Readable(Tensor x) => x.IsDense || Runs.Read(x) ? x : x.Dense();

    void Backward<E>(int input, Tensor dy, Tensor? once, Recorded values, Gradients gradients) where E : unmanaged
    {
        Shape shape = values.Shape(input);
        Saved read = Reads(input);
        bool direct = shape == dy.Shape;
        if (IsIdentity(input))
        {
            gradients.Add(input, direct ? dy : dy.SumTo(shape));
            return;
        }
        Tensor? a = Restore(values, input, 0), b = Restore(values, input, 1);
        (a, b) = once is null ? (a is null ? null : Readable(a), b is null ? null : Readable(b)) : (a?.Dense(), b?.Dense());
        Tensor? y = (read & Saved.Output) != 0 ? values.Y : null;
        bool fresh = true;
        Tensor dx = direct ? gradients.Buffer(input, out fresh) : Tensor.Empty(dy.Shape, dy.DType);
        ReadOnlySpan<E> pa = a is null ? [] : a.AsReachedSpan<E>(), pb = b is null ? [] : b.AsReachedSpan<E>(), py = y is null ? [] : y.AsSpan<E>();
        if (a is { IsDense: false } || b is { IsDense: false })
        {
            Map2Kernels.Backward(
                op, input == 0, dy.AsSpan<E>(), pa, a is null ? [] : a.Strides, pb, b is null ? [] : b.Strides, py, dx.AsWritableSpan<E>(), values.Shape(0), values.Shape(1),
                dy.Shape, fresh);
        }
        else if (once is null) Map2Kernels.Backward(op, input == 0, dy.AsSpan<E>(), pa, pb, py, dx.AsWritableSpan<E>(), values.Shape(0), values.Shape(1), dy.Shape, fresh);
        else if (input == 0) Map2Kernels.BackwardRepeated(new PartialA<TOp>(op), once.AsSpan<E>(), pa, pb, py, dx.AsWritableSpan<E>(), once.Shape, dy.Shape, fresh);
        else Map2Kernels.BackwardRepeated(new PartialB<TOp>(op), once.AsSpan<E>(), pa, pb, py, dx.AsWritableSpan<E>(), once.Shape, dy.Shape, fresh);
        if (!direct) gradients.Add(input, dx.SumTo(shape));
    }

    Tensor? Restore(Recorded values, int input, int which) => (Reads(input) & (Saved)(1 << which)) != 0 ? values.Input(which) : null;

    Traced Derivative(int input, Tensor? a, Tensor? b, Tensor? y)
    {
        Traced ta = a is null ? default : new(a), tb = b is null ? default : new(b), ty = y is null ? default : new(y);
        return input == 0 ? op.DA(ta, tb, ty) : op.DB(ta, tb, ty);
    }

    static Saved SavedByA(TOp op) => op.DA<Uses>(new(Saved.A), new(Saved.B), new(Saved.Output)).Values;

    static Saved SavedByB(TOp op) => op.DB<Uses>(new(Saved.A), new(Saved.B), new(Saved.Output)).Values;

    static bool IsIdentityA(TOp op) => SavedByA(op) == Saved.Nothing && op.DA<Real>(0, 0, 0).Value == 1;

    static bool IsIdentityB(TOp op) => SavedByB(op) == Saved.Nothing && op.DB<Real>(0, 0, 0).Value == 1;
}
