using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>x − truncate(x), elementwise. The derivative is 1.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Frac() => Map<FracOp>.Default.Apply(x);
    }
}

readonly record struct FracOp : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => x - T.Truncate(x);
    public T D<T>(T x, T y) where T : struct, IReal<T> => 1;

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Frac())];
}
