using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor)
    {
        /// <summary>a·b, elementwise; the shapes are broadcast. The matrix product is MatMul.</summary>
        /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public static Tensor operator *(Tensor a, Tensor b) => Map2<MultiplyOp>.Default.Apply(a, b);

        /// <summary>a·b, elementwise; the number takes the tensor's element type.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public static Tensor operator *(Tensor a, double b) => Map<ScaleOp>.Of(new(b)).Apply(a);

        /// <inheritdoc cref="op_Multiply(Tensor, double)"/>
        public static Tensor operator *(double a, Tensor b) => b * a;
    }
}

readonly record struct MultiplyOp : IBinaryOp, ISampled
{
    public T F<T>(T a, T b) where T : struct, IReal<T> => a * b;
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => b;
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => a;

    public static IEnumerable<Sample> Samples => Sample.Broadcast((a, b) => a * b);
}

readonly record struct ScaleOp(double Factor) : IUnaryOp, ISampled
{
    public string Name => "Multiply";
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => x * Factor;
    public T D<T>(T x, T y) where T : struct, IReal<T> => Factor;

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x * 1.5), Sample.Of(x => -0.5 * x)];
}
