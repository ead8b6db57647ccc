namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The sine, elementwise; x in radians.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Sin() => Map<SinOp>.Default.Apply(x);
    }
}

readonly record struct SinOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Sin(x);
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Cos(x);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Sin())];
}
