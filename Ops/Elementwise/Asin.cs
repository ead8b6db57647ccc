namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The inverse sine, elementwise; radians, NaN outside [−1, 1].</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Asin() => Map<AsinOp>.Default.Apply(x);
    }
}

readonly record struct AsinOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Asin(x);
    // (1 − x)(1 + x), not 1 − x²: exact to rounding as |x| → 1.
    public T D<T>(T x, T y) where T : struct, IReal<T> => 1 / T.Sqrt((1 - x) * (1 + x));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Asin(), -0.9, 0.9)];
}
