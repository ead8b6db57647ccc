using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>max(x, 0), elementwise; the derivative at 0 is 0, NaN stays NaN and passes its gradient on.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Relu() => Map<ReluOp>.Default.Apply(x);
    }
}

readonly record struct ReluOp : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => T.Select(x <= 0, 0, x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Select(y <= 0, 0, 1);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Relu())];
}
