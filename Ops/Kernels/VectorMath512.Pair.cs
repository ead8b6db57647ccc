using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

// A result of double precision is rounded nearly once where it is the sum of a double and a small correction, so what leads is computed as a pair: a rounded
// value and the error of its rounding (Dekker 1971; Knuth, The Art of Computer Programming, volume 2, section 4.2.2).
static partial class VectorMath512
{
    /// <summary>a + b for |a| ≥ |b| or a = 0; low is what rounding took away.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> OrderedSum(Vector512<double> a, Vector512<double> b, out Vector512<double> low)
    {
        Vector512<double> sum = a + b;
        low = b - (sum - a);
        return sum;
    }

    /// <summary>a + b; low is what rounding took away.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Sum(Vector512<double> a, Vector512<double> b, out Vector512<double> low)
    {
        Vector512<double> sum = a + b, second = sum - a;
        low = (a - (sum - second)) + (b - second);
        return sum;
    }

    /// <summary>a·b; low is what rounding took away.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Product(Vector512<double> a, Vector512<double> b, out Vector512<double> low)
    {
        Vector512<double> product = a * b;
        low = Fma(a, b, -product);
        return product;
    }

    /// <summary>(a + aLow) / (b + bLow), rounded nearly once, where 1/b is neither infinite nor subnormal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Quotient(Vector512<double> a, Vector512<double> aLow, Vector512<double> b, Vector512<double> bLow)
    {
        Vector512<double> y = QuotientOf(a, aLow, b, bLow, out Vector512<double> low);
        return y + low;
    }

    /// <summary>(a + aLow) / (b + bLow), and low, what rounding took away.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> QuotientOf(Vector512<double> a, Vector512<double> aLow, Vector512<double> b, Vector512<double> bLow, out Vector512<double> low)
    {
        Vector512<double> inverse = V(1d) / b, y = a * inverse;
        low = (Fma(-y, bLow, Fma(-y, b, a)) + aLow) * inverse;
        return y;
    }

    /// <summary>√a, and low, what rounding took away, for a + aLow; 0 at 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Sqrt(Vector512<double> a, Vector512<double> aLow, out Vector512<double> low)
    {
        Vector512<double> root = Vector512.Sqrt(a);
        low = (Fma(-root, root, a) + aLow) / AtLeast(1e-300, root + root);
        return root;
    }
}
