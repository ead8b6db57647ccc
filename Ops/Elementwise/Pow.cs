namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor a)
    {
        /// <summary>aᵇ, elementwise; the shapes are broadcast. ∂y/∂b at a = 0 is 0 for b ≥ 0 and −∞ below; NaN where a is negative.</summary>
        /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public Tensor Pow(Tensor b) => Map2<PowOp>.Default.Apply(a, b);

        /// <summary>aᵇ for one exponent, elementwise; exponents 2, 3, ½ and −1 are computed by products, a root or a division.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Pow(double b) => new Map<PowScalarOp>(new(b)).Apply(a);
    }

    extension(Tensor)
    {
        /// <summary>aᵇ for one base, elementwise.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public static Tensor Pow(double a, Tensor b) => new Map<PowOfOp>(new(a)).Apply(b);
    }
}

readonly record struct PowOp : IBinaryOp, ISampled
{
    public T F<T>(T a, T b) where T : struct, IReal<T> => T.Pow(a, b);
    // An exponent of 0 makes a constant, also at a = 0 where 0·0⁻¹ would be NaN. Not the constant 0, though: its slope in b is 1/a.
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> =>
        b * T.Pow(T.Select(T.Equal(b, 0), T.Select(T.Abs(a) > 1e-38, a, 1), a), b - 1);
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> =>
        T.Select(T.Equal(a, 0), T.Select(b >= 0, 0, double.NegativeInfinity), y * T.Log(a));

    public static IEnumerable<Sample> Samples => Sample.Broadcast((a, b) => a.Pow(b), 0.4, 2.5);
}

readonly record struct PowScalarOp(double Exponent) : IUnaryOp, ISampled
{
    public string Name => "Pow";
    public T F<T>(T x) where T : struct, IReal<T> => Power(x, Exponent);
    public T D<T>(T x, T y) where T : struct, IReal<T> => Exponent == 0 ? 0 : Exponent * Power(x, Exponent - 1);

    static T Power<T>(T x, double exponent) where T : struct, IReal<T> => exponent switch
    {
        0 => 1,
        1 => x,
        2 => x * x,
        3 => x * x * x,
        0.5 => T.Sqrt(x),
        -1 => 1 / x,
        -2 => 1 / (x * x),
        _ => T.Pow(x, exponent),
    };

    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of(x => x.Pow(2)), Sample.Of(x => x.Pow(3)), Sample.Of(x => x.Pow(0)), Sample.Of(x => x.Pow(1)),
        Sample.Of(x => x.Pow(-1), 0.5, 2), Sample.Of(x => x.Pow(0.5), 0.3, 2), Sample.Of(x => x.Pow(2.7), 0.3, 2),
    ];
}

readonly record struct PowOfOp(double Base) : IUnaryOp, ISampled
{
    public string Name => "Pow";
    public T F<T>(T x) where T : struct, IReal<T> => T.Pow(Base, x);
    public T D<T>(T x, T y) where T : struct, IReal<T> =>
        Base == 0 ? T.Select(x >= 0, 0, double.NegativeInfinity) : y * Math.Log(Base);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => Tensor.Pow(1.7, x)), Sample.Of(x => Tensor.Pow(0.3, x))];
}
