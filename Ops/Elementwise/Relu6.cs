using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>min(max(x, 0), 6), elementwise; the derivative at 0 and at 6 is 0.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Relu6() => Map<Relu6Op>.Default.Apply(x);
    }
}

readonly record struct Relu6Op : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => T.Select(x <= 0, 0, T.Select(x >= 6, 6, x));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Select(x <= 0, 0, T.Select(x >= 6, 0, 1));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Relu6()), Sample.Of(x => x.Relu6(), 4, 8)];
}
