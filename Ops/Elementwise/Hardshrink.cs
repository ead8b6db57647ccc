using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>x where |x| > λ, else 0, elementwise; the derivative at ±λ is 0.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Hardshrink(double lambda = 0.5) => Map<HardshrinkOp>.Of(new(lambda)).Apply(x);
    }
}

readonly record struct HardshrinkOp(double Lambda) : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => T.Select(x >= -Lambda, T.Select(x <= Lambda, 0, x), x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Select(x >= -Lambda, T.Select(x <= Lambda, 0, 1), 1);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Hardshrink())];
}
