using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>x·min(max(x + 3, 0), 6) / 6, elementwise; the derivative is −½ at −3 and 1½ at 3.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Hardswish() => Map<HardswishOp>.Default.Apply(x);
    }
}

readonly record struct HardswishOp : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => T.Select(x <= -3, 0, T.Select(x >= 3, x, x * (x + 3) / 6));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Select(x < -3, 0, T.Select(x > 3, 1, (x / 3) + 0.5));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Hardswish(), -5, 5)];
}
