using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

static partial class VectorMath512
{
    /// <summary>1 / (1 + e⁻ˣ), to full relative accuracy in the left tail too: σ(x) → eˣ as x → −∞.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Sigmoid(Vector512<float> x)
    {
        Vector512<float> e = ExpClamped(AtLeast(-104f, -Vector512.Abs(x))), one = V(1f);
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), e, one) / (one + e);
    }

    /// <inheritdoc cref="Sigmoid(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Sigmoid(Vector512<double> x)
    {
        Vector512<double> e = ExpClamped(AtLeast(-746d, -Vector512.Abs(x))), one = V(1d);
        Vector512<double> a = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<double>.Zero), e, one);
        Vector512<double> b = one + e;
        return Quotient(a, Vector512<double>.Zero, b, e - (b - one));
    }

    /// <summary>tanh x = (1 − e⁻²ˣ) / (1 + e⁻²ˣ) by expm1: relative accuracy as x → 0, ±1 for large |x|, −0 kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Tanh(Vector512<float> x)
    {
        Vector512<float> a = AtMost(10f, Vector512.Abs(x)), t = Expm1OfMinus(a + a);
        return Vector512.CopySign(t / (V(-2f) - t), x);
    }

    /// <inheritdoc cref="Tanh(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Tanh(Vector512<double> x)
    {
        Vector512<double> a = AtMost(20d, Vector512.Abs(x)), t = Expm1OfMinus(a + a, out Vector512<double> low);
        Vector512<double> b = OrderedSum(V(2d), t, out Vector512<double> bLow);
        return Vector512.CopySign(Quotient(t, low, b, bLow + low), x);
    }

    /// <summary>ln(1 + eˣ) = max(x, 0) + log1p(e^−|x|), which neither overflows nor loses its left tail.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Softplus(Vector512<float> x)
    {
        Vector512<float> p = ExpOfRest(AtLeast(-104f, -Vector512.Abs(x)), out Vector512<float> n);
        return AtLeast(0f, x) + Log1pOfUnit(Scale(p, n));
    }

    /// <inheritdoc cref="Softplus(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Softplus(Vector512<double> x)
    {
        Vector512<double> e = ExpClamped(AtLeast(-746d, -Vector512.Abs(x)));
        return AtLeast(0d, x) + Log1pOfUnit(e);
    }
}
