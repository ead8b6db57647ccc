using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Transposes in registers, in two steps: pieces of 16 bytes change places, then the elements of four pieces (two of doubles).</summary>
/// <remarks>
/// A vector has 4, 2 or 1 pieces. A square is transposed either by loading pieces of the rows r, r + e, r + 2e, … into vector r, where e elements make a
/// piece, and turning e such vectors; or by turning e rows at a time and letting the pieces change places.
/// </remarks>
unsafe interface ITurningLanes<V, T> : ILanes<V, T> where T : unmanaged
{
    /// <summary>Rows of a tile of one vector whose accumulators fit in the register file beside the columns of a square.</summary>
    static abstract int MostTurnedRows { get; }

    /// <summary>The first piece of rows that are a distance apart, in elements, as many as a vector has pieces.</summary>
    static abstract V LoadPieces(T* p, nint distance);

    /// <summary>One vector of the first pieces of as many vectors as one has pieces, one of the second pieces, and so on.</summary>
    static abstract void Cross(V a, V b, V c, V d, out V first, out V second, out V third, out V fourth);

    /// <summary>Four columns of four row vectors; of doubles, two columns of the first two.</summary>
    static abstract void Turn(V r0, V r1, V r2, V r3, out V c0, out V c1, out V c2, out V c3);
}

unsafe partial struct Lanes512<T> : ITurningLanes<Vector512<T>, T>
{
    public static int MostTurnedRows => 12;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadPieces(T* p, nint distance)
    {
        // Inserted from memory, a piece needs no shuffle.
        Vector512<float> v = Vector128.Load((float*)p).ToVector256Unsafe().ToVector512Unsafe();
        v = Avx512F.InsertVector128(v, Vector128.Load((float*)(p + distance)), 1);
        v = Avx512F.InsertVector128(v, Vector128.Load((float*)(p + 2 * distance)), 2);
        return Avx512F.InsertVector128(v, Vector128.Load((float*)(p + 3 * distance)), 3).As<float, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Cross(
        Vector512<T> a, Vector512<T> b, Vector512<T> c, Vector512<T> d, out Vector512<T> first, out Vector512<T> second, out Vector512<T> third, out Vector512<T> fourth)
    {
        Vector512<float> ab = Avx512F.Shuffle4x128(a.AsSingle(), b.AsSingle(), 0b10_00_10_00), cd = Avx512F.Shuffle4x128(c.AsSingle(), d.AsSingle(), 0b10_00_10_00);
        first = Avx512F.Shuffle4x128(ab, cd, 0b10_00_10_00).As<float, T>();
        third = Avx512F.Shuffle4x128(ab, cd, 0b11_01_11_01).As<float, T>();
        ab = Avx512F.Shuffle4x128(a.AsSingle(), b.AsSingle(), 0b11_01_11_01);
        cd = Avx512F.Shuffle4x128(c.AsSingle(), d.AsSingle(), 0b11_01_11_01);
        second = Avx512F.Shuffle4x128(ab, cd, 0b10_00_10_00).As<float, T>();
        fourth = Avx512F.Shuffle4x128(ab, cd, 0b11_01_11_01).As<float, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Turn(
        Vector512<T> r0, Vector512<T> r1, Vector512<T> r2, Vector512<T> r3, out Vector512<T> c0, out Vector512<T> c1, out Vector512<T> c2, out Vector512<T> c3)
    {
        if (typeof(T) == typeof(double))
        {
            c0 = c2 = Avx512F.UnpackLow(r0.AsDouble(), r1.AsDouble()).As<double, T>();
            c1 = c3 = Avx512F.UnpackHigh(r0.AsDouble(), r1.AsDouble()).As<double, T>();
            return;
        }
        Vector512<double> a = Avx512F.UnpackLow(r0.AsSingle(), r1.AsSingle()).AsDouble(), b = Avx512F.UnpackLow(r2.AsSingle(), r3.AsSingle()).AsDouble();
        c0 = Avx512F.UnpackLow(a, b).As<double, T>();
        c1 = Avx512F.UnpackHigh(a, b).As<double, T>();
        a = Avx512F.UnpackHigh(r0.AsSingle(), r1.AsSingle()).AsDouble();
        b = Avx512F.UnpackHigh(r2.AsSingle(), r3.AsSingle()).AsDouble();
        c2 = Avx512F.UnpackLow(a, b).As<double, T>();
        c3 = Avx512F.UnpackHigh(a, b).As<double, T>();
    }
}

unsafe partial struct Lanes256<T> : ITurningLanes<Vector256<T>, T>
{
    public static int MostTurnedRows => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> LoadPieces(T* p, nint distance) => Vector256.Create(Vector128.Load(p), Vector128.Load(p + distance));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Cross(
        Vector256<T> a, Vector256<T> b, Vector256<T> c, Vector256<T> d, out Vector256<T> first, out Vector256<T> second, out Vector256<T> third, out Vector256<T> fourth)
    {
        first = third = Avx.Permute2x128(a.AsSingle(), b.AsSingle(), 0x20).As<float, T>();
        second = fourth = Avx.Permute2x128(a.AsSingle(), b.AsSingle(), 0x31).As<float, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Turn(
        Vector256<T> r0, Vector256<T> r1, Vector256<T> r2, Vector256<T> r3, out Vector256<T> c0, out Vector256<T> c1, out Vector256<T> c2, out Vector256<T> c3)
    {
        if (typeof(T) == typeof(double))
        {
            c0 = c2 = Avx.UnpackLow(r0.AsDouble(), r1.AsDouble()).As<double, T>();
            c1 = c3 = Avx.UnpackHigh(r0.AsDouble(), r1.AsDouble()).As<double, T>();
            return;
        }
        Vector256<double> a = Avx.UnpackLow(r0.AsSingle(), r1.AsSingle()).AsDouble(), b = Avx.UnpackLow(r2.AsSingle(), r3.AsSingle()).AsDouble();
        c0 = Avx.UnpackLow(a, b).As<double, T>();
        c1 = Avx.UnpackHigh(a, b).As<double, T>();
        a = Avx.UnpackHigh(r0.AsSingle(), r1.AsSingle()).AsDouble();
        b = Avx.UnpackHigh(r2.AsSingle(), r3.AsSingle()).AsDouble();
        c2 = Avx.UnpackLow(a, b).As<double, T>();
        c3 = Avx.UnpackHigh(a, b).As<double, T>();
    }
}

unsafe partial struct Lanes128<T> : ITurningLanes<Vector128<T>, T>
{
    public static int MostTurnedRows => AdvSimd.IsSupported ? 12 : 8;

    public static Vector128<T> LoadPieces(T* p, nint distance) => Vector128.Load(p);

    public static void Cross(
        Vector128<T> a, Vector128<T> b, Vector128<T> c, Vector128<T> d, out Vector128<T> first, out Vector128<T> second, out Vector128<T> third, out Vector128<T> fourth) =>
        first = second = third = fourth = a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Turn(
        Vector128<T> r0, Vector128<T> r1, Vector128<T> r2, Vector128<T> r3, out Vector128<T> c0, out Vector128<T> c1, out Vector128<T> c2, out Vector128<T> c3)
    {
        if (typeof(T) == typeof(double))
        {
            (c0, c1) = (LowHalves(r0.AsDouble(), r1.AsDouble()), HighHalves(r0.AsDouble(), r1.AsDouble()));
            (c2, c3) = (c0, c1);
            return;
        }
        Vector128<double> a = Low(r0, r1).AsDouble(), b = Low(r2, r3).AsDouble();
        (c0, c1) = (LowHalves(a, b), HighHalves(a, b));
        (a, b) = (High(r0, r1).AsDouble(), High(r2, r3).AsDouble());
        (c2, c3) = (LowHalves(a, b), HighHalves(a, b));
    }

    // Before these were written out, the compiler put vectors together in memory.
    static Vector128<T> LowHalves(Vector128<double> a, Vector128<double> b) =>
        (Sse2.IsSupported ? Sse2.UnpackLow(a, b) : Vector128.Create(a.GetLower(), b.GetLower())).As<double, T>();

    static Vector128<T> HighHalves(Vector128<double> a, Vector128<double> b) =>
        (Sse2.IsSupported ? Sse2.UnpackHigh(a, b) : Vector128.Create(a.GetUpper(), b.GetUpper())).As<double, T>();

    /// <summary>The lower elements of both vectors in turn.</summary>
    static Vector128<float> Low(Vector128<T> a, Vector128<T> b) =>
        Sse.IsSupported ? Sse.UnpackLow(a.AsSingle(), b.AsSingle())
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a.AsSingle(), b.AsSingle())
        : Zip(a.AsSingle(), b.AsSingle(), 0);

    /// <summary>The upper elements of both vectors in turn.</summary>
    static Vector128<float> High(Vector128<T> a, Vector128<T> b) =>
        Sse.IsSupported ? Sse.UnpackHigh(a.AsSingle(), b.AsSingle())
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a.AsSingle(), b.AsSingle())
        : Zip(a.AsSingle(), b.AsSingle(), 2);

    static Vector128<float> Zip(Vector128<float> a, Vector128<float> b, int first) =>
        Vector128.Create(a.GetElement(first), b.GetElement(first), a.GetElement(first + 1), b.GetElement(first + 1));
}
