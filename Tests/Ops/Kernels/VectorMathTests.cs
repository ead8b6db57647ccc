using System.Runtime.Intrinsics;
using Autograd.Kernels;
using FloatFunction = System.Func<System.Runtime.Intrinsics.Vector512<float>, System.Runtime.Intrinsics.Vector512<float>>;
using DoubleFunction = System.Func<System.Runtime.Intrinsics.Vector512<double>, System.Runtime.Intrinsics.Vector512<double>>;

namespace Autograd.Tests.Ops.Kernels;

sealed class VectorMathTests
{
    // Bound in ulp, the function, and its reference in double.
    static readonly Dictionary<string, (double Bound, FloatFunction Of, Func<double, double> Exact)> Floats = new()
    {
        ["Exp"] = (1, VectorMath.Exp, Math.Exp),
        ["ExpLow"] = (1.2, x => VectorMath.ExpLow(Vector512.MinNative(Vector512.Create(88f), x)), x => Math.Exp(Math.Min(88, x))),
        ["ExpShifted"] = (1.2, ExpShifted, x => Math.Exp(Math.Clamp(x, -16, 88))),
        ["Exp2"] = (1, VectorMath.Exp2, x => Math.Pow(2, x)),
        ["Expm1"] = (1.6, VectorMath.Expm1, ReferenceMath.Expm1),
        ["Log"] = (1, VectorMath.Log, Math.Log),
        ["Log2"] = (2, VectorMath.Log2, Math.Log2),
        ["Log10"] = (2.2, VectorMath.Log10, Math.Log10),
        ["Log1p"] = (1.6, VectorMath.Log1p, ReferenceMath.Log1p),
        ["Sigmoid"] = (2.2, VectorMath.Sigmoid, ReferenceMath.Sigmoid),
        ["Tanh"] = (2.8, VectorMath.Tanh, Math.Tanh),
        ["Softplus"] = (2, VectorMath.Softplus, ReferenceMath.Softplus),
        ["Erf"] = (2, VectorMath.Erf, ReferenceMath.Erf),
        ["Erfc"] = (0.51, VectorMath.Erfc, ReferenceMath.Erfc),
        ["Sin"] = (1.6, VectorMath.Sin, Math.Sin),
        ["Cos"] = (1.6, VectorMath.Cos, Math.Cos),
        ["Tan"] = (3.2, VectorMath.Tan, Math.Tan),
        ["Sinh"] = (3, VectorMath.Sinh, Math.Sinh),
        ["Cosh"] = (1.5, VectorMath.Cosh, Math.Cosh),
        ["Asin"] = (2.5, VectorMath.Asin, Math.Asin),
        ["Acos"] = (1.5, VectorMath.Acos, Math.Acos),
        ["Atan"] = (1.5, VectorMath.Atan, Math.Atan),
        ["Asinh"] = (2, VectorMath.Asinh, ReferenceMath.Asinh),
        ["Acosh"] = (2, VectorMath.Acosh, Math.Acosh),
        ["Atanh"] = (2.5, VectorMath.Atanh, ReferenceMath.Atanh),
        ["Pow1.7"] = (0.51, x => VectorMath.Pow(Vector512.Create(1.7f), x), x => Math.Pow(1.7f, x)),
        ["Pow0.3"] = (0.51, x => VectorMath.Pow(Vector512.Create(-0.3f), x), x => Math.Pow(-0.3f, x)),
        ["PowThird"] = (0.51, x => VectorMath.Pow(x, Vector512.Create(1 / 3f)), x => Math.Pow(x, 1 / 3f)),
        ["PowMinusThree"] = (0.51, x => VectorMath.Pow(x, Vector512.Create(-3f)), x => Math.Pow(x, -3)),
        ["Atan2Left"] = (1.5, x => VectorMath.Atan2(x, Vector512.Create(-1.25f)), x => Math.Atan2(x, -1.25)),
        ["Atan2Right"] = (2, x => VectorMath.Atan2(Vector512.Create(3f), x), x => Math.Atan2(3, x)),
        ["Hypot"] = (0.51, x => VectorMath.Hypot(x, Vector512.Create(0.7f)), x => double.Hypot(x, 0.7f)),
    };

    // Bound in ulp, the function, and the exact one.
    static readonly Dictionary<string, (double Bound, DoubleFunction Of, Func<double, Wide> Exact)> Doubles = new()
    {
        ["Exp"] = (1, VectorMath.Exp, x => WideMath.Exp(x)),
        ["Exp2"] = (1, VectorMath.Exp2, x => WideMath.Exp2(x)),
        ["Expm1"] = (1, VectorMath.Expm1, x => WideMath.Expm1(x)),
        ["Log"] = (0.8, VectorMath.Log, x => WideMath.Log(x)),
        ["Log2"] = (0.7, VectorMath.Log2, x => WideMath.Log2(x)),
        ["Log10"] = (0.6, VectorMath.Log10, x => WideMath.Log10(x)),
        ["Log1p"] = (0.6, VectorMath.Log1p, x => WideMath.Log1p(x)),
        ["Sigmoid"] = (1.5, VectorMath.Sigmoid, x => WideMath.Sigmoid(x)),
        ["Tanh"] = (0.8, VectorMath.Tanh, x => WideMath.Tanh(x)),
        ["Softplus"] = (1.7, VectorMath.Softplus, x => WideMath.Softplus(x)),
        ["Erf"] = (1, VectorMath.Erf, WideMath.Erf),
        ["Erfc"] = (1.5, VectorMath.Erfc, WideMath.Erfc),
        ["Sin"] = (0.8, VectorMath.Sin, WideMath.Sin),
        ["Cos"] = (0.8, VectorMath.Cos, WideMath.Cos),
        ["Tan"] = (1, VectorMath.Tan, WideMath.Tan),
        ["Sinh"] = (0.8, VectorMath.Sinh, x => WideMath.Sinh(x)),
        ["Cosh"] = (0.8, VectorMath.Cosh, x => WideMath.Cosh(x)),
        ["Asin"] = (0.7, VectorMath.Asin, WideMath.Asin),
        ["Acos"] = (0.7, VectorMath.Acos, WideMath.Acos),
        ["Atan"] = (0.7, VectorMath.Atan, x => WideMath.Atan(x)),
        ["Asinh"] = (0.7, VectorMath.Asinh, WideMath.Asinh),
        ["Acosh"] = (0.7, VectorMath.Acosh, WideMath.Acosh),
        ["Atanh"] = (0.7, VectorMath.Atanh, WideMath.Atanh),
        ["Pow1.7"] = (1, x => VectorMath.Pow(Vector512.Create(1.7), x), x => WideMath.Pow(1.7, x)),
        ["PowClose"] = (1, x => VectorMath.Pow(Vector512.Create(1.0000001), x), x => WideMath.Pow(1.0000001, x)),
        ["PowThird"] = (1, x => VectorMath.Pow(x, Vector512.Create(1 / 3d)), x => WideMath.Pow(x, 1 / 3d)),
        ["PowMinusThree"] = (1, x => VectorMath.Pow(x, Vector512.Create(-3d)), x => WideMath.Pow(Math.Abs(x), -3) * Math.CopySign(1, x)),
        ["Atan2Left"] = (0.7, x => VectorMath.Atan2(x, Vector512.Create(-1.25)), x => WideMath.Atan2(x, -1.25)),
        ["Atan2Right"] = (0.7, x => VectorMath.Atan2(Vector512.Create(3d), x), x => WideMath.Atan2(3, x)),
        ["Hypot"] = (0.51, x => VectorMath.Hypot(x, Vector512.Create(0.7)), x => WideMath.Hypot(x, 0.7)),
    };

    // Of what is at most 88, which is rounded to 127·ln 2: the results are 2⁶⁴⁻¹²⁷ times as large as eˣ.
    static Vector512<float> ExpShifted(Vector512<float> x)
    {
        Vector512<float> shift = VectorMath.ShiftBelow(Vector512.Create(88f), out Vector512<float> least);
        return VectorMath.ExpShifted(Vector512.MinNative(Vector512.Create(88f), x), least, shift) * (1L << 62) * 2;
    }

    static IEnumerable<string> FloatNames => Floats.Keys;

    static IEnumerable<string> DoubleNames => Doubles.Keys;

    [Test]
    public void Normal_distribution_and_slope_of_gelu_are_within_their_absolute_error_and_end_exactly()
    {
        for (float x = -8; x <= 8; x += 0.00037f)
        {
            double cdf = 0.5 * ReferenceMath.Erfc(-x / Math.Sqrt(2)), density = Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI);
            Assert.That((double)VectorMath.NormalCdf(Vector512.Create(x))[0], Is.EqualTo(cdf).Within(2e-7));
            Assert.That((double)VectorMath.GeluSlope(Vector512.Create(x))[0], Is.EqualTo(cdf + (x * density)).Within(2.5e-7));
        }
        foreach (float x in (float[])[6, 100, float.MaxValue, float.PositiveInfinity])
        {
            Assert.That((VectorMath.NormalCdf(Vector512.Create(x))[0], VectorMath.NormalCdf(Vector512.Create(-x))[0]), Is.EqualTo((1f, 0f)));
            Assert.That((VectorMath.GeluSlope(Vector512.Create(x))[0], VectorMath.GeluSlope(Vector512.Create(-x))[0]), Is.EqualTo((1f, 0f)));
        }
        Assert.That(VectorMath.NormalCdf(Vector512.Create(float.NaN))[0] + VectorMath.GeluSlope(Vector512.Create(float.NaN))[0], Is.NaN);
        Assert.That((VectorMath.NormalCdf(Vector512<float>.Zero)[0], VectorMath.GeluSlope(Vector512<float>.Zero)[0]), Is.EqualTo((0.5f, 0.5f)));
    }

    [TestCaseSource(nameof(FloatNames))]
    public void Float_over_all_exponents_is_within_its_bound(string name)
    {
        (double bound, FloatFunction of, Func<double, double> exact) = Floats[name];
        const long stride = 9973;
        Span<float> x = stackalloc float[16];
        (double Ulp, float X, float Y) worst = default;
        for (long bits = 0; bits < 1L << 32; bits += 16 * stride)
        {
            for (int i = 0; i < 16; i++) x[i] = BitConverter.UInt32BitsToSingle((uint)(bits + i * stride));
            Vector512<float> y = of(Vector512.Create<float>(x));
            for (int i = 0; i < 16; i++)
            {
                double ulp = Ulp.Distance(y[i], exact(x[i]));
                if (ulp > worst.Ulp) worst = (ulp, x[i], y[i]);
            }
        }
        Assert.That(worst.Ulp, Is.LessThanOrEqualTo(bound), $"{name}({worst.X:R}) = {worst.Y:R}");
    }

    [TestCaseSource(nameof(DoubleNames))]
    public void Double_is_within_its_bound(string name)
    {
        (double bound, DoubleFunction of, Func<double, Wide> exact) = Doubles[name];
        (double ulp, double at) = Ulp.Worst(x => of(Vector512.Create(x))[0], exact, 20_000);
        Assert.That(ulp, Is.LessThanOrEqualTo(bound), $"{name}({at:R}) = {of(Vector512.Create(at))[0]:R}, not {exact(at).High:R}");
    }

    static IEnumerable<string> NamesOfExactValues => ExactValues.Of.Keys;

    [TestCaseSource(nameof(NamesOfExactValues))]
    public void Double_at_hard_arguments_is_within_one_unit_of_the_exact_value(string name)
    {
        foreach ((double x, double exact) in ExactValues.Of[name])
        {
            double y = Doubles[name].Of(Vector512.Create(x))[0];
            Assert.That(Ulp.Distance(y, exact), Is.LessThanOrEqualTo(1), $"{name}({x:R}) = {y:R}, not {exact:R}");
        }
    }

    // The references above, held to values that another program computed.
    [TestCaseSource(nameof(NamesOfExactValues))]
    public void Reference_of_double_rounds_to_the_exact_value(string name)
    {
        foreach ((double x, double exact) in ExactValues.Of[name])
            if (Math.Abs(exact) is > 1e-290 and < 1e308) Assert.That(Doubles[name].Exact(x).High, Is.EqualTo(exact), $"{name}({x:R})");
    }

    [TestCaseSource(nameof(DoubleNames))]
    public void Double_in_any_lane_is_the_same(string name)
    {
        DoubleFunction of = Doubles[name].Of;
        double[] x = [1e30, double.NaN, double.NegativeInfinity, -0d, 5e-324, -1, 0.3, 12.5];
        for (int turn = 0; turn < 8; turn++)
        {
            Vector512<double> y = of(Vector512.Create([.. x[turn..], .. x[..turn]]));
            for (int i = 0; i < 8; i++)
                Assert.That(y[i], Is.EqualTo(of(Vector512.Create(x[(i + turn) % 8]))[0]), $"{name}({x[(i + turn) % 8]:R}) in lane {i}");
        }
    }

    [TestCase("Exp", 709.79, double.PositiveInfinity), TestCase("Sinh", -711d, double.NegativeInfinity), TestCase("Cosh", 711d, double.PositiveInfinity)]
    [TestCase("Sinh", 710.4, 1.6663642832806496e308), TestCase("Cosh", 710.4, 1.6663642832806496e308), TestCase("Sinh", 5e-324, 5e-324)]
    [TestCase("Log2", 5e-324, -1074d), TestCase("Log2", 8d, 3d), TestCase("Log10", 1000d, 3d), TestCase("Log10", 1e-300, -300d), TestCase("Log10", 5e-324, -323.3062153431158)]
    [TestCase("Asin", 1d, Math.PI / 2), TestCase("Asin", -1d, -Math.PI / 2), TestCase("Asin", 1.0000000000000002, double.NaN), TestCase("Asin", 5e-324, 5e-324)]
    [TestCase("Acos", 1d, 0d), TestCase("Acos", -1d, Math.PI), TestCase("Acos", 1.0000000000000002, double.NaN), TestCase("Atan", 1e308, Math.PI / 2), TestCase("Atan", -5e-324, -5e-324)]
    [TestCase("Asinh", 1e300, 691.4686750787737), TestCase("Asinh", -5e-324, -5e-324), TestCase("Acosh", 1d, 0d), TestCase("Acosh", 0.9999999999999999, double.NaN), TestCase("Acosh", 1e300, 691.4686750787737)]
    [TestCase("Atanh", 1d, double.PositiveInfinity), TestCase("Atanh", -1.5, double.NaN), TestCase("Atanh", 5e-324, 5e-324)]
    [TestCase("Pow1.7", 1400d, double.PositiveInfinity), TestCase("Pow1.7", -1500d, 0d), TestCase("PowClose", 1e300, double.PositiveInfinity), TestCase("PowMinusThree", 0d, double.PositiveInfinity)]
    [TestCase("PowMinusThree", -2d, -0.125), TestCase("PowThird", -8d, double.NaN), TestCase("Hypot", 1e308, 1e308)]
    public void Double_at_a_special_argument_is_the_special_value(string name, double x, double expected) =>
        Assert.That(Doubles[name].Of(Vector512.Create(x))[3], Is.EqualTo(expected));

    [Test]
    public void Sines_of_double_far_out_are_those_of_Math()
    {
        foreach (double x in (double[])[4194304, -1e9, 1e22, 1e300])
        {
            Assert.That(VectorMath.Sin(Vector512.Create(x))[0], Is.EqualTo(Math.Sin(x)));
            Assert.That(VectorMath.Cos(Vector512.Create(x))[0], Is.EqualTo(Math.Cos(x)));
            Assert.That(VectorMath.Tan(Vector512.Create(x))[0], Is.EqualTo(Math.Tan(x)));
        }
    }

    [TestCaseSource(nameof(FloatNames))]
    public void Float_in_any_lane_is_the_same(string name)
    {
        FloatFunction of = Floats[name].Of;
        var random = new Random(7);
        float[] x = [1e30f, float.NaN, float.PositiveInfinity, -0f, 1e-40f, -1, 2e9f, .. Enumerable.Range(0, 9).Select(_ => random.NextSingle() * 8 - 4)];
        for (int turn = 0; turn < 16; turn++)
        {
            Vector512<float> y = of(Vector512.Create([.. x[turn..], .. x[..turn]]));
            for (int i = 0; i < 16; i++)
                Assert.That(y[i], Is.EqualTo(of(Vector512.Create(x[(i + turn) % 16]))[0]), $"{name}({x[(i + turn) % 16]:R}) in lane {i}");
        }
    }

    const float Inf = float.PositiveInfinity, NaN = float.NaN;

    [TestCase("Exp", 0f, 1f), TestCase("Exp", -0f, 1f), TestCase("Exp", Inf, Inf), TestCase("Exp", -Inf, 0f), TestCase("Exp", 88.73f, Inf)]
    [TestCase("Exp", -100f, 3.783506e-44f), TestCase("Exp", -104f, 0f), TestCase("Exp2", -149f, 1e-45f), TestCase("Exp2", 10f, 1024f)]
    [TestCase("Exp2", 128f, Inf), TestCase("Exp2", -Inf, 0f), TestCase("Expm1", -0f, -0f), TestCase("Expm1", 1e-45f, 1e-45f)]
    [TestCase("Expm1", -Inf, -1f), TestCase("Expm1", Inf, Inf), TestCase("Expm1", 88.8f, Inf)]
    [TestCase("Log", 1f, 0f), TestCase("Log", 0f, -Inf), TestCase("Log", -0f, -Inf), TestCase("Log", -1f, NaN), TestCase("Log", Inf, Inf)]
    [TestCase("Log", -Inf, NaN), TestCase("Log2", 1e-45f, -149f), TestCase("Log2", 8f, 3f), TestCase("Log2", 0f, -Inf), TestCase("Log10", 0f, -Inf)]
    [TestCase("Log10", Inf, Inf), TestCase("Log1p", -0f, -0f), TestCase("Log1p", -1e-45f, -1e-45f), TestCase("Log1p", -1f, -Inf)]
    [TestCase("Log1p", -1.5f, NaN), TestCase("Log1p", Inf, Inf), TestCase("Log1p", float.MaxValue, 88.72284f)]
    [TestCase("Sigmoid", -90f, 8.194013e-40f), TestCase("Sigmoid", 0f, 0.5f), TestCase("Sigmoid", Inf, 1f), TestCase("Sigmoid", -Inf, 0f)]
    [TestCase("Tanh", -0f, -0f), TestCase("Tanh", 0f, 0f), TestCase("Tanh", 1e-45f, 1e-45f), TestCase("Tanh", Inf, 1f), TestCase("Tanh", -Inf, -1f)]
    [TestCase("Softplus", -Inf, 0f), TestCase("Softplus", Inf, Inf), TestCase("Softplus", 1000f, 1000f), TestCase("Softplus", -100f, 3.783506e-44f)]
    [TestCase("Erf", -0f, -0f), TestCase("Erf", Inf, 1f), TestCase("Erf", -Inf, -1f), TestCase("Erfc", Inf, 0f), TestCase("Erfc", -Inf, 2f)]
    [TestCase("Erfc", 0f, 1f), TestCase("Sin", -0f, -0f), TestCase("Sin", Inf, NaN), TestCase("Cos", -0f, 1f), TestCase("Cos", -Inf, NaN)]
    [TestCase("Tan", -0f, -0f), TestCase("Tan", Inf, NaN), TestCase("Sinh", -0f, -0f), TestCase("Sinh", -Inf, -Inf), TestCase("Sinh", 89.5f, Inf)]
    [TestCase("Cosh", -Inf, Inf), TestCase("Cosh", 0f, 1f), TestCase("Asin", -0f, -0f), TestCase("Asin", 1.01f, NaN), TestCase("Acos", 1f, 0f)]
    [TestCase("Acos", -1f, MathF.PI), TestCase("Atan", -0f, -0f), TestCase("Atan", Inf, MathF.PI / 2), TestCase("Atan", -Inf, -MathF.PI / 2)]
    [TestCase("Asinh", -0f, -0f), TestCase("Asinh", -Inf, -Inf), TestCase("Acosh", 1f, 0f), TestCase("Acosh", 0.9f, NaN), TestCase("Acosh", Inf, Inf)]
    [TestCase("Acosh", -Inf, NaN), TestCase("Atanh", -0f, -0f), TestCase("Atanh", 1f, Inf), TestCase("Atanh", -1f, -Inf), TestCase("Atanh", 1.5f, NaN)]
    public void Float_at_a_special_argument_is_the_special_value(string name, float x, float expected) =>
        Assert.That(Bits(Floats[name].Of(Vector512.Create(x))[3]), Is.EqualTo(Bits(expected)));

    [TestCaseSource(nameof(FloatNames))]
    public void Float_of_NaN_is_NaN(string name) => Assert.That(Floats[name].Of(Vector512.Create(NaN))[5], Is.NaN);

    // A right angle of float comes out one unit below where it is a difference.
    static IEnumerable<string> SharedNames => Doubles.Keys.Intersect(Floats.Keys).Where(name => !name.StartsWith("Atan2", StringComparison.Ordinal));

    [TestCaseSource(nameof(SharedNames))]
    public void Double_at_special_arguments_agrees_with_float(string name)
    {
        foreach (float x in (float[])[0f, -0f, Inf, -Inf, NaN, -1f])
            Assert.That(Bits((float)Doubles[name].Of(Vector512.Create((double)x))[2]), Is.EqualTo(Bits(Rounded(name, x))), $"{name}({x})");
    }

    // Float results at −1 differ in the last place; only the special ones are compared.
    static float Rounded(string name, float x)
    {
        float y = Floats[name].Of(Vector512.Create(x))[0];
        return x == -1 && float.IsFinite(y) ? (float)Doubles[name].Of(Vector512.Create(-1d))[0] : y;
    }

    static readonly float[] Corners = [0f, -0f, 1f, -1f, 0.5f, -0.5f, 2f, -2f, 3f, -3f, 1e-45f, -1e-45f, 3e38f, -3e38f, 16777217f, Inf, -Inf, NaN];

    [Test]
    public void Pow_at_corners_agrees_with_Math() => AtCorners("Pow", VectorMath.Pow, VectorMath.Pow, Math.Pow);

    [Test]
    public void Atan2_at_corners_agrees_with_Math() => AtCorners("Atan2", VectorMath.Atan2, VectorMath.Atan2, Math.Atan2);

    [Test]
    public void Hypot_at_corners_agrees_with_Math() => AtCorners("Hypot", VectorMath.Hypot, VectorMath.Hypot, double.Hypot);

    static readonly double[] DoubleCorners = [.. Corners.Select(x => (double)x), 5e-324, -5e-324, 1e-308, 1e308, -1e308, 9007199254740991, -9007199254740991];

    static void AtCorners(
        string name, Func<Vector512<float>, Vector512<float>, Vector512<float>> of, Func<Vector512<double>, Vector512<double>, Vector512<double>> ofDouble,
        Func<double, double, double> exact)
    {
        foreach (double x in DoubleCorners)
            foreach (double y in DoubleCorners)
            {
                double z = ofDouble(Vector512.Create(x), Vector512.Create(y))[5], expected = exact(x, y);
                Assert.That(double.IsNegative(z) == double.IsNegative(expected) || double.IsNaN(z), $"{name}({x}, {y}) = {z}, not {expected}");
                Assert.That(z == expected || Ulp.Distance(z, expected) <= 1, $"{name}({x:R}, {y:R}) = {z:R}, not {expected:R}");
            }
        foreach (float x in Corners)
            foreach (float y in Corners)
            {
                float z = of(Vector512.Create(x), Vector512.Create(y))[9], expected = (float)exact(x, y);
                Assert.That(float.IsNegative(z) == float.IsNegative(expected) || float.IsNaN(z), $"{name}({x}, {y}) = {z}, not {expected}");
                Assert.That(Ulp.Distance(z, exact(x, y)), Is.LessThanOrEqualTo(1.5), $"{name}({x}, {y}) = {z}, not {expected}");
            }
    }

    [Test]
    public void Generic_functions_forward_to_both_types()
    {
        Assert.That(VectorMath.Exp<float>(Vector512.Create(1f)), Is.EqualTo(VectorMath.Exp(Vector512.Create(1f))));
        Assert.That(VectorMath.Exp<double>(Vector512.Create(1d)), Is.EqualTo(VectorMath.Exp(Vector512.Create(1d))));
        Assert.That(VectorMath.Pow<double>(Vector512.Create(3d), Vector512.Create(4d)), Is.EqualTo(Vector512.Create(81d)));
    }

    static int Bits(float x) => float.IsNaN(x) ? -1 : BitConverter.SingleToInt32Bits(x);
}
