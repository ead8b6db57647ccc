using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The logarithm to base 2, elementwise; −∞ at 0, NaN below.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Log2() => Map<Log2Op>.Default.Apply(x);
    }
}

readonly record struct Log2Op : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Log2(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => 1 / (x * double.Log(2));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Log2(), 0.2, 3)];
}
