using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor)
    {
        /// <summary>a − b, elementwise; the shapes are broadcast.</summary>
        /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public static Tensor operator -(Tensor a, Tensor b) => Map2<SubtractOp>.Default.Apply(a, b);

        /// <summary>a − b, elementwise; the number takes the tensor's element type.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public static Tensor operator -(Tensor a, double b) => Map<SubtractScalarOp>.Of(new(b)).Apply(a);

        /// <inheritdoc cref="op_Subtraction(Tensor, double)"/>
        public static Tensor operator -(double a, Tensor b) => Map<SubtractFromOp>.Of(new(a)).Apply(b);
    }
}

readonly record struct SubtractOp : IBinaryOp, ISampled
{
    public T F<T>(T a, T b) where T : struct, IReal<T> => a - b;
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => 1;
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => -1;

    public static IEnumerable<Sample> Samples => Sample.Broadcast((a, b) => a - b);
}

readonly record struct SubtractScalarOp(double Value) : IUnaryOp, ISampled
{
    public string Name => "Subtract";
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => x - Value;
    public T D<T>(T x, T y) where T : struct, IReal<T> => 1;

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x - 1.5)];
}

readonly record struct SubtractFromOp(double Value) : IUnaryOp, ISampled
{
    public string Name => "Subtract";
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => Value - x;
    public T D<T>(T x, T y) where T : struct, IReal<T> => -1;

    public static IEnumerable<Sample> Samples => [Sample.Of(x => 1.5 - x)];
}
