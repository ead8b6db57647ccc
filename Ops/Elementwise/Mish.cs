namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>x·tanh(log(1 + eˣ)), elementwise. Source: Misra 2019.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Mish() => Map<MishOp>.Default.Apply(x);
    }
}

readonly record struct MishOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => x * T.Tanh(T.Softplus(x));
    public T D<T>(T x, T y) where T : struct, IReal<T> => Slope(x, T.Tanh(T.Softplus(x)));

    static T Slope<T>(T x, T t) where T : struct, IReal<T> => t + (x * ((1 - t) * (1 + t)) * T.Sigmoid(x));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Mish())];
}
