namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The hyperbolic sine, elementwise.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Sinh() => Map<SinhOp>.Default.Apply(x);
    }
}

readonly record struct SinhOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Sinh(x);
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Cosh(x);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Sinh())];
}
