using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The inverse tangent, elementwise; radians.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Atan() => Map<AtanOp>.Default.Apply(x);
    }
}

readonly record struct AtanOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Atan(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => 1 / (1 + (x * x));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Atan())];
}
