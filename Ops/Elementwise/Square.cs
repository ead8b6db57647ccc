namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>x², elementwise.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Square() => Map<SquareOp>.Default.Apply(x);
    }
}

readonly record struct SquareOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => x * x;
    public T D<T>(T x, T y) where T : struct, IReal<T> => 2 * x;

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Square())];
}
