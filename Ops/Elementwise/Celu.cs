using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>x where positive, else α·(exp(x / α) − 1), elementwise; continuously differentiable.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Celu(double alpha = 1) => Map<CeluOp>.Of(new(alpha)).Apply(x);
    }
}

readonly record struct CeluOp(double Alpha) : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => T.Select(x > 0, x, Alpha * T.Expm1(x / Alpha));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Select(x > 0, 1, T.Exp(x / Alpha));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Celu()), Sample.Of(x => x.Celu(0.7))];
}
