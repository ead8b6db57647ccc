using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>|x|, elementwise; the derivative at 0 is 0.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Abs() => Map<AbsOp>.Default.Apply(x);
    }
}

readonly record struct AbsOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Abs(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Select(x > 0, 1, T.Select(x < 0, -1, 0));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Abs())];
}
