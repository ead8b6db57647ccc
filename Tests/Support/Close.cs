using NUnit.Framework.Constraints;

namespace Autograd.Tests.Support;

/// <summary>Comparison of whole tensors: shape, then every element within a tolerance, NaN equal to NaN.</summary>
static class Close
{
    public static void To(Tensor actual, Tensor expected, double tolerance, string what = "")
    {
        Assert.That(actual.Shape, Is.EqualTo(expected.Shape), $"shape {what}");
        double[] a = Numbers(actual), b = Numbers(expected);
        double scale = b.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        for (int i = 0; i < a.Length; i++)
        {
            IResolveConstraint same = double.IsFinite(b[i]) ? Is.EqualTo(b[i]).Within(tolerance * Math.Max(1, scale)) : Is.EqualTo(b[i]);
            Assert.That(a[i], same, $"{what} element {i}");
        }
    }

    public static double[] Numbers(Tensor x) => x.Cast(DType.Float64).ToArray<double>();

    public static double Inner(Tensor a, Tensor b) => Numbers(a).Zip(Numbers(b), (p, q) => p * q).Sum();
}
