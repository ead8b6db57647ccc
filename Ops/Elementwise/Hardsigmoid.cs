using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>min(max(x + 3, 0), 6) / 6, elementwise; the derivative at ±3 is 0, and between them 1/6 rounded to float32, as in PyTorch.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Hardsigmoid() => Map<HardsigmoidOp>.Default.Apply(x);
    }
}

readonly record struct HardsigmoidOp : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => T.Select(x <= -3, 0, T.Select(x >= 3, 1, (x + 3) / 6));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Select(x <= -3, 0, T.Select(x >= 3, 0, (double)(1f / 6)));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Hardsigmoid(), -5, 5)];
}
