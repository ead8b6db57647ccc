using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>min(max(x, min), max), elementwise; the derivative at the bounds is 0.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Hardtanh(double min = -1, double max = 1) => Map<HardtanhOp>.Of(new(min, max)).Apply(x);
    }
}

readonly record struct HardtanhOp(double Min, double Max) : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => T.Select(x <= Min, Min, T.Select(x >= Max, Max, x));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Select(x <= Min, 0, T.Select(x >= Max, 0, 1));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Hardtanh())];
}
