namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The natural logarithm, elementwise; −∞ at 0, NaN below.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Log() => Map<LogOp>.Default.Apply(x);
    }
}

readonly record struct LogOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Log(x);
    public T D<T>(T x, T y) where T : struct, IReal<T> => 1 / x;

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Log(), 0.2, 3)];
}
