using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The inverse cosine, elementwise; radians, NaN outside [−1, 1].</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Acos() => Map<AcosOp>.Default.Apply(x);
    }
}

readonly record struct AcosOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Acos(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => -1 / T.Sqrt(AsinOp.OneMinusSquare(x));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Acos(), -0.9, 0.9)];
}
