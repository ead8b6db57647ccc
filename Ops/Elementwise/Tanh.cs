using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The hyperbolic tangent, elementwise; values in [−1, 1].</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Tanh() => Map<TanhOp>.Default.Apply(x);
    }
}

readonly record struct TanhOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Tanh(x);
    // (1 + y)(1 − y), not 1 − y²: keeps relative accuracy as |y| → 1.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => (1 + y) * (1 - y);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Tanh())];
}
