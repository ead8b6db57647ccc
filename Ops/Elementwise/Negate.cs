namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor)
    {
        /// <summary>−x, elementwise.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public static Tensor operator -(Tensor x) => Map<NegateOp>.Default.Apply(x);
    }
}

readonly record struct NegateOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => -x;
    public T D<T>(T x, T y) where T : struct, IReal<T> => -1;

    public static IEnumerable<Sample> Samples => [Sample.Of(x => -x)];
}
