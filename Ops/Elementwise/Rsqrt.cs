using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>1 / √x, elementwise; ∞ at 0, NaN below.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Rsqrt() => Map<RsqrtOp>.Default.Apply(x);
    }
}

readonly record struct RsqrtOp : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => 1 / T.Sqrt(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => -0.5 * (y * y * y);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Rsqrt(), 0.3, 3)];
}
