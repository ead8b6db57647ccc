namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The greatest whole number ≤ x, elementwise. The derivative is 0.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Floor() => Map<FloorOp>.Default.Apply(x);
    }
}

readonly record struct FloorOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Floor(x);
    public T D<T>(T x, T y) where T : struct, IReal<T> => 0;

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Floor())];
}
