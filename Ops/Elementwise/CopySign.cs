using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor a)
    {
        /// <summary>|a| with the sign of b, elementwise; the shapes are broadcast. The derivatives at a = 0 and with respect to b are 0.</summary>
        /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public Tensor CopySign(Tensor b) => Map2<CopySignOp>.Default.Apply(a, b);
    }
}

readonly record struct CopySignOp : IBinaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T a, T b) where T : struct, IReal<T> => T.Select(Signed(b) < 0, -T.Abs(a), T.Abs(a));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => T.Select(T.Equal(a, 0), 0, T.Select(T.Equal(a, y), 1, -1));
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => 0;

    /// <summary>A number below 0 exactly where b has its sign bit set, −0 included.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T Signed<T>(T b) where T : struct, IReal<T> => T.Select(T.Equal(b, 0), 1 / b, b);

    public static IEnumerable<Sample> Samples => Sample.Broadcast((a, b) => a.CopySign(b), 0.3, 2);
}
