using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>x where positive, else α·(eˣ − 1), elementwise; the derivative at 0 is α.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Elu(double alpha = 1) => Map<EluOp>.Of(new(alpha)).Apply(x);
    }
}

readonly record struct EluOp(double Alpha) : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => T.Select(x > 0, x, Alpha * T.Expm1(x));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Select(x > 0, 1, Alpha * T.Exp(x));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Elu()), Sample.Of(x => x.Elu(0.7))];
}
