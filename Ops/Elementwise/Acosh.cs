using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The inverse hyperbolic cosine, elementwise; NaN below 1.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Acosh() => Map<AcoshOp>.Default.Apply(x);
    }
}

readonly record struct AcoshOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Acosh(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => 1 / (T.Sqrt(x - 1) * T.Sqrt(x + 1));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Acosh(), 1.2, 3)];
}
