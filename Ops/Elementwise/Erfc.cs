using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>1 − erf(x), elementwise; accurate in the right tail.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Erfc() => Map<ErfcOp>.Default.Apply(x);
    }
}

readonly record struct ErfcOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Erfc(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => (T)(-2 / double.Sqrt(double.Pi)) * T.Exp(-(x * x));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Erfc())];
}
