using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>Replaces NaN and the infinities by numbers, elementwise; the derivative there is 0.</summary>
        /// <param name="nan">Takes the place of NaN.</param>
        /// <param name="positiveInfinity">Takes the place of ∞; the largest number of the element type by default.</param>
        /// <param name="negativeInfinity">Takes the place of −∞; the least number of the element type by default.</param>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor NanToNum(double nan = 0, double? positiveInfinity = null, double? negativeInfinity = null)
        {
            Throw.IfNull("NanToNum", x);
            double largest = x.DType == DType.Float32 ? float.MaxValue : double.MaxValue;
            return Map<NanToNumOp>.Of(new(nan, positiveInfinity ?? largest, negativeInfinity ?? -largest)).Apply(x);
        }
    }
}

readonly record struct NanToNumOp(double NaN, double High, double Low) : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => T.Select(
        T.Equal(x, x), T.Select(T.Equal(x, double.PositiveInfinity), High, T.Select(T.Equal(x, double.NegativeInfinity), Low, x)), NaN);

    // x − x is 0 exactly where x is finite.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Select(T.Equal(x - x, 0), 1, 0);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.NanToNum())];
}
