namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The hyperbolic cosine, elementwise.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Cosh() => Map<CoshOp>.Default.Apply(x);
    }
}

readonly record struct CoshOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Cosh(x);
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Sinh(x);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Cosh())];
}
