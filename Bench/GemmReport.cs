using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Autograd.Kernels;

namespace Autograd.Bench;

/// <summary>Prints the speed of the matrix product, shape by shape, against what the processor can do at most.</summary>
static class GemmReport
{
    const int Rounds = 25;

    /// <summary>Part of the name of the shapes to run.</summary>
    static string _shape = "";

    public static void Run(string[] args)
    {
        if (args is ["--blas", .. var rest])
        {
            AgainstBlas(rest is [string path, ..] ? path : "libopenblas.so.0");
            return;
        }
        double peak = Peak();
        _shape = args.Length > 0 ? args[0] : "";
        Console.WriteLine($"multiply-add peak of one thread, float: {peak:F0} GFLOP/s");
        Console.WriteLine($"{"shape",-22}{"1 thread",10}{"of peak",9}{"2 threads",11}{"speed-up",10}");
        Dispatch();
        foreach (int n in new[] { 8, 16, 32, 64, 96, 128, 256, 512, 1024, 2048 })
            Report<float>(n, n, n, false, false, peak);
        foreach ((int m, int k, int n) in new[] { (64, 784, 128), (64, 128, 10), (256, 1024, 1024), (1, 1024, 1024), (1, 1000, 1000), (1024, 1024, 1), (128, 784, 256) })
        {
            Report<float>(m, n, k, false, false, peak);
            Report<float>(m, n, k, false, true, peak);
            Report<float>(m, n, k, true, false, peak);
        }
        foreach (int n in new[] { 64, 128, 256, 512, 1024 })
            Report<double>(n, n, n, false, false, peak / 2);
    }

    /// <summary>The product and OpenBLAS's in turns within this process, one thread, medians of five pairs; OPENBLAS_CORETYPE names its kernel.</summary>
    static unsafe void AgainstBlas(string path)
    {
        if (!NativeLibrary.TryLoad(path, out nint library) || !NativeLibrary.TryGetExport(library, "cblas_sgemm", out nint export))
        {
            Console.WriteLine($"Skipped: {path} is no OpenBLAS that can be loaded here (Debian: libopenblas0); name one behind --blas.");
            return;
        }
        var product = (delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)export;
        if (NativeLibrary.TryGetExport(library, "openblas_set_num_threads", out nint threads)) ((delegate* unmanaged<int, void>)threads)(1);
        string kernel = NativeLibrary.TryGetExport(library, "openblas_get_corename", out nint name) ? Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)name)()) ?? "" : "";
        Parallelism.Threads = 1;
        Console.WriteLine($"one thread, GFLOP/s, medians of five pairs in turn; OpenBLAS's kernel: {kernel}");
        Console.WriteLine();
        Console.WriteLine("| m×k×n | Autograd | OpenBLAS | Autograd ÷ OpenBLAS |");
        Console.WriteLine("| --- | ---: | ---: | ---: |");
        (int, int, int, string)[] shapes =
        [
            .. new[] { 16, 32, 64, 96, 128, 256, 512, 1024, 2048 }.Select(n => (n, n, n, "NN")),
            .. from shape in new[] { (64, 784, 128), (64, 128, 10), (256, 1024, 1024), (128, 784, 256) } from form in new[] { "NN", "NT", "TN" }
               select (shape.Item1, shape.Item2, shape.Item3, form),
        ];
        foreach ((int m, int k, int n, string form) in shapes)
        {
            Storage a = Values<float>(m * k), b = Values<float>(k * n), c = Values<float>(m * n), d = Values<float>(m * n);
            bool transA = form[0] == 'T', transB = form[1] == 'T';
            int lda = transA ? m : k, ldb = transB ? k : n;
            const int rowMajor = 101, plain = 111, transposed = 112;
            (double ours, double theirs) = Paired.Time(
                () => Gemm.Multiply(m, n, k, 1f, a.Span<float>(0, m * k), lda, transA, b.Span<float>(0, k * n), ldb, transB, 0f, c.Span<float>(0, m * n), n),
                () =>
                {
                    fixed (float* pa = a.Span<float>(0, m * k), pb = b.Span<float>(0, k * n), pd = d.Span<float>(0, m * n))
                        product(rowMajor, transA ? transposed : plain, transB ? transposed : plain, m, n, k, 1, pa, lda, pb, ldb, 0, pd, n);
                },
                rounds: 5);
            double work = 2e-9 * m * n * k;
            Console.WriteLine($"| {m}×{k}×{n} {form} | {work / ours:F1} | {work / theirs:F1} | {theirs / ours:F2} |");
        }
    }

    /// <summary>Random numbers in the memory of a tensor: how it lies to cache lines and pages decides part of the speed.</summary>
    static Storage Values<T>(int count) where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        Random random = new(1);
        Storage x = new(count * Unsafe.SizeOf<T>());
        foreach (ref T value in x.Span<T>(0, count)) value = T.CreateTruncating(random.NextDouble() - 0.5);
        return x;
    }

    /// <summary>What handing two empty chunks to the pool costs.</summary>
    static void Dispatch()
    {
        const int calls = 2000;
        Parallelism.Threads = 2;
        double best = double.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < calls; i++)
                Parallelism.Run(2, new Nothing());
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / calls);
        }
        Console.WriteLine($"dispatch of two empty chunks to two threads: {best:F0} ns");
    }

    readonly struct Nothing : IParallelWork
    {
        public void Run(int chunk)
        {
        }
    }

    static void Report<T>(int m, int n, int k, bool transA, bool transB, double peak)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        string name = $"{m}x{k}x{n} {(transA ? 'T' : 'N')}{(transB ? 'T' : 'N')}{(typeof(T) == typeof(double) ? " f64" : "")}";
        if (!name.Contains(_shape, StringComparison.Ordinal))
            return;
        Storage a = Values<T>(m * k), b = Values<T>(k * n), c = Values<T>(m * n);
        double work = 2.0 * m * n * k;
        int calls = (int)Math.Max(1, 5e7 / Math.Max(work, 20_000));
        double[][] times = [new double[Rounds], new double[Rounds]];
        for (int threads = 1; threads <= 2; threads++)
        {
            Parallelism.Threads = threads; // starts or ends a thread, so not in turns
            for (int round = -2; round < Rounds; round++)
            {
                long start = Stopwatch.GetTimestamp();
                for (int i = 0; i < calls; i++)
                    Gemm.Multiply(m, n, k, T.One, a.Span<T>(0, m * k), transA ? m : k, transA, b.Span<T>(0, k * n), transB ? k : n, transB, T.Zero, c.Span<T>(0, m * n), n);
                if (round >= 0)
                    times[threads - 1][round] = Stopwatch.GetElapsedTime(start).TotalSeconds / calls;
            }
        }
        double one = times[0].Min(), two = times[1].Min();
        Console.WriteLine($"{name,-22}{work / one / 1e9,10:F1}{work / one / 1e9 / peak,9:P0}{work / two / 1e9,11:F1}{one / two,10:F2}  {one * 1e6:F2} us");
    }

    /// <summary>Independent fused multiply-adds in registers, as many as hide their latency.</summary>
    static double Peak()
    {
        const int steps = 2_000_000;
        double best = 0;
        for (int i = 0; i < 10; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Chain(steps);
            best = Math.Max(best, steps * 12.0 * 2 * Vector512<float>.Count / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9);
        }
        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static float Chain(int steps)
    {
        Vector512<float> x = Vector512.Create(0.999f), y = Vector512.Create(0.001f);
        Vector512<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (int s = 0; s < steps; s++)
        {
            a = Vector512.FusedMultiplyAdd(a, x, y);
            b = Vector512.FusedMultiplyAdd(b, x, y);
            c = Vector512.FusedMultiplyAdd(c, x, y);
            d = Vector512.FusedMultiplyAdd(d, x, y);
            e = Vector512.FusedMultiplyAdd(e, x, y);
            f = Vector512.FusedMultiplyAdd(f, x, y);
            g = Vector512.FusedMultiplyAdd(g, x, y);
            h = Vector512.FusedMultiplyAdd(h, x, y);
            i = Vector512.FusedMultiplyAdd(i, x, y);
            j = Vector512.FusedMultiplyAdd(j, x, y);
            k = Vector512.FusedMultiplyAdd(k, x, y);
            l = Vector512.FusedMultiplyAdd(l, x, y);
        }
        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }
}
