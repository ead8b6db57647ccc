namespace Autograd.Tests;

/// <summary>Distances in units in the last place (ulp).</summary>
static class Ulp
{
    /// <summary>
    /// |y − exact| in units that a float has at <paramref name="exact"/>. NaN is at distance 0 from NaN only; beyond the largest
    /// float, ∞ counts as 2¹²⁸, and is at distance 0 from what rounds to it.
    /// </summary>
    public static double Distance(float y, double exact)
    {
        if (float.IsNaN(y) || double.IsNaN(exact)) return float.IsNaN(y) && double.IsNaN(exact) ? 0 : double.PositiveInfinity;
        if (float.IsInfinity(y) && (float)exact == y) return 0;
        const double beyond = 2d * (1L << 62) * (1L << 62) * 8;
        double value = float.IsInfinity(y) ? Math.CopySign(beyond, y) : y;
        return Math.Abs(value - Math.Clamp(exact, -beyond, beyond)) / Unit(exact, -126, 127, 23);
    }

    /// <summary>|y − exact| in units that a double has at <paramref name="exact"/>, itself rounded once.</summary>
    public static double Distance(double y, double exact)
    {
        if (double.IsNaN(y) || double.IsNaN(exact)) return double.IsNaN(y) && double.IsNaN(exact) ? 0 : double.PositiveInfinity;
        if (y == exact) return 0;
        // Both divided first: the unit may be subnormal, the difference may overflow.
        double unit = Unit(exact, -1022, 1023, 52);
        return Math.Abs(y / unit - exact / unit);
    }

    /// <summary>|y − exact| in units that a double has at <paramref name="exact"/>, a normal number.</summary>
    public static double Distance(double y, Wide exact) => Math.Abs(y - exact.High - exact.Low) / Unit(exact.High, -1022, 1023, 52);

    /// <summary>
    /// The largest distance of <paramref name="of"/> from <paramref name="exact"/> over <paramref name="count"/> arguments drawn from a fixed seed, and where it is: over all
    /// magnitudes, within ±20 and ±1, close to 1, and rounded multiples of π/2. Where the exact value is no number of ordinary size it is left out.
    /// </summary>
    public static (double Ulp, double At) Worst(Func<double, double> of, Func<double, Wide> exact, int count)
    {
        (double Ulp, double At) worst = default;
        Random random = new(1);
        for (int n = 0; n < count; n++)
        {
            double part = random.NextDouble();
            double x = (n % 5) switch
            {
                0 => BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)),
                1 => (part - 0.5) * 40,
                2 => (part - 0.5) * 2,
                3 => 1 + Math.ScaleB(random.NextDouble() - 0.5, -(int)(50 * part)),
                _ => Math.Round(1e6 * part) * Math.PI / 2,
            };
            Wide y = exact(x);
            if (!(Math.Abs(y.High) is > 1e-290 and < 1e308)) continue;
            double ulp = Distance(of(x), y);
            if (!(ulp <= worst.Ulp)) worst = (ulp, x);
        }
        return worst;
    }

    static double Unit(double exact, int least, int most, int bits) =>
        Math.ScaleB(1, Math.Clamp(exact == 0 ? least : Math.ILogB(exact), least, most) - bits);
}
