using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>Gaussian error linear unit x·Φ(x), elementwise, with the normal distribution function Φ. Source: Hendrycks and Gimpel 2016.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Gelu() => Map<GeluOp>.Default.Apply(x);

        /// <summary>The approximation ½x·(1 + tanh(√(2/π)·(x + 0.044715x³))) of <see cref="Gelu"/>, elementwise.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor GeluTanh() => Map<GeluTanhOp>.Default.Apply(x);

        internal Tensor NormalCdf() => Map<NormalCdfOp>.Default.Apply(x);
    }
}

readonly record struct GeluOp : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => x * T.NormalCdf(x);
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.GeluSlope(x);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Gelu(), -3, 3)];
}

// A formula of its own, so that φ in the second derivative of gelu, φ(x)·(2 − x²), is the same number in both of its terms.
readonly record struct NormalCdfOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.NormalCdf(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => Density(x);

    /// <summary>φ(x) = exp(−x²/2) / √(2π).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Density<T>(T x) where T : struct, IReal<T> => 1 / Math.Sqrt(2 * Math.PI) * T.Exp(-0.5 * (x * x));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.NormalCdf(), -3, 3)];
}

readonly record struct GeluTanhOp : IUnaryOp, ISampled
{
    const double Cubic = 0.044715;
    static readonly double Root = Math.Sqrt(2 / Math.PI);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => 0.5 * x * (1 + T.Tanh(Inner(x)));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => Slope(x, T.Tanh(Inner(x)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T Inner<T>(T x) where T : struct, IReal<T> => Root * (x + (Cubic * (x * x * x)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T Slope<T>(T x, T t) where T : struct, IReal<T> =>
        (0.5 * (1 + t)) + (0.5 * x * ((1 - t) * (1 + t)) * (Root * (1 + (3 * Cubic * (x * x)))));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.GeluTanh(), -3, 3)];
}
