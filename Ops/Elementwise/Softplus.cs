using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>log(1 + exp(βx)) / β, elementwise; x itself where βx exceeds the threshold.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Softplus(double beta = 1, double threshold = 20) => Map<SoftplusOp>.Of(new(beta, threshold)).Apply(x);
    }
}

readonly record struct SoftplusOp(double Beta, double Threshold) : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => T.Select(x * Beta > Threshold, x, T.Softplus(x * Beta) / Beta);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Select(x * Beta > Threshold, 1, T.Sigmoid(x * Beta));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Softplus()), Sample.Of(x => x.Softplus(2, 3))];
}
