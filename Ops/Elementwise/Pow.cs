using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor a)
    {
        /// <summary>aᵇ, elementwise; the shapes are broadcast. ∂y/∂b at a = 0 is 0 for b ≥ 0 and −∞ below; NaN where a is negative.</summary>
        /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public Tensor Pow(Tensor b) => Map2<PowOp>.Default.Apply(a, b);

        /// <summary>aᵇ for one exponent, elementwise; exponents 2, 3, ±½, −1 and −2 are computed by products, roots and divisions.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Pow(double b)
        {
            Throw.IfNull("Pow", a);
            Throw.IfNotFloating("Pow", a);
            return b switch
            {
                2 => a.Square(),
                3 => Map<CubeOp>.Default.Apply(a),
                0.5 => a.Sqrt(),
                -0.5 => a.Rsqrt(),
                -1 => a.Reciprocal(),
                -2 => Map<InverseSquareOp>.Default.Apply(a),
                _ => Map<PowScalarOp>.Of(new(b)).Apply(a),
            };
        }
    }

    extension(Tensor)
    {
        /// <summary>aᵇ for one base, elementwise.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public static Tensor Pow(double a, Tensor b) => Map<PowOfOp>.Of(new(a)).Apply(b);
    }
}

readonly record struct PowOp : IBinaryOp, ISampled
{
    public T F<T>(T a, T b) where T : struct, IReal<T> => T.Pow(a, b);
    // An exponent of 0 makes a constant, also at a = 0 where 0·0⁻¹ would be NaN. Not the constant 0, though: its slope in b is 1/a.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> =>
        b * T.Pow(T.Select(T.Equal(b, 0), T.Select(T.Abs(a) > 1e-38, a, 1), a), b - 1);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> =>
        T.Select(T.Equal(a, 0), T.Select(b >= 0, 0, double.NegativeInfinity), y * T.Log(a));

    public static IEnumerable<Sample> Samples => Sample.Broadcast((a, b) => a.Pow(b), 0.4, 2.5);
}

readonly record struct PowScalarOp(double Exponent) : IUnaryOp, ISampled
{
    public string Name => "Pow";
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => Exponent == 1 ? x : T.Pow(x, Exponent);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => Exponent is 0 or 1 ? Exponent : Exponent * T.Pow(x, Exponent - 1);

    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of(x => x.Pow(2)), Sample.Of(x => x.Pow(3)), Sample.Of(x => x.Pow(0)), Sample.Of(x => x.Pow(1)), Sample.Of(x => x.Pow(-1), 0.5, 2),
        Sample.Of(x => x.Pow(0.5), 0.3, 2), Sample.Of(x => x.Pow(-0.5), 0.3, 2), Sample.Of(x => x.Pow(-2), 0.5, 2), Sample.Of(x => x.Pow(2.7), 0.3, 2),
    ];
}

readonly record struct CubeOp : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => x * x * x;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => 3 * (x * x);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Pow(3))];
}

readonly record struct InverseSquareOp : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => 1 / (x * x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => -2 * y / x;

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Pow(-2), 0.5, 2)];
}

readonly record struct PowOfOp(double Base) : IUnaryOp, ISampled
{
    readonly double _log = Math.Log(Base);

    public string Name => "Pow";
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => T.Pow(Base, x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> =>
        Base == 0 ? T.Select(x >= 0, 0, double.NegativeInfinity) : y * _log;

    public static IEnumerable<Sample> Samples => [Sample.Of(x => Tensor.Pow(1.7, x)), Sample.Of(x => Tensor.Pow(0.3, x))];
}
