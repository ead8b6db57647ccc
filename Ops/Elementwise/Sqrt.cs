using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>√x, elementwise; NaN below 0. The derivative at 0 is ∞.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Sqrt() => Map<SqrtOp>.Default.Apply(x);
    }
}

readonly record struct SqrtOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Sqrt(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => 0.5 / y;

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Sqrt(), 0.2, 3)];
}
