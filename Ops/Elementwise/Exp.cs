namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>eˣ, elementwise; any shape.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Exp() => Map<ExpOp>.Default.Apply(x);
    }
}

readonly record struct ExpOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Exp(x);
    public T D<T>(T x, T y) where T : struct, IReal<T> => y;

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Exp())];
}
