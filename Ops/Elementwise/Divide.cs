using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor)
    {
        /// <summary>a / b, elementwise; the shapes are broadcast.</summary>
        /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public static Tensor operator /(Tensor a, Tensor b) => Map2<DivideOp>.Default.Apply(a, b);

        /// <summary>a / b, elementwise; the number takes the tensor's element type.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public static Tensor operator /(Tensor a, double b) => Map<DivideByOp>.Of(new(b)).Apply(a);

        /// <inheritdoc cref="op_Division(Tensor, double)"/>
        public static Tensor operator /(double a, Tensor b) => Map<DivideIntoOp>.Of(new(a)).Apply(b);
    }
}

readonly record struct DivideOp : IBinaryOp, ISampled
{
    public T F<T>(T a, T b) where T : struct, IReal<T> => a / b;
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => 1 / b;
    // −a/b², not −y/b: no third value is kept, and a = 0 stays exact.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => -(a / b) / b;

    public static IEnumerable<Sample> Samples => Sample.Broadcast((a, b) => a / b, 0.5, 2);
}

readonly record struct DivideByOp(double Divisor) : IUnaryOp, ISampled
{
    public string Name => "Divide";
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => x / Divisor;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => (T)1 / Divisor;

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x / 3)];
}

readonly record struct DivideIntoOp(double Dividend) : IUnaryOp, ISampled
{
    public string Name => "Divide";
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => Dividend / x;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => -y / x;

    public static IEnumerable<Sample> Samples => [Sample.Of(x => 3 / x, 0.5, 2), Sample.Of(x => 1 / x, -2, -0.5)];
}
