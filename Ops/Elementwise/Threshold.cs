using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>x where above the threshold, else the value, elementwise; the derivative at the threshold is 0.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Threshold(double threshold, double value) => Map<ThresholdOp>.Of(new(threshold, value)).Apply(x);
    }
}

readonly record struct ThresholdOp(double Limit, double Value) : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => T.Select(x <= Limit, Value, x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Select(x <= Limit, 0, 1);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Threshold(0.1, -3))];
}
