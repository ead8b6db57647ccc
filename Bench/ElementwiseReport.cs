using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Autograd.Kernels;

namespace Autograd.Bench;

/// <summary>
/// Formulas read as SIMD lanes against loops written by hand for the same function: forward, and the fused backward
/// dx += dy·D. A ratio of 1 means the same speed, above 1 that the formula is faster. One thread.
/// </summary>
static unsafe class ElementwiseReport
{
    static readonly int[] Sizes = [1 << 10, 1 << 16, 1 << 20];

    public static void Run()
    {
        Parallelism.Threads = 1;
        Console.WriteLine("| op | pass | elements | by hand, ns/element | formula, ns/element | ratio |");
        Console.WriteLine("| --- | --- | ---: | ---: | ---: | ---: |");
        foreach (int n in Sizes)
        {
            float[] x = Numbers(n, 1), b = Numbers(n, 2), y = Numbers(n, 3), dy = Numbers(n, 4), dx = Numbers(n, 5), db = Numbers(n, 6);
            Shape shape = [n];
            Row("Sigmoid", "forward", n, () => SigmoidForward(x, y), () => MapKernels.Forward<SigmoidOp, float>(default, x, y));
            Row("Sigmoid", "backward", n, () => SigmoidBackward(dy, y, dx), () => MapKernels.Backward<SigmoidOp, float>(default, dy, [], y, dx, fresh: false));
            Row("Relu", "forward", n, () => ReluForward(x, y), () => MapKernels.Forward<ReluOp, float>(default, x, y));
            Row("Relu", "backward", n, () => ReluBackward(dy, y, dx), () => MapKernels.Backward<ReluOp, float>(default, dy, [], y, dx, fresh: false));
            Row("Divide", "forward", n, () => DivideForward(x, b, y), () => Map2Kernels.Forward<DivideOp, float>(default, x, b, y, shape, shape, shape));
            Row("Divide", "backward a", n, () => DivideBackwardA(dy, b, dx), () => Map2Kernels.Backward<DivideOp, float>(default, true, dy, [], b, [], dx, shape, shape, shape, fresh: false));
            Row("Divide", "backward b", n, () => DivideBackwardB(dy, x, b, db), () => Map2Kernels.Backward<DivideOp, float>(default, false, dy, x, b, [], db, shape, shape, shape, fresh: false));
        }
    }

    static void Row(string op, string pass, int n, Action byHand, Action formula)
    {
        (double hand, double read) = Paired.Time(byHand, formula);
        Console.WriteLine($"| {op} | {pass} | {n:N0} | {1e9 * hand / n:F3} | {1e9 * read / n:F3} | {hand / read:F2} |");
    }

    static float[] Numbers(int n, ulong seed)
    {
        Generator generator = new(seed);
        float[] values = GC.AllocateUninitializedArray<float>(n, pinned: true);
        for (int i = 0; i < n; i++) values[i] = 0.5f + generator.NextSingle();
        return values;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void SigmoidForward(float[] x, float[] y)
    {
        fixed (float* px = x, py = y)
        {
            for (int i = 0; i < x.Length; i += 64)
            {
                Vector512<float> a = VectorMath.Sigmoid(Vector512.Load(px + i)), b = VectorMath.Sigmoid(Vector512.Load(px + i + 16));
                Vector512<float> c = VectorMath.Sigmoid(Vector512.Load(px + i + 32)), d = VectorMath.Sigmoid(Vector512.Load(px + i + 48));
                a.Store(py + i);
                b.Store(py + i + 16);
                c.Store(py + i + 32);
                d.Store(py + i + 48);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void SigmoidBackward(float[] dy, float[] y, float[] dx)
    {
        fixed (float* pdy = dy, py = y, pdx = dx)
        {
            for (int i = 0; i < y.Length; i += 64)
            {
                for (int j = i; j < i + 64; j += 16)
                {
                    Vector512<float> g = Vector512.Load(pdy + j), v = Vector512.Load(py + j);
                    Vector512<float> part = g * (v * (Vector512<float>.One - v));
                    (Vector512.Load(pdx + j) + Vector512.AndNot(part, Vector512.Equals(g, Vector512<float>.Zero))).Store(pdx + j);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void ReluForward(float[] x, float[] y)
    {
        fixed (float* px = x, py = y)
        {
            for (int i = 0; i < x.Length; i += 64)
            {
                for (int j = i; j < i + 64; j += 16) Vector512.Max(Vector512.Load(px + j), Vector512<float>.Zero).Store(py + j);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void ReluBackward(float[] dy, float[] y, float[] dx)
    {
        fixed (float* pdy = dy, py = y, pdx = dx)
        {
            for (int i = 0; i < y.Length; i += 64)
            {
                for (int j = i; j < i + 64; j += 16)
                {
                    Vector512<float> mask = Vector512.LessThanOrEqual(Vector512.Load(py + j), Vector512<float>.Zero);
                    (Vector512.Load(pdx + j) + Vector512.AndNot(Vector512.Load(pdy + j), mask)).Store(pdx + j);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void DivideForward(float[] a, float[] b, float[] y)
    {
        fixed (float* pa = a, pb = b, py = y)
        {
            for (int i = 0; i < y.Length; i += 32)
            {
                (Vector512.Load(pa + i) / Vector512.Load(pb + i)).Store(py + i);
                (Vector512.Load(pa + i + 16) / Vector512.Load(pb + i + 16)).Store(py + i + 16);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void DivideBackwardA(float[] dy, float[] b, float[] da)
    {
        fixed (float* pdy = dy, pb = b, pda = da)
        {
            for (int i = 0; i < dy.Length; i += 16)
            {
                Vector512<float> g = Vector512.Load(pdy + i), part = g / Vector512.Load(pb + i);
                (Vector512.Load(pda + i) + Vector512.AndNot(part, Vector512.Equals(g, Vector512<float>.Zero))).Store(pda + i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void DivideBackwardB(float[] dy, float[] a, float[] b, float[] db)
    {
        fixed (float* pdy = dy, pa = a, pb = b, pdb = db)
        {
            for (int i = 0; i < dy.Length; i += 16)
            {
                Vector512<float> g = Vector512.Load(pdy + i), v = Vector512.Load(pb + i);
                Vector512<float> part = g * (-(Vector512.Load(pa + i) / v) / v);
                (Vector512.Load(pdb + i) + Vector512.AndNot(part, Vector512.Equals(g, Vector512<float>.Zero))).Store(pdb + i);
            }
        }
    }
}
