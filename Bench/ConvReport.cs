using System.Diagnostics;
using Autograd.Kernels;

namespace Autograd.Bench;

/// <summary>Time and nominal rate of the convolution kernels in float32, per shape and direction.</summary>
static class ConvReport
{
    static readonly (string Name, Conv2dGeometry Geometry)[] Shapes =
    [
        ("LeNet conv1 64x1x28x28 p2 -> 6 k5", new(64, 1, 28, 28, 6, 5, 5, PadH: 2, PadW: 2)),
        ("LeNet conv2 64x6x14x14 -> 16 k5", new(64, 6, 14, 14, 16, 5, 5)),
        ("32x16x28x28 -> 32 k3", new(32, 16, 28, 28, 32, 3, 3)),
        ("ResNet 32x3x32x32 p1 -> 16 k3", new(32, 3, 32, 32, 16, 3, 3, PadH: 1, PadW: 1)),
        ("ResNet 32x16x32x32 p1 -> 16 k3", new(32, 16, 32, 32, 16, 3, 3, PadH: 1, PadW: 1)),
        ("ResNet 32x16x32x32 p1 s2 -> 32 k3", new(32, 16, 32, 32, 32, 3, 3, 2, 2, 1, 1)),
        ("ResNet 32x16x32x32 s2 -> 32 k1", new(32, 16, 32, 32, 32, 1, 1, 2, 2)),
        ("ResNet 32x32x16x16 p1 -> 32 k3", new(32, 32, 16, 16, 32, 3, 3, PadH: 1, PadW: 1)),
        ("ResNet 32x64x8x8 p1 -> 64 k3", new(32, 64, 8, 8, 64, 3, 3, PadH: 1, PadW: 1)),
        ("VGG 8x128x16x16 p1 -> 128 k3", new(8, 128, 16, 16, 128, 3, 3, PadH: 1, PadW: 1)),
        ("VGG 16x512x4x4 p1 -> 512 k3", new(16, 512, 4, 4, 512, 3, 3, PadH: 1, PadW: 1)),
        ("pointwise 32x64x14x14 -> 128 k1", new(32, 64, 14, 14, 128, 1, 1)),
        ("depthwise 8x64x28x28 p1 k3", new(8, 64, 28, 28, 64, 3, 3, PadH: 1, PadW: 1, Groups: 64)),
        ("depthwise 8x512x7x7 p1 k3", new(8, 512, 7, 7, 512, 3, 3, PadH: 1, PadW: 1, Groups: 512)),
        ("patches 8x64x32x32 s2 -> 128 k2", new(8, 64, 32, 32, 128, 2, 2, 2, 2)),
    ];

    /// <summary>Prints microseconds and GFLOP/s, the lower quartile of 101 calls.</summary>
    public static void Run()
    {
        Console.WriteLine($"{"shape",-36}{"forward",18}{"grad input",18}{"grad weight",18}   (us, GFLOP/s)");
        foreach ((string name, Conv2dGeometry g) in Shapes)
        {
            float[] x = Fill(g.N * g.C * g.H * g.W), w = Fill(g.OutC * g.Taps), y = Fill(g.N * g.OutC * g.OutH * g.OutW);
            float[] bias = Fill(g.OutC), dx = new float[x.Length], dw = new float[w.Length];
            Conv2dGeometry copy = g;
            Console.Write($"{name,-36}");
            Print(g, () => Conv2dKernels.Forward<float>(copy, x, w, bias, y));
            Print(g, () => Conv2dKernels.GradInput<float>(copy, y, w, dx, false));
            Print(g, () => Conv2dKernels.GradWeight<float>(copy, y, x, dw, false));
            Console.WriteLine();
        }
    }

    static void Print(in Conv2dGeometry g, Action action)
    {
        double seconds = Time(action);
        Console.Write($"{seconds * 1e6,10:f0} {g.Flops / seconds * 1e-9,7:f0}");
    }

    // The lower quartile: on a shared machine the median also measures the neighbours.
    static double Time(Action action)
    {
        for (int i = 0; i < 5; i++)
            action();
        double[] times = new double[101];
        for (int i = 0; i < times.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            action();
            times[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        Array.Sort(times);
        return times[times.Length / 4];
    }

    static float[] Fill(int count)
    {
        Random random = new(7);
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = random.NextSingle() - 0.5f;
        return values;
    }
}
