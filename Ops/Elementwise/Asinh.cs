using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The inverse hyperbolic sine, elementwise.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Asinh() => Map<AsinhOp>.Default.Apply(x);
    }
}

readonly record struct AsinhOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Asinh(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => 1 / T.Hypot(x, 1);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Asinh())];
}
