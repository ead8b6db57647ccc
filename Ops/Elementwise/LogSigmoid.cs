using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>log σ(x), elementwise; right in both tails.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor LogSigmoid() => Map<LogSigmoidOp>.Default.Apply(x);
    }
}

readonly record struct LogSigmoidOp : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => -T.Softplus(-x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Sigmoid(-x);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.LogSigmoid())];
}
