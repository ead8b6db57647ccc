using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>x − tanh(x), elementwise.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Tanhshrink() => Map<TanhshrinkOp>.Default.Apply(x);
    }
}

readonly record struct TanhshrinkOp : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => x - T.Tanh(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Tanh(x) * T.Tanh(x);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Tanhshrink())];
}
