using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Autograd.Kernels;
using Autograd.Tests;

namespace Autograd.Bench;

/// <summary>Prints, as a Markdown table, the largest errors of <see cref="VectorMath"/> and its speed.</summary>
static class UlpReport
{
    const int Block = 1024;

    /// <summary>Sweeps every <paramref name="stride"/>-th bit pattern of float; 1 visits all.</summary>
    public static void Run(int stride = 499)
    {
        Console.WriteLine("| function | max ulp float32 | at | max ulp float64 | at | ns per float | ns per double |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (Action<int> row in UlpReportFunctions.Rows) row(stride);
    }

    internal static void Row<TFunction>(string name, Func<double, double> reference, Func<double, Wide> exact, float low, float high, int stride)
        where TFunction : IFunctionRow
    {
        (double ulp, float at) = FloatError<TFunction>(reference, stride);
        (double ulp64, double at64) = Ulp.Worst(x => TFunction.Of(Vector512.Create(x))[0], exact, 400_000);
        double ns = Nanoseconds<TFunction>(low, high), nsDouble = NanosecondsDouble<TFunction>(low, high);
        Console.WriteLine($"| {name} | {Text(ulp)} | {at.ToString("R", CultureInfo.InvariantCulture)} | {Text(ulp64)} | {at64.ToString("R", CultureInfo.InvariantCulture)} | {ns.ToString("F3", CultureInfo.InvariantCulture)} | {nsDouble.ToString("F2", CultureInfo.InvariantCulture)} |");
    }

    internal interface IFunctionRow
    {
        static abstract Vector512<float> Of(Vector512<float> x);
        static abstract Vector512<double> Of(Vector512<double> x);
    }

    static string Text(double ulp) => ulp.ToString("F2", CultureInfo.InvariantCulture);

    static (double Ulp, float At) FloatError<TFunction>(Func<double, double> reference, int stride) where TFunction : IFunctionRow
    {
        double worst = 0;
        float at = 0;
        Span<float> x = stackalloc float[16];
        for (long bits = 0; bits < 1L << 32; bits += 16L * stride)
        {
            for (int i = 0; i < 16; i++) x[i] = BitConverter.UInt32BitsToSingle((uint)(bits + (long)i * stride));
            Vector512<float> y = TFunction.Of(Vector512.Create<float>(x));
            for (int i = 0; i < 16; i++)
            {
                double error = Ulp.Distance(y[i], reference(x[i]));
                if (error > worst) (worst, at) = (error, x[i]);
            }
        }
        return (worst, at);
    }

    static double Nanoseconds<TFunction>(float low, float high) where TFunction : IFunctionRow
    {
        Storage memory = Arguments<float>(low, high, out int results);
        return Median(() => Loop<TFunction>(ref memory.Span<float>(0, Block)[0], ref memory.Span<float>(results, Block)[0]));
    }

    static double NanosecondsDouble<TFunction>(float low, float high) where TFunction : IFunctionRow
    {
        Storage memory = Arguments<double>(low, high, out int results);
        return Median(() => Loop<TFunction>(ref memory.Span<double>(0, Block)[0], ref memory.Span<double>(results, Block)[0]));
    }

    /// <summary>Arguments in memory whose vectors do not straddle cache lines, with room for the results half a page further on; see Note [Alignment].</summary>
    static Storage Arguments<T>(float low, float high, out int results) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        results = Block + (2048 / Unsafe.SizeOf<T>());
        Storage memory = new((results + Block) * Unsafe.SizeOf<T>());
        for (int i = 0; i < Block; i++) memory.Span<T>(0, Block)[i] = T.CreateTruncating(low + (high - low) * ((i * 389L % Block + 0.5) / Block));
        return memory;
    }

    static double Median(Action pass)
    {
        pass();
        double[] times = new double[15];
        for (int t = 0; t < times.Length; t++)
        {
            int passes = 0;
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < 2)
                for (int k = 0; k < 200; k++, passes++) pass();
            times[t] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / ((double)passes * Block);
        }
        Array.Sort(times);
        return times[times.Length / 2];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Loop<TFunction>(ref float x, ref float y) where TFunction : IFunctionRow
    {
        for (nuint i = 0; i < Block; i += 16) TFunction.Of(Vector512.LoadUnsafe(ref x, i)).StoreUnsafe(ref y, i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Loop<TFunction>(ref double x, ref double y) where TFunction : IFunctionRow
    {
        for (nuint i = 0; i < Block; i += 8) TFunction.Of(Vector512.LoadUnsafe(ref x, i)).StoreUnsafe(ref y, i);
    }
}
