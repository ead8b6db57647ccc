namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>min(max(x + 3, 0), 6) / 6, elementwise; the derivative at ±3 is 0.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Hardsigmoid() => Map<HardsigmoidOp>.Default.Apply(x);
    }
}

readonly record struct HardsigmoidOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Select(x <= -3, 0, T.Select(x >= 3, 1, (x + 3) / 6));
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Select(x <= -3, 0, T.Select(x >= 3, 0, 1.0 / 6));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Hardsigmoid(), -5, 5)];
}
