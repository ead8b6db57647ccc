namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The nearest whole number, halves to even, elementwise. The derivative is 0.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Round() => Map<RoundOp>.Default.Apply(x);
    }
}

readonly record struct RoundOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Round(x);
    public T D<T>(T x, T y) where T : struct, IReal<T> => 0;

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Round())];
}
