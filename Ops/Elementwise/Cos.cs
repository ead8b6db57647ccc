using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The cosine, elementwise; x in radians.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Cos() => Map<CosOp>.Default.Apply(x);
    }
}

readonly record struct CosOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Cos(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => -T.Sin(x);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Cos())];
}
