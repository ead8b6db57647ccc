using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor a)
    {
        /// <summary>The lesser of a and b, elementwise, ignoring NaN; the shapes are broadcast. A tie gives the gradient to a.</summary>
        /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public Tensor FMin(Tensor b) => Map2<FMinOp>.Default.Apply(a, b);
    }
}

readonly record struct FMinOp : IBinaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T a, T b) where T : struct, IReal<T> => T.Select(a <= b, a, T.Select(T.Equal(b, b), b, a));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => T.Select(a <= b, 1, T.Select(T.Equal(b, b), 0, 1));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => T.Select(a <= b, 0, T.Select(T.Equal(b, b), 1, 0));

    public static IEnumerable<Sample> Samples => Sample.Broadcast((a, b) => a.FMin(b), -2, 2);
}
