using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The error function 2/√π·∫₀ˣ exp(−t²) dt, elementwise.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Erf() => Map<ErfOp>.Default.Apply(x);
    }
}

readonly record struct ErfOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Erf(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => (T)(2 / double.Sqrt(double.Pi)) * T.Exp(-(x * x));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Erf())];
}
