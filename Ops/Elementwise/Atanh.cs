using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The inverse hyperbolic tangent, elementwise; NaN outside [−1, 1].</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Atanh() => Map<AtanhOp>.Default.Apply(x);
    }
}

readonly record struct AtanhOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Atanh(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => 1 / AsinOp.OneMinusSquare(x);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Atanh(), -0.8, 0.8)];
}
