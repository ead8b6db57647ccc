using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor a)
    {
        /// <summary>a·log(b), elementwise, 0 where a = 0; the shapes are broadcast. The derivatives at (0, 0) are 0.</summary>
        /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public Tensor XLogY(Tensor b) => Map2<XLogYOp>.Default.Apply(a, b);
    }
}

readonly record struct XLogYOp : IBinaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T a, T b) where T : struct, IReal<T> => T.Select(T.Equal(a, 0), T.Select(T.Equal(b, b), 0, b), a * T.Log(b));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => T.Select(T.Equal(a, 0), T.Select(b <= 0, 0, T.Log(b)), T.Log(b));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => T.Select(T.Equal(a, 0), 0, a / b);

    public static IEnumerable<Sample> Samples => Sample.Broadcast((a, b) => a.XLogY(b), 0.3, 2);
}
