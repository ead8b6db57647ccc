using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>x / (1 + |x|), elementwise; values in (−1, 1).</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Softsign() => Map<SoftsignOp>.Default.Apply(x);
    }
}

readonly record struct SoftsignOp : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => x / (1 + T.Abs(x));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => 1 / ((1 + T.Abs(x)) * (1 + T.Abs(x)));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Softsign())];
}
