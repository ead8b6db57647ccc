using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>x·tanh(log(1 + eˣ)), elementwise. Source: Misra 2019.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Mish() => Map<MishOp>.Default.Apply(x);
    }
}

readonly record struct MishOp : IUnaryOp, ISampled
{
    // tanh(ln(1 + w)) = n / (n + 2) with n = w·(w + 2) and w = eˣ; beyond 20 it is 1 to rounding.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => T.Select(x > 20, x, Quotient(x, T.Exp(x)));
    // t + x·(1 − t²)·σ(x) with the quotient t put in, by eˣ on the left and by e⁻ˣ on the right: few roundings where the slope crosses 0, at −1.19,
    // and no difference from 1 of what is almost 1.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Select(x < 0, Left(x, T.Exp(x)), Right(x, T.Exp(-x)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T Quotient<T>(T x, T w) where T : struct, IReal<T> => x * (w * (w + 2)) / ((w * (w + 2)) + 2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T Left<T>(T x, T w) where T : struct, IReal<T> => w * (w + 2 + (4 * x * (1 + w) / ((w * (w + 2)) + 2))) / ((w * (w + 2)) + 2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T Right<T>(T x, T v) where T : struct, IReal<T> => 1 + (v * v * ((4 * x * (1 + v) / (1 + (2 * v * (1 + v)))) - 2) / (1 + (2 * v * (1 + v))));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Mish())];
}
