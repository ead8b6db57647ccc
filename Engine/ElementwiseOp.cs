using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Autograd;

/// <summary>
/// An op of one or two inputs whose result depends, at each position, on the inputs' elements there alone. Where they lie densely in
/// memory, in one shape and type, it runs on the bare memory, forward and backward, and no handles are made but the result's.
/// </summary>
public abstract class ElementwiseOp : Op
{
    readonly Saved _readsA, _readsB;
    readonly bool _isIdentityA, _isIdentityB;

    /// <summary>Says what the derivatives read.</summary>
    /// <param name="readsA">Which values the derivative by the first input reads.</param>
    /// <param name="isIdentityA">Whether it is 1 everywhere.</param>
    /// <param name="readsB">The same for the second input, if there is one.</param>
    /// <param name="isIdentityB">And whether it is 1.</param>
    protected ElementwiseOp(Saved readsA, bool isIdentityA, Saved readsB = Saved.Nothing, bool isIdentityB = false) =>
        (_readsA, _isIdentityA, _readsB, _isIdentityB) = (readsA, isIdentityA, readsB, isIdentityB);

    /// <summary>Writes the result to <see cref="Elements.Target{T}"/>, from A and B.</summary>
    protected internal abstract void Forward(in Elements elements);

    /// <summary>Writes dy times the derivative by one input to <see cref="Elements.Target{T}"/>, or adds it there.</summary>
    protected internal abstract void Backward(int input, in Elements elements);

    /// <summary>The result of single elements; b is a where there is one input.</summary>
    protected internal abstract float Forward(float a, float b);

    /// <inheritdoc cref="Forward(float, float)"/>
    protected internal abstract double Forward(double a, double b);

    /// <summary>The same for either type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    T Forward<T>(T a, T b) where T : unmanaged => typeof(T) == typeof(float)
        ? (T)(object)Forward((float)(object)a, (float)(object)b)
        : (T)(object)Forward((double)(object)a, (double)(object)b);

    /// <summary>dy times the derivative by one input, of single elements; what the op does not read is 0.</summary>
    protected internal abstract float Backward(int input, float dy, float a, float b, float y);

    /// <inheritdoc cref="Backward(int, float, float, float, float)"/>
    protected internal abstract double Backward(int input, double dy, double a, double b, double y);

    /// <summary>The same for either type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal T Backward<T>(int input, T dy, T a, T b, T y) where T : unmanaged => typeof(T) == typeof(float)
        ? (T)(object)Backward(input, (float)(object)dy, (float)(object)a, (float)(object)b, (float)(object)y)
        : (T)(object)Backward(input, (double)(object)dy, (double)(object)a, (double)(object)b, (double)(object)y);

    /// <summary>Which values the derivative by one input reads.</summary>
    protected internal Saved Reads(int input) => input == 0 ? _readsA : _readsB;

    /// <summary>Whether the derivative by one input is 1 everywhere, so that the gradient is passed on as it is.</summary>
    protected internal bool IsIdentity(int input) => input == 0 ? _isIdentityA : _isIdentityB;

    /// <inheritdoc/>
    protected internal sealed override Saved Saves(ReadOnlySpan<Tensor> inputs) =>
        (inputs[0].RequiresGrad ? _readsA : Saved.Nothing) | (inputs.Length > 1 && inputs[1].RequiresGrad ? _readsB : Saved.Nothing);

    /// <inheritdoc cref="Op.Apply"/>
    /// <param name="a">The only input.</param>
    public Tensor Apply(Tensor a)
    {
        TapeThread thread = TapeThread.Current;
        return thread.IsPlain && IsFlat(a, a) ? Run(thread, a, null) : ApplyAny(a);
    }

    /// <inheritdoc cref="Op.Apply"/>
    /// <param name="a">The first input.</param>
    /// <param name="b">The second input.</param>
    public Tensor Apply(Tensor a, Tensor b)
    {
        TapeThread thread = TapeThread.Current;
        return thread.IsPlain && IsFlat(a, b) ? Run(thread, a, b) : ApplyAny(a, b);
    }

    // Apart, since the list of inputs would be cleared on the stack for the others, too.
    [MethodImpl(MethodImplOptions.NoInlining)]
    Tensor ApplyAny(Tensor a) => base.Apply(a);

    [MethodImpl(MethodImplOptions.NoInlining)]
    Tensor ApplyAny(Tensor a, Tensor b) => base.Apply(a, b);

    /// <summary>The result of inputs that are flat, on a thread that is plain.</summary>
    Tensor Run(TapeThread thread, Tensor a, Tensor? b)
    {
        if (a.Layout.Shape.ElementCount != 1) return RunMany(thread, a, b);
        return a.DType == DType.Float32 ? RunOne<float>(thread, a, b) : RunOne<double>(thread, a, b);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    Tensor RunOne<T>(TapeThread thread, Tensor a, Tensor? b) where T : unmanaged
    {
        T x = a.First<T>(), y = Forward(x, b is null ? x : b.First<T>());
        Storage memory = thread.RentResult(Unsafe.SizeOf<T>(), DTypes.Of<T>());
        memory.One<T>() = y;
        Tensor result = new(memory, a.Layout.Shape.Dense);
        if (thread.Recording) Record(thread, a, b, result, DTypes.Of<T>(), isOne: true);
        return result;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    Tensor RunMany(TapeThread thread, Tensor a, Tensor? b)
    {
        DType dtype = a.DType;
        Shape shape = a.Layout.Shape;
        int size = dtype.Size(), count = shape.ElementCount;
        Storage memory = thread.RentResult(count * size, dtype);
        Forward(dtype, count, ref a.First(size), ref b is null ? ref a.First(size) : ref b.First(size), ref memory.First());
        Tensor result = new(memory, shape.Dense);
        if (thread.Recording) Record(thread, a, b, result, dtype, isOne: false);
        return result;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    void Forward(DType dtype, int count, ref byte a, ref byte b, ref byte y) =>
        Forward(new Elements(dtype, count, ref a, ref b, ref Unsafe.NullRef<byte>(), ref Unsafe.NullRef<byte>(), ref y, isFresh: true));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void Record(TapeThread thread, Tensor a, Tensor? b, Tensor y, DType dtype, bool isOne)
    {
        Node? nodeA = a.LiveNode, nodeB = b?.LiveNode;
        if (nodeA is { RequiresGrad: false } || nodeB is { RequiresGrad: false })
        {
            // Rarely: a leaf that requires none any more, or that has tangents.
            (nodeA, nodeB) = (a.NodeOrNull, b?.NodeOrNull);
            if (nodeA is not { RequiresGrad: true } && nodeB is not { RequiresGrad: true }) return;
        }
        if (nodeA is null && nodeB is null) return;
        Saved saved = (nodeA is null ? Saved.Nothing : _readsA) | (nodeB is null ? Saved.Nothing : _readsB);
        thread.RentNode().RecordFlat(thread, this, new FlatKind(saved, dtype, isOne), a, nodeA, b, nodeB, y);
    }

    /// <summary>Whether two inputs, which may be one, lie densely in memory, in one shape and floating-point type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool IsFlat(Tensor? a, Tensor? b) =>
        a is not null && b is not null && a.IsDense && a.DType.IsFloating() &&
        (ReferenceEquals(a, b) || (a.DType == b.DType && (ReferenceEquals(a.Layout, b.Layout) || IsAlike(a, b))));

    [MethodImpl(MethodImplOptions.NoInlining)]
    static bool IsAlike(Tensor a, Tensor b) => b.IsDense && a.Shape == b.Shape;
}

/// <summary>The memory that an elementwise op works on: dense, of one type and one length. What the op does not read is empty.</summary>
public readonly ref struct Elements
{
    readonly ref byte _a, _b, _y, _dy, _target;

    internal Elements(DType dtype, int count, ref byte a, ref byte b, ref byte y, ref byte dy, ref byte target, bool isFresh)
    {
        (DType, Count, IsFresh) = (dtype, count, isFresh);
        _a = ref a;
        _b = ref b;
        _y = ref y;
        _dy = ref dy;
        _target = ref target;
    }

    /// <summary>The element type.</summary>
    public DType DType { get; }

    /// <summary>The number of elements.</summary>
    public int Count { get; }

    /// <summary>Whether the target holds nothing yet and must be overwritten; otherwise backward adds to it.</summary>
    public bool IsFresh { get; }

    /// <summary>The first input.</summary>
    /// <typeparam name="T">The .NET type of the element type.</typeparam>
    /// <exception cref="DTypeException">T is not the element type.</exception>
    public ReadOnlySpan<T> A<T>() where T : unmanaged => Span<T>(ref _a);

    /// <summary>The second input; the first where there is one.</summary>
    /// <inheritdoc cref="A"/>
    public ReadOnlySpan<T> B<T>() where T : unmanaged => Span<T>(ref _b);

    /// <summary>The result, in backward.</summary>
    /// <inheritdoc cref="A"/>
    public ReadOnlySpan<T> Y<T>() where T : unmanaged => Span<T>(ref _y);

    /// <summary>The gradient of the result, in backward.</summary>
    /// <inheritdoc cref="A"/>
    public ReadOnlySpan<T> DY<T>() where T : unmanaged => Span<T>(ref _dy);

    /// <summary>Where the result goes, or the gradient of an input.</summary>
    /// <inheritdoc cref="A"/>
    public Span<T> Target<T>() where T : unmanaged => Span<T>(ref _target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    Span<T> Span<T>(ref byte first) where T : unmanaged
    {
        if (DTypes.Of<T>() != DType) throw Throw.WrongElementType(typeof(T), DType);
        return Unsafe.IsNullRef(ref first) ? default : MemoryMarshal.CreateSpan(ref Unsafe.As<byte, T>(ref first), Count);
    }
}
