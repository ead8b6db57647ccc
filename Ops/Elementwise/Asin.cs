using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The inverse sine, elementwise; radians, NaN outside [−1, 1].</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Asin() => Map<AsinOp>.Default.Apply(x);
    }
}

readonly record struct AsinOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Asin(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => 1 / T.Sqrt(OneMinusSquare(x));

    /// <summary>1 − x²; as a product near 1, where the difference would lose digits, and not near 0, where its derivative would.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T OneMinusSquare<T>(T x) where T : struct, IReal<T> => T.Select(T.Abs(x) < 0.5, 1 - (x * x), (1 - x) * (1 + x));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Asin(), -0.9, 0.9)];
}
