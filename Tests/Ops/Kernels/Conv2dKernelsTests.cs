using System.Numerics;
using Autograd.Kernels;

namespace Autograd.Tests.Ops.Kernels;

[TestFixture]
sealed class Conv2dKernelsTests
{
    // Phases by products: strips of images and of rows, last vectors and units that overlap, groups, crops, inputs that no window reaches, strides that differ, more than two phases.
    static readonly Conv2dGeometry[] Strided =
    [
        new(17, 32, 14, 14, 64, 4, 4, 2, 2, 1, 1),
        new(6, 56, 60, 36, 73, 3, 3, 2, 2, 1, 1),
        new(3, 80, 40, 23, 96, 3, 5, 1, 2, 1, 2, Groups: 2),
        new(9, 52, 45, 37, 56, 5, 5, 3, 3, 2, 1),
        new(4, 48, 33, 34, 72, 6, 6, 2, 2, 2, 3),
        new(5, 50, 37, 42, 64, 5, 6, 2, 2),
        new(9, 96, 12, 12, 96, 3, 3, 2, 2, 1, 1),
    ];

    // Turned rows: segments of one row that end beyond it, strides, dilation, groups, several rows, a few of few columns, padding as wide as the taps and wider.
    static readonly Conv2dGeometry[] Turned =
    [
        new(2, 64, 1, 250, 64, 1, 3, PadW: 1),
        new(3, 64, 1, 250, 80, 1, 5, 1, 2, PadW: 2),
        new(2, 96, 1, 1020, 128, 1, 8, 1, 4, PadW: 2),
        new(2, 64, 1, 931, 72, 1, 7, 1, 3, PadW: 3),
        new(2, 64, 1, 506, 70, 1, 3, PadW: 4, DilationW: 4),
        new(2, 128, 1, 390, 128, 1, 4, Groups: 2),
        new(1, 64, 1, 160, 64, 1, 4, PadW: 7),
        new(1, 128, 1, 632, 128, 1, 16, 1, 8, PadW: 8),
        new(9, 64, 1, 64, 64, 1, 11, PadW: 5),
        new(2, 64, 17, 17, 64, 1, 7, PadW: 3),
        new(3, 80, 8, 9, 96, 1, 3, PadW: 1),
        new(2, 96, 20, 18, 100, 1, 4, 1, 2, PadW: 2),
        new(2, 72, 33, 40, 64, 1, 5),
    ];

    static readonly Conv2dGeometry[] Named =
    [
        new(4, 1, 28, 28, 6, 5, 5, PadH: 2, PadW: 2),
        new(9, 6, 14, 14, 16, 5, 5),
        new(2, 16, 28, 28, 32, 3, 3),
        new(2, 16, 32, 32, 16, 3, 3, PadH: 1, PadW: 1),
        new(2, 32, 16, 16, 32, 3, 3, PadH: 1, PadW: 1),
        new(2, 64, 8, 8, 64, 3, 3, PadH: 1, PadW: 1),
        new(2, 16, 32, 32, 32, 3, 3, 2, 2, 1, 1),
        new(2, 16, 32, 32, 32, 1, 1, 2, 2),
        new(1, 40, 9, 9, 40, 1, 1),
        new(3, 8, 12, 12, 8, 3, 3, 1, 1, 1, 1, Groups: 8),
        new(2, 6, 11, 13, 9, 3, 3, 2, 3, 1, 2, 2, 1, Groups: 3),
        new(1, 3, 5, 5, 4, 3, 3, 3, 2, 1, 1, 4, 3) { OutH = 2, OutW = 3 },
        new(1, 2, 7, 7, 3, 2, 2, 3, 3, 0, 0),
        new(2, 2, 1, 1, 20, 1, 1),
        new(1, 1, 1, 1, 1, 3, 3, PadH: 1, PadW: 1),
        new(1, 4, 4, 4, 3, 2, 2, PadH: 3, PadW: 3),
        // Vectors of channels: rows shorter and longer than a vector, a last vector of channels that overlaps, taps that reach nothing, inputs that no window reaches.
        new(2, 16, 7, 7, 16, 3, 3, PadH: 1, PadW: 1, Groups: 16),
        new(3, 40, 5, 19, 40, 3, 3, PadH: 1, PadW: 1, Groups: 40),
        new(2, 24, 11, 10, 24, 5, 3, 2, 2, 2, 1, Groups: 24),
        new(1, 17, 3, 2, 17, 3, 3, PadH: 2, PadW: 2, Groups: 17),
        new(9, 32, 6, 33, 32, 2, 2, 3, 3, Groups: 32),
        new(2, 19, 14, 23, 19, 3, 4, 1, 2, 2, 3, 2, 3, 19),
        new(1, 16, 90, 70, 16, 3, 3, 2, 2, 1, 1, Groups: 16),
        // Planes by themselves: pairs of them and one left over, rows that fill vectors and just do not, strips, runs of planes, each padding, strides of one direction, rows and columns left over.
        new(2, 5, 7, 7, 5, 3, 3, PadH: 1, PadW: 1, Groups: 5),
        new(3, 1, 9, 16, 1, 3, 3, PadH: 1, PadW: 1),
        new(1, 4, 70, 95, 4, 3, 2, PadH: 2, PadW: 1, Groups: 4),
        new(2, 70, 6, 8, 70, 2, 3, PadW: 2, Groups: 70),
        new(2, 9, 14, 14, 9, 3, 3, 2, 2, 1, 1, Groups: 9),
        new(3, 6, 17, 34, 6, 3, 3, 2, 2, 0, 2, Groups: 6),
        new(1, 3, 140, 68, 3, 3, 3, 2, 2, 2, 0, Groups: 3),
        new(2, 7, 12, 40, 7, 3, 2, 2, 1, 1, 1, Groups: 7),
        new(2, 7, 10, 15, 7, 2, 3, 1, 2, 1, 1, Groups: 7),
        new(1, 2, 3, 3, 2, 3, 1, 2, 2, 1, 0, Groups: 2),
        new(3, 5, 7, 8, 5, 3, 3, 2, 2, 1, 1, Groups: 5),
        // Columns of two and four phases: several vectors, short planes, planes of one row, padding, blocks that share an image; windows four apart.
        new(2, 9, 11, 150, 40, 3, 9, 3, 4, 1, 3),
        new(3, 5, 1, 203, 17, 1, 3, 1, 4, 0, 1),
        new(2, 20, 5, 70, 33, 3, 3, 2, 2, 1, 1),
        new(5, 6, 9, 20, 80, 3, 4, 1, 4, 1, 2),
        new(2, 3, 16, 83, 36, 4, 4, 4, 4),
        // Windows that do not overlap: rows and columns left over, windows narrower than strides, rows shorter and longer than a vector, groups.
        new(3, 5, 9, 39, 7, 2, 2, 2, 2),
        new(2, 4, 16, 75, 6, 1, 1, 2, 2),
        new(9, 6, 13, 17, 8, 4, 3, 4, 5, Groups: 2),
        new(1, 3, 32, 32, 20, 16, 16, 16, 16),
        new(2, 3, 1, 70, 5, 1, 2, 1, 2),
        // Windows as a matrix: several images in one and one left over, rows of one image in several, shares of images, padding, dilation, few pixels, planes of one row.
        new(7, 33, 9, 9, 64, 3, 3, 2, 2, 1, 1),
        new(2, 40, 45, 37, 160, 3, 3, 2, 2, 1, 1),
        new(3, 50, 11, 10, 128, 3, 5, 2, 1, 1, 4, 1, 2),
        new(1, 65, 5, 6, 70, 3, 3, PadH: 1, PadW: 1),
        new(2, 80, 9, 5, 140, 2, 3, 1, 2, 1, 2, 3, 2, 2),
        new(19, 48, 13, 4, 36, 1, 1),
        new(3, 34, 15, 12, 40, 1, 1),
        new(5, 37, 9, 7, 10, 1, 1),
        new(5, 34, 4, 3, 20, 4, 3),
        new(3, 6, 3, 5, 4, 3, 5, 2, 2, Groups: 2),
        new(6, 8, 1, 1, 1, 1, 1),
        new(5, 36, 17, 18, 33, 1, 1, 2, 2, 1, 1),
        // Rows by products: blocks that the last row does not fill, one block, all kinds of tiles, strides of the gradient, crops of it.
        new(3, 9, 13, 17, 18, 3, 3, PadH: 1, PadW: 1),
        new(2, 16, 9, 40, 5, 5, 5, PadH: 2, PadW: 1),
        new(2, 7, 14, 47, 33, 3, 1),
        new(5, 20, 3, 9, 37, 3, 3, PadH: 1, PadW: 1),
        new(1, 20, 11, 6, 40, 5, 3, PadH: 3, PadW: 4, DilationW: 2),
        new(2, 30, 16, 16, 20, 2, 3, PadW: 1, Groups: 2),
        new(2, 12, 12, 11, 12, 4, 4, PadH: 3, PadW: 2),
        new(2, 24, 19, 21, 24, 5, 5, 2, 2, 2, 2),
        new(1, 16, 40, 150, 32, 3, 3, PadH: 1, PadW: 1),
        // The same for rows apart: phases of several blocks and of one, fewer rows than the taps lie apart, strides as long as the dilation, strides across, groups.
        new(2, 20, 21, 18, 36, 3, 3, PadH: 2, PadW: 2, DilationH: 2, DilationW: 2),
        new(3, 16, 26, 35, 14, 3, 3, PadH: 3, PadW: 1, DilationH: 3),
        new(9, 24, 30, 9, 20, 5, 2, PadH: 4, DilationH: 4, DilationW: 3),
        new(2, 18, 9, 20, 17, 2, 3, PadH: 3, PadW: 1, DilationH: 7),
        new(2, 24, 33, 17, 32, 3, 3, 2, 1, 2, 1, 2, 1),
        new(2, 32, 40, 23, 48, 3, 3, 1, 2, 2, 1, 2, 1, 2),
        // Gradients of rows by products that are spread: images in twos and one left over, a last block of one row, crops, longer taps, several vectors and units, strides across.
        new(17, 6, 14, 13, 16, 5, 5),
        new(16, 10, 12, 12, 20, 5, 5),
        new(3, 7, 13, 20, 18, 4, 3, PadH: 1, PadW: 1),
        new(18, 17, 8, 70, 16, 4, 3, PadW: 2, Groups: 1),
        new(2, 6, 9, 40, 48, 5, 5, PadW: 2, DilationW: 2, Groups: 2),
        new(19, 5, 15, 15, 20, 5, 3, 1, 2),
        // Blocks by products: strips of images and of rows, all blocks in one strip, last vectors and units that overlap, groups, crops.
        new(9, 32, 12, 10, 64, 3, 3, PadH: 1, PadW: 1),
        new(2, 32, 62, 39, 41, 3, 3, PadH: 2),
        new(3, 130, 5, 4, 100, 3, 3, PadH: 1, PadW: 1),
        new(1, 64, 2, 2, 80, 3, 3, PadH: 1, PadW: 1),
        new(2, 90, 9, 7, 82, 5, 3, PadH: 2, PadW: 4, Groups: 2),
        new(9, 33, 20, 21, 70, 2, 3),
        // More rows of taps than a block has: parts, of which one is not joined with others, with columns of taps, dilation, and accumulated.
        new(2, 40, 17, 13, 48, 7, 1, PadH: 3),
        new(2, 20, 15, 16, 24, 7, 7, PadH: 3, PadW: 3),
        new(2, 16, 20, 18, 16, 6, 6, PadH: 2, PadW: 2),
        new(1, 32, 30, 9, 32, 9, 3, PadH: 4, DilationH: 2),
        new(3, 24, 26, 40, 10, 8, 3),
        new(2, 36, 13, 14, 34, 11, 3, PadH: 10, Groups: 2),
        .. Strided,
        .. Turned,
    ];

    static IEnumerable<Conv2dGeometry> Geometries()
    {
        foreach (Conv2dGeometry g in Named)
            yield return g;
        Random random = new(20240607);
        int[] kernels = [1, 2, 3, 5];
        for (int i = 0; i < 120; i++)
        {
            int groups = random.Next(4) == 0 ? random.Next(2, 4) : 1;
            int wide = random.Next(3) == 0 ? 37 : 7;
            Conv2dGeometry g = new(
                random.Next(1, 4), groups * random.Next(1, wide), random.Next(1, 20), random.Next(1, random.Next(3) == 0 ? 50 : 20),
                groups * random.Next(1, wide), kernels[random.Next(4)], kernels[random.Next(4)],
                random.Next(1, 4), random.Next(1, 4), random.Next(4), random.Next(4), random.Next(1, 3), random.Next(1, 4), groups);
            if (g is { OutH: > 0, OutW: > 0 })
                yield return g;
        }
    }

    [TestCaseSource(nameof(Geometries))]
    public void Conv2d_AnyGeometry_AgreesWithSevenLoops(Conv2dGeometry g)
    {
        Check<float>(g, 1e-5);
        Check<double>(g, 1e-13);
    }

    [Test]
    public void TurnedGeometries_AreTurned([Values(ConvDirection.Forward, ConvDirection.Input, ConvDirection.Filter)] object direction) =>
        Assert.That(Turned.Where(g => !ConvTurned<float>.Pays(g, (ConvDirection)direction)), Is.Empty);

    [Test]
    public void StridedGeometries_GoByProductsOfAllSides([Values(ConvDirection.Forward, ConvDirection.Input, ConvDirection.Filter)] object direction) => Assert.That(
        Strided.Select(g => ConvPhasePass<float>.Pays(g, (ConvDirection)direction) ? PhaseProducts.Best(g, 16, (ConvDirection)direction) : default).Select(best => (best.Row.Side, best.Column.Side)).Distinct(),
        Is.EquivalentTo(((int, int)[])[(4, 3), (4, 4), (5, 3), (5, 4)]));

    [Test]
    public void GradWeight_NonFiniteImage_ReachesOnlyTheTapsThatReadIt()
    {
        Conv2dGeometry g = new(1, 1, 2, 20, 1, 1, 3);
        float[] x = new float[40], dy = new float[36], dw = new float[3];
        Array.Fill(dy, 1f);
        x[0] = float.PositiveInfinity;
        x[39] = float.NaN;
        Conv2dKernels.GradWeight<float>(g, dy, x, dw, false);
        Assert.That(dw, Is.EqualTo(new[] { float.PositiveInfinity, 0f, float.NaN }));
    }

    // Note [Products of rows]: three taps make blocks of four rows, the third from row 8 on. Note [Products of blocks]: column 10 is read for columns 8 to 11.
    [TestCase(16, 9, 11)]
    [TestCase(48, 8, 11)]
    public void Conv2d_NonFiniteImage_ReachesNoOtherBlock(int channels, int first, int last)
    {
        Conv2dGeometry g = new(1, channels, 16, 20, channels, 3, 3, PadH: 1, PadW: 1);
        float[] x = new float[g.C * 320], w = new float[g.OutC * g.Taps], y = new float[g.OutC * 320];
        Array.Fill(x, 1f);
        Array.Fill(w, 1f);
        x[(9 * 20) + 10] = float.NaN;
        Conv2dKernels.Forward<float>(g, x, w, [], y);
        for (int i = 0; i < y.Length; i++)
        {
            (int row, int column) = (i % 320 / 20, i % 20);
            bool window = row is >= 8 and <= 10 && column is >= 9 and <= 11, block = row / 4 == 2 && column >= first && column <= last;
            if (window) Assert.That(y[i], Is.NaN, $"row {row}, column {column}");
            else if (!block) Assert.That(y[i], Is.EqualTo(channels * ((row % 15 == 0 ? 2 : 3) * (column % 19 == 0 ? 2 : 3))).Within(1e-3), $"row {row}, column {column}");
        }
    }

    [TestCase(3, 16)]
    [TestCase(5, 16)]
    [TestCase(7, 16)]
    [TestCase(3, 64)]
    [TestCase(3, 64, 2)]
    [TestCase(4, 64, 2)]
    [TestCase(6, 64, 2)]
    public void Conv2d_ByProducts_ErrsAtMostTwiceAsMuchAsDirectSums(int kernel, int outputs, int stride = 1)
    {
        Conv2dGeometry g = new(2, 32, 24 * stride, 24 * stride, outputs, kernel, kernel, stride, stride, (kernel - stride + 1) / 2, (kernel - stride + 1) / 2);
        Random random = new(5);
        float[] x = Draw<float>(random, g.N * g.C * g.H * g.W), w = Draw<float>(random, g.OutC * g.Taps), y = new float[g.N * g.OutC * g.OutH * g.OutW];
        float[] direct = new float[y.Length];
        (double[] expected, _, _) = Reference(g, Wide(x), Wide(w), new double[y.Length]);
        Conv2dKernels.Forward<float>(g, x, w, [], y);
        for (int i = 0; i < direct.Length; i++) direct[i] = Direct(g, x, w, i);
        Assert.That(Deviation(y, expected), Is.LessThan(2 * Deviation(direct, expected)));
    }

    // The gradient of a convolution without padding is a padded one of the flipped filters.
    [Test]
    public void GradInput_BySpreadProducts_ErrsAtMostTwiceAsMuchAsDirectSums()
    {
        Conv2dGeometry g = new(2, 10, 20, 20, 32, 5, 5), flipped = new(2, 32, 16, 16, 10, 5, 5, PadH: 4, PadW: 4);
        Random random = new(5);
        float[] dy = Draw<float>(random, g.N * g.OutC * 256), w = Draw<float>(random, g.OutC * g.Taps), dx = new float[g.N * g.C * 400], direct = new float[dx.Length], turned = new float[w.Length];
        for (int i = 0; i < w.Length; i++) turned[((i / 25 % g.C * g.OutC) + (i / 25 / g.C)) * 25 + 24 - (i % 25)] = w[i];
        (double[] expected, _, _) = Reference(flipped, Wide(dy), Wide(turned), new double[dx.Length]);
        Conv2dKernels.GradInput<float>(g, dy, w, dx, false);
        for (int i = 0; i < direct.Length; i++) direct[i] = Direct(flipped, dy, turned, i);
        Assert.That(Deviation(dx, expected), Is.LessThan(2 * Deviation(direct, expected)));
    }

    static double Deviation(float[] actual, double[] expected) => Math.Sqrt(actual.Zip(expected, (a, e) => (a - e) * (a - e)).Average());

    /// <summary>One output, its products added one by one.</summary>
    static float Direct(in Conv2dGeometry g, float[] x, float[] w, int output)
    {
        int n = output / (g.OutC * g.OutH * g.OutW), o = output / (g.OutH * g.OutW) % g.OutC, i = output / g.OutW % g.OutH, j = output % g.OutW;
        float sum = 0;
        for (int tap = 0; tap < g.Taps; tap++)
        {
            int c = tap / (g.KH * g.KW), row = (i * g.StrideH) + (tap / g.KW % g.KH) - g.PadH, column = (j * g.StrideW) + (tap % g.KW) - g.PadW;
            if (row >= 0 && row < g.H && column >= 0 && column < g.W)
                sum = MathF.FusedMultiplyAdd(x[((((n * g.C) + c) * g.H) + row) * g.W + column], w[(o * g.Taps) + tap], sum);
        }
        return sum;
    }

    [Test]
    public void Conv2d_EmptyBatch_GivesZeroWeightGradient()
    {
        Conv2dGeometry g = new(0, 2, 5, 5, 3, 3, 3);
        float[] dw = new float[54];
        Array.Fill(dw, 7f);
        Conv2dKernels.Forward<float>(g, [], new float[54], [], []);
        Conv2dKernels.GradInput<float>(g, [], new float[54], [], false);
        Conv2dKernels.GradWeight<float>(g, [], [], dw, false);
        Assert.That(dw, Is.All.Zero);
    }

    // The constant was printed by this test with 512-bit vectors; any width and any number of threads must give it.
    // It may change only with an algorithm, never with a machine.
    [Test]
    public void Conv2d_AnyVectorWidth_GivesTheSameBits()
    {
        ulong hash = 14695981039346656037;
        foreach (Conv2dGeometry g in Named)
        {
            Hash<float>(g, ref hash);
            Hash<double>(g, ref hash);
        }
        Assert.That(hash, Is.EqualTo(6419991921771409289UL));
    }

    static void Hash<T>(Conv2dGeometry g, ref ulong hash) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Random random = new(1);
        T[] x = Draw<T>(random, g.N * g.C * g.H * g.W), w = Draw<T>(random, g.OutC * g.Taps), bias = Draw<T>(random, g.OutC);
        T[] y = new T[g.N * g.OutC * g.OutH * g.OutW];
        Conv2dKernels.Forward<T>(g, x, w, bias, y);
        Conv2dKernels.GradInput<T>(g, y, w, x, true);
        Conv2dKernels.GradWeight<T>(g, y, x, w, true);
        Conv2dKernels.GradBias<T>(g, y, bias, true);
        foreach (T[] values in (T[][])[x, w, bias, y])
        {
            foreach (byte b in System.Runtime.InteropServices.MemoryMarshal.AsBytes<T>(values))
                hash = (hash ^ b) * 1099511628211;
        }
    }

    static void Check<T>(Conv2dGeometry g, double tolerance) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Random random = new(1);
        T[] x = Draw<T>(random, g.N * g.C * g.H * g.W), w = Draw<T>(random, g.OutC * g.Taps), bias = Draw<T>(random, g.OutC);
        T[] dy = Draw<T>(random, g.N * g.OutC * g.OutH * g.OutW);
        T[] y = Draw<T>(random, dy.Length), dx = Draw<T>(random, x.Length), dw = Draw<T>(random, w.Length), db = Draw<T>(random, g.OutC);
        (double[] ey, double[] edx, double[] edw) = Reference(g, Wide(x), Wide(w), Wide(dy));
        int pixels = g.OutH * g.OutW;

        Conv2dKernels.Forward<T>(g, x, w, bias, y);
        Close(y, i => ey[i] + double.CreateChecked(bias[i / pixels % g.OutC]), tolerance * (g.Taps + 4), "y with bias");
        Conv2dKernels.Forward<T>(g, x, w, [], y);
        Close(y, i => ey[i], tolerance * (g.Taps + 4), "y");

        T[] dxBefore = (T[])dx.Clone();
        Conv2dKernels.GradInput<T>(g, dy, w, dx, true);
        double fan = tolerance * (g.GroupOutC * g.KH * g.KW + 4);
        Close(dx, i => edx[i] + double.CreateChecked(dxBefore[i]), fan, "dx accumulated");
        Conv2dKernels.GradInput<T>(g, dy, w, dx, false);
        Close(dx, i => edx[i], fan, "dx");

        T[] dwBefore = (T[])dw.Clone();
        Conv2dKernels.GradWeight<T>(g, dy, x, dw, true);
        Close(dw, i => edw[i] + double.CreateChecked(dwBefore[i]), tolerance * (g.N * pixels + 4), "dw accumulated");
        Conv2dKernels.GradWeight<T>(g, dy, x, dw, false);
        Close(dw, i => edw[i], tolerance * (g.N * pixels + 4), "dw");
        CheckBias(g, dy, db, tolerance);

        double product = Dot(y, dy), scale = Math.Sqrt(Dot(y, y) * Dot(dy, dy)) + 1;
        Assert.That(Dot(x, dx), Is.EqualTo(product).Within(100 * tolerance * scale), "adjoint by x");
        Assert.That(Dot(w, dw), Is.EqualTo(product).Within(100 * tolerance * scale), "adjoint by w");
    }

    static void CheckBias<T>(Conv2dGeometry g, T[] dy, T[] db, double tolerance) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int pixels = g.OutH * g.OutW;
        double[] expected = new double[g.OutC];
        for (int i = 0; i < dy.Length; i++)
            expected[i / pixels % g.OutC] += double.CreateChecked(dy[i]);
        T[] before = (T[])db.Clone();
        Conv2dKernels.GradBias<T>(g, dy, db, true);
        Close(db, i => expected[i] + double.CreateChecked(before[i]), tolerance * (g.N * pixels + 4), "db accumulated");
        Conv2dKernels.GradBias<T>(g, dy, db, false);
        Close(db, i => expected[i], tolerance * (g.N * pixels + 4), "db");
    }

    static (double[] Y, double[] Dx, double[] Dw) Reference(in Conv2dGeometry g, double[] x, double[] w, double[] dy)
    {
        double[] y = new double[dy.Length], dx = new double[x.Length], dw = new double[w.Length];
        for (int n = 0; n < g.N; n++)
        for (int o = 0; o < g.OutC; o++)
        for (int i = 0; i < g.OutH; i++)
        for (int j = 0; j < g.OutW; j++)
        for (int c = 0; c < g.GroupC; c++)
        for (int a = 0; a < g.KH; a++)
        for (int b = 0; b < g.KW; b++)
        {
            int row = i * g.StrideH + a * g.DilationH - g.PadH, column = j * g.StrideW + b * g.DilationW - g.PadW;
            if (row < 0 || row >= g.H || column < 0 || column >= g.W)
                continue;
            int at = ((n * g.C + o / g.GroupOutC * g.GroupC + c) * g.H + row) * g.W + column;
            int tap = ((o * g.GroupC + c) * g.KH + a) * g.KW + b, pixel = ((n * g.OutC + o) * g.OutH + i) * g.OutW + j;
            y[pixel] += x[at] * w[tap];
            dx[at] += dy[pixel] * w[tap];
            dw[tap] += dy[pixel] * x[at];
        }
        return (y, dx, dw);
    }

    static T[] Draw<T>(Random random, int count) where T : IBinaryFloatingPointIeee754<T>
    {
        T[] values = new T[count];
        for (int i = 0; i < count; i++)
            values[i] = T.CreateChecked(2 * random.NextDouble() - 1);
        return values;
    }

    static double[] Wide<T>(T[] values) where T : IBinaryFloatingPointIeee754<T> => Array.ConvertAll(values, double.CreateChecked);

    static double Dot<T>(T[] a, T[] b) where T : IBinaryFloatingPointIeee754<T>
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += double.CreateChecked(a[i]) * double.CreateChecked(b[i]);
        return sum;
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
