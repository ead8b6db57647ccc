using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>x where positive, else slope·x, elementwise; the derivative at 0 is the slope.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor LeakyRelu(double slope = 0.01) => Map<LeakyReluOp>.Of(new(slope)).Apply(x);
    }
}

readonly record struct LeakyReluOp(double Slope) : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => T.Select(x > 0, x, x * Slope);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Select(x > 0, 1, Slope);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.LeakyRelu(0.2)), Sample.Of(x => x.LeakyRelu())];
}
