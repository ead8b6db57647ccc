using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>x·σ(x), elementwise (swish).</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Silu() => Map<SiluOp>.Default.Apply(x);
    }
}

readonly record struct SiluOp : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => x * T.Sigmoid(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Sigmoid(x) * (1 + (x * T.Sigmoid(-x)));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Silu())];
}
