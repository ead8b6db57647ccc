using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>1 / x, elementwise.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Reciprocal() => Map<ReciprocalOp>.Default.Apply(x);
    }
}

readonly record struct ReciprocalOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => 1 / x;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => -(y * y);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Reciprocal(), 0.5, 2)];
}
