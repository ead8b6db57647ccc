using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The logarithm to base 10, elementwise; −∞ at 0, NaN below.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Log10() => Map<Log10Op>.Default.Apply(x);
    }
}

readonly record struct Log10Op : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Log10(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => 1 / (x * double.Log(10));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Log10(), 0.2, 3)];
}
