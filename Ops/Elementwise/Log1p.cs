using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>log(1 + x), elementwise; accurate near 0, −∞ at −1, NaN below.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Log1p() => Map<Log1pOp>.Default.Apply(x);
    }
}

readonly record struct Log1pOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Log1p(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => 1 / (1 + x);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Log1p(), -0.8, 2)];
}
