using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>Self-normalising exponential linear unit λ·(x > 0 ? x : α·(eˣ − 1)), elementwise; the derivative at 0 is λα. Source: Klambauer et al. 2017.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Selu() => Map<SeluOp>.Default.Apply(x);
    }
}

readonly record struct SeluOp : IUnaryOp, ISampled
{
    const double Alpha = 1.6732632423543772848170429916717, Scale = 1.0507009873554804934193349852946;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => T.Select(x > 0, Scale * x, (T)(Scale * Alpha) * T.Expm1(x));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Select(x > 0, Scale, (T)(Scale * Alpha) * T.Exp(x));

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Selu())];
}
