using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The tangent, elementwise; x in radians.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Tan() => Map<TanOp>.Default.Apply(x);
    }
}

readonly record struct TanOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Tan(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => 1 + (y * y);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Tan(), -1, 1)];
}
