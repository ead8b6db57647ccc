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

    static double Unit(double exact, int least, int most, int bits) =>
        Math.ScaleB(1, Math.Clamp(exact == 0 ? least : Math.ILogB(exact), least, most) - bits);
}
