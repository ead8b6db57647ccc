namespace Autograd;

/// <summary>
/// The alphabet that elementwise formulas are written in. Each type that implements it is another reading of a formula:
/// SIMD lanes, recorded tensors, which values are read, text, a plain double.
/// </summary>
/// <typeparam name="T">The implementing type.</typeparam>
/// <remarks>
/// Comparisons give a condition for <see cref="Select"/>; a comparison with NaN does not hold. A formula may branch on its
/// attributes, never on its arguments.
/// </remarks>
public interface IReal<T> where T : struct, IReal<T>
{
    /// <summary>a + b.</summary>
    static abstract T operator +(T a, T b);

    /// <summary>a − b.</summary>
    static abstract T operator -(T a, T b);

    /// <summary>a·b.</summary>
    static abstract T operator *(T a, T b);

    /// <summary>a / b.</summary>
    static abstract T operator /(T a, T b);

    /// <summary>−a.</summary>
    static abstract T operator -(T a);

    /// <summary>Whether a &lt; b.</summary>
    static abstract T operator <(T a, T b);

    /// <summary>Whether a &gt; b.</summary>
    static abstract T operator >(T a, T b);

    /// <summary>Whether a ≤ b.</summary>
    static abstract T operator <=(T a, T b);

    /// <summary>Whether a ≥ b.</summary>
    static abstract T operator >=(T a, T b);

    /// <summary>A constant.</summary>
    static abstract implicit operator T(double value);

    /// <summary>a where the condition holds, else b; the branch not taken may be infinite or NaN.</summary>
    static abstract T Select(T condition, T a, T b);

    /// <summary>Whether a = b.</summary>
    static abstract T Equal(T a, T b);

    /// <summary>|x|.</summary>
    static abstract T Abs(T x);

    /// <summary>√x.</summary>
    static abstract T Sqrt(T x);

    /// <summary>eˣ.</summary>
    static abstract T Exp(T x);

    /// <summary>The natural logarithm.</summary>
    static abstract T Log(T x);

    /// <summary>aᵇ.</summary>
    static abstract T Pow(T a, T b);

    /// <summary>The hyperbolic tangent.</summary>
    static abstract T Tanh(T x);

    /// <summary>1 / (1 + e⁻ˣ), right in both tails.</summary>
    static abstract T Sigmoid(T x);

    /// <summary>eˣ − 1, accurate near 0.</summary>
    static abstract T Expm1(T x);

    /// <summary>2ˣ.</summary>
    static abstract T Exp2(T x);

    /// <summary>log(1 + x), accurate near 0.</summary>
    static abstract T Log1p(T x);

    /// <summary>The logarithm to base 2.</summary>
    static abstract T Log2(T x);

    /// <summary>The logarithm to base 10.</summary>
    static abstract T Log10(T x);

    /// <summary>log(1 + eˣ).</summary>
    static abstract T Softplus(T x);

    /// <summary>The sine.</summary>
    static abstract T Sin(T x);

    /// <summary>The cosine.</summary>
    static abstract T Cos(T x);

    /// <summary>The tangent.</summary>
    static abstract T Tan(T x);

    /// <summary>The hyperbolic sine.</summary>
    static abstract T Sinh(T x);

    /// <summary>The hyperbolic cosine.</summary>
    static abstract T Cosh(T x);

    /// <summary>The inverse sine.</summary>
    static abstract T Asin(T x);

    /// <summary>The inverse cosine.</summary>
    static abstract T Acos(T x);

    /// <summary>The inverse tangent.</summary>
    static abstract T Atan(T x);

    /// <summary>The inverse hyperbolic sine.</summary>
    static abstract T Asinh(T x);

    /// <summary>The inverse hyperbolic cosine.</summary>
    static abstract T Acosh(T x);

    /// <summary>The inverse hyperbolic tangent.</summary>
    static abstract T Atanh(T x);

    /// <summary>The error function.</summary>
    static abstract T Erf(T x);

    /// <summary>The probability of a standard normal number below x, Φ(x) = (1 + erf(x/√2)) / 2.</summary>
    static abstract T NormalCdf(T x);

    /// <summary>Φ(x) + x·φ(x), the derivative of x·Φ(x), with the density φ of Φ; composed unless overridden.</summary>
    static virtual T GeluSlope(T x) => T.NormalCdf(x) + (x * NormalCdfOp.Density(x));

    /// <summary>1 − erf(x), accurate in the right tail.</summary>
    static abstract T Erfc(T x);

    /// <summary>The greatest whole number ≤ x.</summary>
    static abstract T Floor(T x);

    /// <summary>The least whole number ≥ x.</summary>
    static abstract T Ceiling(T x);

    /// <summary>The nearest whole number, halves to even.</summary>
    static abstract T Round(T x);

    /// <summary>x without its fraction.</summary>
    static abstract T Truncate(T x);

    /// <summary>The angle of the point (b, a).</summary>
    static abstract T Atan2(T a, T b);

    /// <summary>b / (a² + b²) without overflow, 0 at (0, 0): the derivative of <see cref="Atan2"/> by a; composed unless overridden.</summary>
    static virtual T Atan2Slope(T a, T b) => Atan2Op.Slope(a, b);

    /// <summary>√(a² + b²) without overflow.</summary>
    static abstract T Hypot(T a, T b);

    /// <summary>The remainder of a / b with the sign of a.</summary>
    static abstract T Fmod(T a, T b);
}

/// <summary>An elementwise function of one tensor: its value and its local derivative, written once.</summary>
/// <remarks>Implement it as a readonly record struct whose fields are the attributes, and apply it by <see cref="Map{TOp}"/>.</remarks>
public interface IUnaryOp
{
    /// <summary>The name in errors, listings and docs: the type's name without "Op" unless given.</summary>
    string Name => Naming.Of(GetType());

    /// <summary>y = F(x).</summary>
    T F<T>(T x) where T : struct, IReal<T>;

    /// <summary>∂y/∂x, given x and y; only what it reads is saved.</summary>
    T D<T>(T x, T y) where T : struct, IReal<T>;
}

/// <summary>An elementwise function of two tensors, broadcast together: its value and its two local derivatives.</summary>
/// <remarks>Implement it as a readonly record struct whose fields are the attributes, and apply it by <see cref="Map2{TOp}"/>.</remarks>
public interface IBinaryOp
{
    /// <summary>The name in errors, listings and docs: the type's name without "Op" unless given.</summary>
    string Name => Naming.Of(GetType());

    /// <summary>y = F(a, b).</summary>
    T F<T>(T a, T b) where T : struct, IReal<T>;

    /// <summary>∂y/∂a, given a, b and y.</summary>
    T DA<T>(T a, T b, T y) where T : struct, IReal<T>;

    /// <summary>∂y/∂b, given a, b and y.</summary>
    T DB<T>(T a, T b, T y) where T : struct, IReal<T>;
}
