using System.Numerics;
using Autograd.Kernels;

namespace Autograd.Tests.Ops.Kernels;

[TestFixture]
sealed class PoolKernelsTests
{
    static IEnumerable<Pool2dGeometry> Geometries()
    {
        yield return new(6, 28, 28, 2, 2, 2, 2);
        yield return new(3, 41, 67, 2, 2, 2, 2);
        yield return new(3, 41, 67, 2, 2, 2, 2, CeilMode: true);
        yield return new(2, 32, 32, 3, 3, 2, 2, 1, 1);
        yield return new(2, 1, 1, 1, 1, 1, 1);
        yield return new(2, 1, 3, 2, 4, 3, 5, CeilMode: true);
        yield return new(70, 9, 9, 9, 9, 9, 9);
        Random random = new(5);
        for (int i = 0; i < 120; i++)
        {
            int kh = random.Next(1, 6), kw = random.Next(1, 6);
            Pool2dGeometry g = new(
                random.Next(1, 5), random.Next(1, 30), random.Next(1, 60), kh, kw, random.Next(1, 5), random.Next(1, 5),
                random.Next(kh / 2 + 1), random.Next(kw / 2 + 1), random.Next(1, 3), random.Next(1, 3), random.Next(2) == 0);
            if (g is { OutH: > 0, OutW: > 0 })
                yield return g;
        }
    }

    [TestCaseSource(nameof(Geometries))]
    public void Max_AnyGeometry_AgreesWithLoops(Pool2dGeometry g)
    {
        CheckMax<float>(g);
        CheckMax<double>(g);
    }

    [TestCaseSource(nameof(Geometries))]
    public void Average_AnyGeometry_AgreesWithLoops(Pool2dGeometry g)
    {
        Pool2dGeometry plain = g with { DilationH = 1, DilationW = 1 };
        foreach (bool includePad in (bool[])[false, true])
        {
            foreach (int divisor in (int[])[0, 3])
            {
                CheckAverage<float>(plain, includePad, divisor, 1e-5);
                CheckAverage<double>(plain, includePad, divisor, 1e-13);
            }
        }
    }

    [TestCase(7, 7, 1, 1)]
    [TestCase(8, 8, 1, 1)]
    [TestCase(12, 40, 6, 20)]
    [TestCase(10, 10, 3, 7)]
    [TestCase(5, 37, 2, 36)]
    [TestCase(3, 2, 5, 4)]
    public void Adaptive_AnySizes_AgreesWithLoops(int h, int w, int outH, int outW)
    {
        CheckAdaptive<float>(new(5, h, w, outH, outW), 1e-5);
        CheckAdaptive<double>(new(5, h, w, outH, outW), 1e-13);
    }

    // The output must start inside the plane or the left padding: ⌈(5 + 2 − 2)/3⌉ + 1 = 3 windows would start at −1, 2, 5.
    [TestCase(5, 2, 3, 1, false, 2)]
    [TestCase(5, 2, 3, 1, true, 2)]
    [TestCase(6, 2, 3, 1, true, 3)]
    [TestCase(7, 2, 2, 0, false, 3)]
    [TestCase(7, 2, 2, 0, true, 4)]
    [TestCase(1, 2, 2, 0, true, 1)]
    [TestCase(1, 2, 2, 0, false, 0)]
    public void OutputSize_CeilMode_DropsWindowsThatStartInPadding(int size, int kernel, int stride, int pad, bool ceil, int expected)
        => Assert.That(new Pool2dGeometry(1, size, size, kernel, kernel, stride, stride, pad, pad, CeilMode: ceil).OutW, Is.EqualTo(expected));

    [TestCase(2)]
    [TestCase(3)]
    public void Max_Ties_GoToTheFirstElement(int kernel)
    {
        Pool2dGeometry g = new(1, 2 * kernel, 40 * kernel, kernel, kernel, kernel, kernel);
        float[] x = new float[g.H * g.W], y = new float[g.OutH * g.OutW];
        int[] indices = new int[y.Length];
        PoolKernels.MaxForward<float>(g, x, y, indices);
        for (int i = 0; i < y.Length; i++)
            Assert.That(indices[i], Is.EqualTo(i / g.OutW * kernel * g.W + i % g.OutW * kernel));
    }

    [TestCase(2, 0)]
    [TestCase(3, 1)]
    public void Max_MinusInfinityEverywhere_ChoosesTheFirstElementInside(int kernel, int pad)
    {
        Pool2dGeometry g = new(1, 6, 6, kernel, kernel, kernel, kernel, pad, pad);
        float[] x = new float[36], y = new float[g.OutH * g.OutW];
        Array.Fill(x, float.NegativeInfinity);
        int[] indices = new int[y.Length];
        PoolKernels.MaxForward<float>(g, x, y, indices);
        Assert.That(y, Is.All.EqualTo(float.NegativeInfinity));
        Assert.That(indices[0], Is.Zero);
        Assert.That(indices[g.OutW + 1], Is.EqualTo((kernel - pad) * 7));
    }

    [TestCase(2)]
    [TestCase(3)]
    public void Max_NaN_Wins(int kernel)
    {
        Pool2dGeometry g = new(1, kernel, kernel, kernel, kernel, kernel, kernel);
        for (int at = 0; at < kernel * kernel; at++)
        {
            double[] x = new double[kernel * kernel], y = new double[1];
            Array.Fill(x, double.PositiveInfinity);
            x[at] = double.NaN;
            int[] indices = new int[1];
            PoolKernels.MaxForward<double>(g, x, y, indices);
            Assert.That(y[0], Is.NaN);
            Assert.That(indices[0], Is.EqualTo(at));
        }
    }

    static void CheckMax<T>(Pool2dGeometry g) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Random random = new(3);
        // Few distinct values, so that ties are common.
        T[] x = Draw<T>(g.Planes * g.H * g.W, () => random.Next(12) == 0 ? double.NaN : random.Next(-3, 3));
        int outputs = g.OutH * g.OutW, inputs = g.H * g.W;
        T[] y = new T[g.Planes * outputs], expected = new T[y.Length], dy = Draw<T>(y.Length, random.NextDouble);
        int[] indices = new int[y.Length], expectedIndices = new int[y.Length];
        for (int o = 0; o < y.Length; o++)
            (expected[o], expectedIndices[o]) = Largest(g, x.AsSpan(o / outputs * inputs, inputs), o % outputs / g.OutW, o % g.OutW);
        PoolKernels.MaxForward<T>(g, x, y, indices);
        Assert.That(Array.ConvertAll(indices, i => Math.Max(i, -1)), Is.EqualTo(expectedIndices));
        Assert.That(y, Is.EqualTo(expected));

        T[] dx = Draw<T>(x.Length, random.NextDouble), sum = (T[])dx.Clone(), fresh = new T[x.Length];
        for (int o = 0; o < y.Length; o++)
        {
            if (indices[o] < 0)
                continue;
            sum[o / outputs * inputs + indices[o]] += dy[o];
            fresh[o / outputs * inputs + indices[o]] += dy[o];
        }
        PoolKernels.MaxGradInput<T>(g, dy, indices, dx, true);
        Assert.That(dx, Is.EqualTo(sum));
        PoolKernels.MaxGradInput<T>(g, dy, indices, dx, false);
        Assert.That(dx, Is.EqualTo(fresh));
    }

    static (T Value, int Index) Largest<T>(Pool2dGeometry g, ReadOnlySpan<T> plane, int i, int j) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T best = T.NegativeInfinity;
        int at = -1;
        for (int a = 0; a < g.KH; a++)
        for (int b = 0; b < g.KW; b++)
        {
            int row = i * g.StrideH - g.PadH + a * g.DilationH, column = j * g.StrideW - g.PadW + b * g.DilationW;
            if (row < 0 || row >= g.H || column < 0 || column >= g.W)
                continue;
            T v = plane[row * g.W + column];
            if (at < 0 || v > best || T.IsNaN(v))
                (best, at) = (v, row * g.W + column);
        }
        return (best, at);
    }

    static void CheckAverage<T>(Pool2dGeometry g, bool includePad, int divisor, double tolerance) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Random random = new(4);
        int outputs = g.OutH * g.OutW, inputs = g.H * g.W;
        T[] x = Draw<T>(g.Planes * inputs, random.NextDouble), y = new T[g.Planes * outputs], dy = Draw<T>(y.Length, random.NextDouble);
        T[] dx = Draw<T>(x.Length, random.NextDouble), before = (T[])dx.Clone();
        double[] expected = new double[y.Length], gradient = new double[x.Length];
        for (int o = 0; o < y.Length; o++)
        {
            int top = o % outputs / g.OutW * g.StrideH - g.PadH, left = o % g.OutW * g.StrideW - g.PadW;
            int bottom = Math.Min(top + g.KH, g.H + g.PadH), right = Math.Min(left + g.KW, g.W + g.PadW);
            int count = (bottom - top) * (right - left);
            (int t, int l, int b, int r) = (Math.Max(top, 0), Math.Max(left, 0), Math.Min(bottom, g.H), Math.Min(right, g.W));
            count = divisor > 0 ? divisor : includePad ? count : (b - t) * (r - l);
            for (int i = t; i < b; i++)
            for (int j = l; j < r; j++)
            {
                int at = o / outputs * inputs + i * g.W + j;
                expected[o] += double.CreateChecked(x[at]) / count;
                gradient[at] += double.CreateChecked(dy[o]) / count;
            }
        }
        PoolKernels.AverageForward<T>(g, x, y, includePad, divisor);
        Close(y, i => expected[i], tolerance * 30, "y");
        PoolKernels.AverageGradInput<T>(g, dy, dx, true, includePad, divisor);
        Close(dx, i => gradient[i] + double.CreateChecked(before[i]), tolerance * 30, "dx accumulated");
        PoolKernels.AverageGradInput<T>(g, dy, dx, false, includePad, divisor);
        Close(dx, i => gradient[i], tolerance * 30, "dx");
    }

    static void CheckAdaptive<T>(AdaptivePoolGeometry g, double tolerance) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Random random = new(6);
        int outputs = g.OutH * g.OutW, inputs = g.H * g.W;
        T[] x = Draw<T>(g.Planes * inputs, random.NextDouble), dy = Draw<T>(g.Planes * outputs, random.NextDouble);
        T[] average = new T[dy.Length], largest = new T[dy.Length], dx = Draw<T>(x.Length, random.NextDouble), before = (T[])dx.Clone();
        int[] indices = new int[dy.Length];
        double[] mean = new double[dy.Length], gradient = new double[x.Length];
        int[] chosen = new int[dy.Length];
        for (int o = 0; o < dy.Length; o++)
        {
            int i = o % outputs / g.OutW, j = o % g.OutW, plane = o / outputs * inputs;
            int top = i * g.H / g.OutH, bottom = (int)Math.Ceiling((i + 1.0) * g.H / g.OutH);
            int left = j * g.W / g.OutW, right = (int)Math.Ceiling((j + 1.0) * g.W / g.OutW);
            chosen[o] = top * g.W + left;
            for (int r = top; r < bottom; r++)
            for (int c = left; c < right; c++)
            {
                int at = r * g.W + c, count = (bottom - top) * (right - left);
                mean[o] += double.CreateChecked(x[plane + at]) / count;
                gradient[plane + at] += double.CreateChecked(dy[o]) / count;
                if (x[plane + at] > x[plane + chosen[o]])
                    chosen[o] = at;
            }
        }
        PoolKernels.AdaptiveAverageForward<T>(g, x, average);
        Close(average, o => mean[o], 30 * tolerance, "average");
        PoolKernels.AdaptiveAverageGradInput<T>(g, dy, dx, true);
        Close(dx, i => gradient[i] + double.CreateChecked(before[i]), 30 * tolerance, "dx accumulated");
        PoolKernels.AdaptiveAverageGradInput<T>(g, dy, dx, false);
        Close(dx, i => gradient[i], 30 * tolerance, "dx");
        PoolKernels.AdaptiveMaxForward<T>(g, x, largest, indices);
        Assert.That(indices, Is.EqualTo(chosen));
        for (int o = 0; o < dy.Length; o++)
            Assert.That(largest[o], Is.EqualTo(x[o / outputs * inputs + chosen[o]]));
        PoolKernels.AdaptiveMaxGradInput<T>(g, dy, indices, dx, false);
        double total = 0, expected = 0;
        foreach (T d in dx)
            total += double.CreateChecked(d);
        foreach (T d in dy)
            expected += double.CreateChecked(d);
        Assert.That(total, Is.EqualTo(expected).Within(tolerance * dy.Length));
    }

    static T[] Draw<T>(int count, Func<double> next) where T : IBinaryFloatingPointIeee754<T>
    {
        T[] values = new T[count];
        for (int i = 0; i < count; i++)
            values[i] = T.CreateChecked(next());
        return values;
    }

    static void Close<T>(T[] actual, Func<int, double> expected, double tolerance, string what) where T : IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < actual.Length; i++)
        {
            double difference = Math.Abs(double.CreateChecked(actual[i]) - expected(i));
            if (!(difference <= tolerance))
                Assert.Fail($"{what}[{i}] is {actual[i]}, expected {expected(i)} ± {tolerance:g2} ({typeof(T).Name})");
        }
    }
}
