namespace Autograd.Tests;

/// <summary>Elementary functions to about 30 digits: the references for functions of double.</summary>
/// <remarks>
/// Taylor series of reduced arguments, and Newton's method for their inverses. They give no useful value outside of the domain, where a result
/// overflows, and below 10⁻²⁹⁰, where a Wide has fewer digits.
/// </remarks>
static class WideMath
{
    static readonly Wide Ln2 = new(0.6931471805599453, 2.3190468138462996e-17), Ln10 = Log(10);

    // π/2 as the sum of four doubles.
    static readonly double[] HalfPiParts = [1.5707963267948966, 6.123233995736766e-17, -1.4973849048591833e-33, 5.562232935773047e-50];

    static Wide HalfPi => new(HalfPiParts[0], HalfPiParts[1]);

    public static Wide Exp(Wide x)
    {
        Wide p = Expm1Reduced(x, out int n);
        return Wide.Scale(p + 1, n);
    }

    public static Wide Exp2(Wide x) => Exp(x * Ln2);

    public static Wide Expm1(Wide x)
    {
        Wide p = Expm1Reduced(x, out int n);
        return n == 0 ? p : n > 120 ? Wide.Scale(p + 1, n) : Wide.Scale(p + 1, n) - 1;
    }

    // eʳ − 1 for r = x − n·ln 2, from that of r/256 by doubling.
    static Wide Expm1Reduced(Wide x, out int n)
    {
        n = (int)Math.Round(x.High / Math.Log(2));
        Wide r = Wide.Scale(x - (n * Ln2), -8), term = r, sum = r;
        for (int k = 2; Math.Abs(term.High) > Math.Abs(sum.High) * 1e-33; k++) sum += term = term * r / k;
        for (int k = 0; k < 8; k++) sum = sum + sum + (sum * sum);
        return sum;
    }

    public static Wide Log(Wide x)
    {
        if (!(x.High is > 0 and < double.PositiveInfinity)) return double.NaN;
        int k = Math.ILogB(x.High);
        if (Math.ScaleB(x.High, -k) > 1.4) k++;
        return (k * Ln2) + Log1p(Wide.Scale(x, -k) - 1);
    }

    public static Wide Log2(Wide x) => Log(x) / Ln2;

    public static Wide Log10(Wide x) => Log(x) / Ln10;

    public static Wide Log1p(Wide x)
    {
        if (Math.Abs(x.High) > 1) return Log(x + 1);
        Wide y = ReferenceMath.Log1p(x.High), e = Expm1(y), w = (x - e) / (e + 1);
        return y + w - (w * w / 2);
    }

    public static Wide Sigmoid(Wide x) => x.High < 0 ? Exp(x) / (Exp(x) + 1) : 1 / (Exp(-x) + 1);

    public static Wide Tanh(Wide x)
    {
        Wide t = Expm1(-2 * Abs(x));
        return (x.High < 0 ? t : -t) / (t + 2);
    }

    public static Wide Softplus(Wide x) => x.High > 0 ? x + Log1p(Exp(-x)) : Log1p(Exp(x));

    public static Wide Sin(double x) => SinOfQuadrant(Reduced(x, out long n), n);

    public static Wide Cos(double x) => SinOfQuadrant(Reduced(x, out long n), n + 1);

    public static Wide Tan(double x) => Sin(x) / Cos(x);

    // x − n·π/2; NaN where four doubles of π/2 are too few.
    static Wide Reduced(double x, out long n)
    {
        if (!(Math.Abs(x) < 1e9)) x = double.NaN;
        n = (long)Math.Round(x / HalfPiParts[0]);
        Wide r = x;
        foreach (double part in HalfPiParts) r -= new Wide(n) * part;
        return r;
    }

    static Wide SinOfQuadrant(Wide r, long n)
    {
        Wide s = -r * r, term = (n & 1) == 0 ? r : 1, sum = term;
        for (int k = (n & 1) == 0 ? 2 : 1; Math.Abs(term.High) > 1e-34 * Math.Abs(sum.High); k += 2) sum += term = term * s / (k * (k + 1));
        return (n & 2) == 0 ? sum : -sum;
    }

    public static Wide Sinh(Wide x)
    {
        Wide p = Expm1(Abs(x)), y = (p + (p / (p + 1))) / 2;
        return x.High < 0 ? -y : y;
    }

    public static Wide Cosh(Wide x)
    {
        Wide half = Exp(Abs(x) - Ln2);
        return half + (1 / (4 * half));
    }

    public static Wide Atan(Wide x)
    {
        if (Math.Abs(x.High) > 1) return (x.High < 0 ? -HalfPi : HalfPi) - Atan(1 / x);
        double y = Math.Atan(x.High);
        Wide t = Tan(y);
        return y + ((x - t) / (1 + (x * t)));
    }

    public static Wide Atan2(double y, double x)
    {
        Wide angle = Math.Abs(y) > Math.Abs(x) ? HalfPi - Atan(Math.Abs(x) / (Wide)Math.Abs(y)) : Atan(Math.Abs(y) / (Wide)Math.Abs(x));
        if (x < 0) angle = HalfPi + HalfPi - angle;
        return y < 0 ? -angle : angle;
    }

    public static Wide Asin(double x) => Math.Abs(x) == 1 ? x * HalfPi : Atan(x / Wide.Sqrt((1 - (Wide)x) * (1 + (Wide)x)));

    public static Wide Acos(double x) => x == -1 ? 2 * HalfPi : 2 * Atan(Wide.Sqrt((1 - (Wide)x) / (1 + (Wide)x)));

    public static Wide Asinh(double x)
    {
        Wide a = Math.Abs(x), y = a.High > 1e100 ? Log(a) + Ln2 : Log1p(a + (a * a / (1 + Wide.Sqrt(1 + (a * a)))));
        return x < 0 ? -y : y;
    }

    public static Wide Acosh(double x)
    {
        Wide t = (Wide)x - 1;
        return x > 1e100 ? Log(x) + Ln2 : Log1p(t + Wide.Sqrt(t * (t + 2)));
    }

    public static Wide Atanh(double x) => Log1p(2 * (Wide)Math.Abs(x) / (1 - (Wide)Math.Abs(x))) * Math.CopySign(0.5, x);

    public static Wide Pow(double x, double y) => Exp(y * Log(x));

    public static Wide Hypot(double x, double y) => Wide.Sqrt(((Wide)x * x) + ((Wide)y * y));

    public static Wide Erf(double x) => Math.Abs(x) > 2 ? x < 0 ? Erfc(-x) - 1 : 1 - Erfc(x) : Gauss(x) * ErfSeries(x);

    public static Wide Erfc(double x)
    {
        if (x < 2) return x < -2 ? 2 - Erfc(-x) : 1 - Erf(x);
        // The continued fraction of Laplace, from its far end.
        Wide f = x;
        for (int k = 400; k > 0; k--) f = x + (k / (2 * f));
        return Gauss(x) / (2 * f);
    }

    // 2/√π·e^(−x²).
    static Wide Gauss(double x) => 2 * Exp(-((Wide)x * x)) / Wide.Sqrt(2 * HalfPi);

    // x + 2x³/3 + 4x⁵/15 + …, all of one sign.
    static Wide ErfSeries(double x)
    {
        Wide term = x, sum = x;
        for (int k = 3; Math.Abs(term.High) > 1e-33 * Math.Abs(sum.High); k += 2) sum += term = term * x * x * 2 / k;
        return sum;
    }

    static Wide Abs(Wide x) => x.High < 0 ? -x : x;
}
