using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Autograd.Kernels;

// The constants of an update are hundreds of bytes, all of them written before they are read: to clear them first would cost as much as a small step.
[module: SkipLocalsInit]

namespace Autograd.Nn;

/// <summary>The formula of an optimizer for 16 floats or 8 doubles at a time; constants are fields, filled lanes of one value.</summary>
interface IUpdate<T>
{
    /// <summary>How many of a, b and c are read and written.</summary>
    static abstract int Slots { get; }

    /// <summary>Changes parameters p along gradients g, and the state.</summary>
    void Apply(ref Vector512<T> p, Vector512<T> g, ref Vector512<T> a, ref Vector512<T> b, ref Vector512<T> c);
}

/// <summary>
/// The loop under every optimizer: one pass over parameter, gradient and state. The width is the same on every machine and the
/// tail runs through the same code on partly filled vectors, so the bits depend neither on the hardware nor on the position.
/// </summary>
static class UpdateLoop
{
    /// <summary>Elements of a piece; a multiple of any vector's length, so that only the last piece has a tail.</summary>
    const int PieceSize = 1 << 14;

    /// <summary>Applies an update to one parameter.</summary>
    public static void Run<TUpdate, T>(in TUpdate update, Tensor parameter, Tensor gradient, Tensor? a = null, Tensor? b = null, Tensor? c = null)
        where TUpdate : struct, IUpdate<T> where T : unmanaged
    {
        Span<T> p = parameter.AsWritableSpan<T>(), sa = Writable<T>(a), sb = Writable<T>(b), sc = Writable<T>(c);
        ReadOnlySpan<T> g = gradient.AsSpan<T>();
        if (p.Length < 2 * PieceSize) Run(in update, p, g, sa, sb, sc);
        else RunParallel(in update, p, g, sa, sb, sc);
    }

    static unsafe void RunParallel<TUpdate, T>(in TUpdate update, Span<T> p, ReadOnlySpan<T> g, Span<T> a, Span<T> b, Span<T> c)
        where TUpdate : struct, IUpdate<T> where T : unmanaged
    {
        fixed (T* pp = p, pg = g, pa = a, pb = b, pc = c)
        {
            Parallelism.Run((p.Length + PieceSize - 1) / PieceSize, new Pieces<TUpdate, T>(update, pp, pg, pa, pb, pc, p.Length));
        }
    }

    readonly unsafe struct Pieces<TUpdate, T>(TUpdate update, T* p, T* g, T* a, T* b, T* c, int count) : IParallelWork
        where TUpdate : struct, IUpdate<T> where T : unmanaged
    {
        public void Run(int piece)
        {
            int start = piece * PieceSize, length = Math.Min(PieceSize, count - start);
            UpdateLoop.Run(in update, Part(p, start, length), Part(g, start, length), Part(a, start, length), Part(b, start, length), Part(c, start, length));
        }

        static Span<T> Part(T* first, int start, int length) => first is null ? [] : new Span<T>(first + start, length);
    }

    /// <summary>All lanes the same value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Fill<T>(double value) where T : unmanaged =>
        typeof(T) == typeof(float) ? Vector512.Create((float)value).As<float, T>() : Vector512.Create(value).As<double, T>();

    /// <summary>x·y + z, rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Fma<T>(Vector512<T> x, Vector512<T> y, Vector512<T> z) where T : unmanaged =>
        typeof(T) == typeof(float)
            ? Vector512.FusedMultiplyAdd(x.As<T, float>(), y.As<T, float>(), z.As<T, float>()).As<float, T>()
            : Vector512.FusedMultiplyAdd(x.As<T, double>(), y.As<T, double>(), z.As<T, double>()).As<double, T>();

    /// <summary>xⁿ by squaring: the same bits on every machine, which Math.Pow does not promise.</summary>
    public static double Power(double x, long n)
    {
        double power = 1;
        for (; n > 0; n >>= 1, x *= x)
        {
            if ((n & 1) != 0) power *= x;
        }
        return power;
    }

    static Span<T> Writable<T>(Tensor? tensor) where T : unmanaged => tensor is null ? [] : tensor.AsWritableSpan<T>();

    static void Run<TUpdate, T>(in TUpdate update, Span<T> p, ReadOnlySpan<T> g, Span<T> a, Span<T> b, Span<T> c)
        where TUpdate : struct, IUpdate<T> where T : unmanaged =>
        Run(in update, ref First(p), ref First(g), ref First(a), ref First(b), ref First(c), (nuint)p.Length);

    [MethodImpl(Jit.Loop)]
    static void Run<TUpdate, T>(in TUpdate constants, ref T p, ref T g, ref T a, ref T b, ref T c, nuint count)
        where TUpdate : struct, IUpdate<T> where T : unmanaged
    {
        TUpdate update = constants; // a local, so that the loop may keep it in registers
        Vector512<T> va = default, vb = default, vc = default;
        nuint i = 0, width = (nuint)Vector512<T>.Count;
        for (; i + width <= count; i += width)
        {
            Vector512<T> vp = Vector512.LoadUnsafe(ref p, i);
            if (TUpdate.Slots > 0) va = Vector512.LoadUnsafe(ref a, i);
            if (TUpdate.Slots > 1) vb = Vector512.LoadUnsafe(ref b, i);
            if (TUpdate.Slots > 2) vc = Vector512.LoadUnsafe(ref c, i);
            update.Apply(ref vp, Vector512.LoadUnsafe(ref g, i), ref va, ref vb, ref vc);
            vp.StoreUnsafe(ref p, i);
            if (TUpdate.Slots > 0) va.StoreUnsafe(ref a, i);
            if (TUpdate.Slots > 1) vb.StoreUnsafe(ref b, i);
            if (TUpdate.Slots > 2) vc.StoreUnsafe(ref c, i);
        }
        if (i == count) return;
        Vector512<T> tail = Part.Load(ref p, i, count);
        if (TUpdate.Slots > 0) va = Part.Load(ref a, i, count);
        if (TUpdate.Slots > 1) vb = Part.Load(ref b, i, count);
        if (TUpdate.Slots > 2) vc = Part.Load(ref c, i, count);
        update.Apply(ref tail, Part.Load(ref g, i, count), ref va, ref vb, ref vc);
        Part.Store(tail, ref p, i, count);
        if (TUpdate.Slots > 0) Part.Store(va, ref a, i, count);
        if (TUpdate.Slots > 1) Part.Store(vb, ref b, i, count);
        if (TUpdate.Slots > 2) Part.Store(vc, ref c, i, count);
    }

    static ref T First<T>(Span<T> span) => ref MemoryMarshal.GetReference(span);

    static ref T First<T>(ReadOnlySpan<T> span) => ref MemoryMarshal.GetReference(span);
}
