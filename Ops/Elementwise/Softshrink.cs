using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>x − λ above λ, x + λ below −λ, 0 between, elementwise; the derivative at ±λ is 0.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Softshrink(double lambda = 0.5) => Map<SoftshrinkOp>.Of(new(lambda)).Apply(x);
    }
}

readonly record struct SoftshrinkOp(double Lambda) : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => T.Select(x >= -Lambda, T.Select(x <= Lambda, 0, x - Lambda), x + Lambda);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Select(x >= -Lambda, T.Select(x <= Lambda, 0, 1), 1);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Softshrink())];
}
