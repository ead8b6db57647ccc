using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The logistic function 1 / (1 + e⁻ˣ), elementwise; values in [0, 1].</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Sigmoid() => Map<SigmoidOp>.Default.Apply(x);
    }
}

readonly record struct SigmoidOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Sigmoid(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => y * (1 - y);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Sigmoid(), -4, 4)];
}
