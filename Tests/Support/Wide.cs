namespace Autograd.Tests;

/// <summary>A number of about 106 bits, the sum of two doubles: High is the sum rounded, Low the rest.</summary>
/// <remarks>Sums and products err by a few units of 2⁻¹⁰⁶ of the result, also where a sum cancels. Source: Joldes, Muller and Popescu, ACM TOMS 44(2), 2017.</remarks>
readonly record struct Wide(double High, double Low = 0)
{
    public static implicit operator Wide(double x) => new(x);

    public static explicit operator double(Wide x) => x.High;

    static Wide Ordered(double a, double b)
    {
        double sum = a + b;
        return new(sum, b - (sum - a));
    }

    static Wide Exact(double a, double b)
    {
        double sum = a + b, second = sum - a;
        return new(sum, (a - (sum - second)) + (b - second));
    }

    public static Wide operator +(Wide a, Wide b)
    {
        Wide high = Exact(a.High, b.High), low = Exact(a.Low, b.Low), sum = Ordered(high.High, high.Low + low.High);
        return Ordered(sum.High, sum.Low + low.Low);
    }

    public static Wide operator -(Wide a) => new(-a.High, -a.Low);

    public static Wide operator -(Wide a, Wide b) => a + -b;

    public static Wide operator *(Wide a, Wide b)
    {
        double product = a.High * b.High, rest = double.FusedMultiplyAdd(a.High, b.High, -product);
        return Ordered(product, double.FusedMultiplyAdd(a.High, b.Low, double.FusedMultiplyAdd(a.Low, b.High, rest)));
    }

    public static Wide operator /(Wide a, Wide b)
    {
        Wide first = a.High / b.High, second = (a - (first * b)).High / b.High, third = (a - ((first + second) * b)).High / b.High;
        return first + second + third;
    }

    /// <summary>x·2ⁿ.</summary>
    public static Wide Scale(Wide x, int n) => new(Math.ScaleB(x.High, n), Math.ScaleB(x.Low, n));

    public static Wide Sqrt(Wide x)
    {
        if (x.High == 0) return 0;
        Wide root = Math.Sqrt(x.High);
        return root + ((x - (root * root)).High / (2 * root.High));
    }
}
