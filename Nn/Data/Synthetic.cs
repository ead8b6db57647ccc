namespace Autograd.Nn.Data;

/// <summary>Small made-up datasets to try a model on; the same seed gives the same examples.</summary>
/// <remarks>
/// Inputs are [count, 2] and labels Int64 [count] unless said otherwise; examples come class by class, so shuffle their batches. Moons and circles are those of
/// scikit-learn's make_moons and make_circles without their shuffling.
/// </remarks>
public static class Synthetic
{
    /// <summary>Exclusive-or: the corners (0, 0), (0, 1), (1, 0), (1, 1) in turn, of class 1 where the coordinates differ.</summary>
    /// <param name="count">The number of examples.</param>
    /// <param name="noise">The standard deviation of what is added to each coordinate.</param>
    /// <param name="random">The source of the noise.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="ArgumentException">There is noise, but no source of it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The count or the noise is negative.</exception>
    /// <exception cref="DTypeException">dtype is not floating-point.</exception>
    public static Dataset Xor(int count = 4, double noise = 0, Generator? random = null, DType dtype = DType.Float32) =>
        Make("Xor", count, noise, random, dtype, i => (i >> 1 & 1, i & 1, (i >> 1 ^ i) & 1));

    /// <summary>Arms that wind out from the origin, 4 radians from its centre to its end at radius 1, each a class.</summary>
    /// <param name="count">The number of examples, shared out evenly, the first classes taking what is left over.</param>
    /// <param name="arms">The number of arms, ≥ 1.</param>
    /// <param name="noise">The standard deviation of what is added to each coordinate.</param>
    /// <param name="random">The source of the noise.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <inheritdoc cref="Xor" path="/exception"/>
    public static Dataset Spirals(int count = 100, int arms = 2, double noise = 0, Generator? random = null, DType dtype = DType.Float32)
    {
        Throw.IfBelow("Synthetic.Spirals", arms, 1, "Pass the number of classes.");
        return Make("Spirals", count, noise, random, dtype, i =>
        {
            (int arm, double part) = Class(i, count, arms);
            (double sin, double cos) = Math.SinCos((4 * part) + (2 * Math.PI * arm / arms));
            return (part * cos, part * sin, arm);
        });
    }

    /// <summary>Two half circles of radius 1 that reach into one another: the upper about (0, 0), the lower about (1, 0.5).</summary>
    /// <inheritdoc cref="Xor"/>
    public static Dataset Moons(int count = 100, double noise = 0, Generator? random = null, DType dtype = DType.Float32) =>
        Make("Moons", count, noise, random, dtype, i =>
        {
            // The upper moon takes the smaller half.
            int upper = count / 2;
            double angle = i < upper ? Math.PI * i / Math.Max(1, upper - 1) : Math.PI * (i - upper) / Math.Max(1, count - upper - 1);
            (double sin, double cos) = Math.SinCos(angle);
            return i < upper ? (cos, sin, 0) : (1 - cos, 0.5 - sin, 1);
        });

    /// <summary>Two circles about the origin: the outer of radius 1, class 0, and the inner, class 1.</summary>
    /// <param name="count">The number of examples.</param>
    /// <param name="noise">The standard deviation of what is added to each coordinate.</param>
    /// <param name="factor">The radius of the inner circle, in (0, 1).</param>
    /// <param name="random">The source of the noise.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <inheritdoc cref="Xor" path="/exception"/>
    public static Dataset Circles(int count = 100, double noise = 0, double factor = 0.8, Generator? random = null, DType dtype = DType.Float32)
    {
        if (factor is not (> 0 and < 1)) throw Throw.OutOfRange("Synthetic.Circles", nameof(factor), factor, "must be in (0, 1)", "Pass 0.5 for an inner circle of half the radius.");
        return Make("Circles", count, noise, random, dtype, i =>
        {
            int outer = count / 2, circle = i < outer ? 0 : 1;
            double angle = 2 * Math.PI * (circle == 0 ? (double)i / outer : (double)(i - outer) / (count - outer));
            (double sin, double cos) = Math.SinCos(angle);
            return circle == 0 ? (cos, sin, 0) : (factor * cos, factor * sin, 1);
        });
    }

    /// <summary>Regression: y = sin(x) for x in even steps over one period, −π to π.</summary>
    /// <param name="count">The number of examples.</param>
    /// <param name="noise">The standard deviation of what is added to each label.</param>
    /// <param name="random">The source of the noise.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <returns>Inputs [count, 1], labels [count, 1].</returns>
    /// <inheritdoc cref="Xor" path="/exception"/>
    public static Dataset Sine(int count = 100, double noise = 0, Generator? random = null, DType dtype = DType.Float32)
    {
        Check("Sine", count, noise, random, dtype);
        double[] x = new double[count], y = new double[count];
        for (int i = 0; i < count; i++)
        {
            x[i] = Math.PI * ((2.0 * i / Math.Max(1, count - 1)) - 1);
            y[i] = Math.Sin(x[i]) + Noise(noise, random);
        }
        return new Dataset(Tensor.From(x, [count, 1]).Cast(dtype), Tensor.From(y, [count, 1]).Cast(dtype));
    }

    /// <summary>The class of an example and its place in it, of n examples at (½, 1½, …)/n.</summary>
    static (int Class, double Part) Class(int index, int count, int classes)
    {
        int least = count / classes, more = count % classes, large = more * (least + 1);
        return index < large
            ? (index / (least + 1), ((index % (least + 1)) + 0.5) / (least + 1))
            : (more + ((index - large) / least), (((index - large) % least) + 0.5) / least);
    }

    static Dataset Make(string name, int count, double noise, Generator? random, DType dtype, Func<int, (double X, double Y, int Class)> point)
    {
        Check(name, count, noise, random, dtype);
        double[] points = new double[2 * count];
        long[] classes = new long[count];
        for (int i = 0; i < count; i++)
        {
            (double x, double y, classes[i]) = point(i);
            (points[2 * i], points[(2 * i) + 1]) = (x + Noise(noise, random), y + Noise(noise, random));
        }
        return new Dataset(Tensor.From(points, [count, 2]).Cast(dtype), Tensor.From(classes));
    }

    static double Noise(double noise, Generator? random) => noise > 0 ? noise * random!.NextNormal() : 0;

    static void Check(string name, int count, double noise, Generator? random, DType dtype)
    {
        Throw.IfBelow($"Synthetic.{name}", count, 0, "Pass the number of examples.");
        if (!(noise >= 0 && double.IsFinite(noise))) throw Throw.OutOfRange($"Synthetic.{name}", nameof(noise), noise, "must be a finite number, 0 or more", "Leave it out for examples without noise.");
        if (noise > 0 && random is null) throw DataThrow.NoNoise(name);
        if (!dtype.IsFloating()) throw Throw.NeedsFloatingType($"Synthetic.{name}", dtype);
    }
}
