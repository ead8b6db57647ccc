using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor a)
    {
        /// <summary>log(eᵃ + eᵇ) without overflow, elementwise; the shapes are broadcast. The derivatives where both are −∞ are 0.</summary>
        /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public Tensor LogAddExp(Tensor b) => Map2<LogAddExpOp>.Default.Apply(a, b);
    }
}

readonly record struct LogAddExpOp : IBinaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T a, T b) where T : struct, IReal<T> => T.Select(T.Equal(a, b), a + double.Log(2), T.Select(a > b, a, b) + T.Log1p(T.Exp(-T.Abs(a - b))));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => Share(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => Share(b, a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T Share<T>(T a, T b) where T : struct, IReal<T> =>
        T.Select(T.Equal(a, b), T.Select(T.Equal(a, double.NegativeInfinity), 0, T.Sigmoid(a - b)), T.Sigmoid(a - b));

    public static IEnumerable<Sample> Samples => Sample.Broadcast((a, b) => a.LogAddExp(b), -2, 2);
}
