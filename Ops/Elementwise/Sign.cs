using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>−1, 0 or 1, elementwise; NaN stays NaN. The derivative is 0.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Sign() => Map<SignOp>.Default.Apply(x);
    }
}

readonly record struct SignOp : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => T.Select(x > 0, 1, T.Select(x < 0, -1, x));
    public T D<T>(T x, T y) where T : struct, IReal<T> => 0;

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Sign())];
}
