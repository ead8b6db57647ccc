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
}

/// <summary>An elementwise function of one tensor: its value and its local derivative, written once.</summary>
/// <remarks>Implement it as a readonly record struct whose fields are the attributes, and apply it by <see cref="Map{TOp}"/>.</remarks>
public interface IUnaryOp
{
    /// <summary>y = F(x).</summary>
    T F<T>(T x) where T : struct, IReal<T>;

    /// <summary>∂y/∂x, given x and y; only what it reads is saved.</summary>
    T D<T>(T x, T y) where T : struct, IReal<T>;
}

/// <summary>An elementwise function of two tensors, broadcast together: its value and its two local derivatives.</summary>
/// <remarks>Implement it as a readonly record struct whose fields are the attributes, and apply it by <see cref="Map2{TOp}"/>.</remarks>
public interface IBinaryOp
{
    /// <summary>y = F(a, b).</summary>
    T F<T>(T a, T b) where T : struct, IReal<T>;

    /// <summary>∂y/∂a, given a, b and y.</summary>
    T DA<T>(T a, T b, T y) where T : struct, IReal<T>;

    /// <summary>∂y/∂b, given a, b and y.</summary>
    T DB<T>(T a, T b, T y) where T : struct, IReal<T>;
}
