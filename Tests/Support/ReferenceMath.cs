using System.Runtime.Intrinsics;
using Autograd.Kernels;

namespace Autograd.Tests;

/// <summary>References in double for the functions that System.Math lacks, good far beyond float's precision.</summary>
static class ReferenceMath
{
    // Kahan's corrected forms: the rounding of 1 + x (of eˣ) is divided out again.
    public static double Log1p(double x)
    {
        double u = 1 + x;
        return u == 1 ? x : double.IsInfinity(u) ? u : u > 2 || u < 0.5 ? Math.Log(u) : Math.Log(u) * x / (u - 1);
    }

    public static double Expm1(double x)
    {
        double u = Math.Exp(x);
        return u == 1 ? x : Math.Abs(x) > 1 ? u - 1 : (u - 1) * x / Math.Log(u);
    }

    public static double Sigmoid(double x) => x < 0 ? Math.Exp(x) / (1 + Math.Exp(x)) : 1 / (1 + Math.Exp(-x));

    public static double Softplus(double x) => Math.Max(x, 0) + Log1p(Math.Exp(-Math.Abs(x)));

    public static double Asinh(double x) => Math.Abs(x) < 1e-2 ? x - x * x * x / 6 + 3 * Math.Pow(x, 5) / 40 : Math.Asinh(x);

    public static double Atanh(double x) => 0.5 * (Log1p(x) - Log1p(-x));

    // The double versions under test themselves, which other tests compare with exact values.
    public static double Erf(double x) => VectorMath.Erf(Vector512.Create(x))[0];

    public static double Erfc(double x) => VectorMath.Erfc(Vector512.Create(x))[0];
}
