namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>eˣ − 1, elementwise; accurate near 0.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Expm1() => Map<Expm1Op>.Default.Apply(x);
    }
}

readonly record struct Expm1Op : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Expm1(x);
    // eˣ and not y + 1, which loses the left tail.
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Exp(x);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Expm1())];
}
