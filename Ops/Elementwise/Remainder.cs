using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor a)
    {
        /// <summary>The remainder of a / b with the sign of b, elementwise; the shapes are broadcast.</summary>
        /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public Tensor Remainder(Tensor b) => Map2<RemainderOp>.Default.Apply(a, b);
    }
}

readonly record struct RemainderOp : IBinaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T a, T b) where T : struct, IReal<T> => Towards(T.Fmod(a, b), b);
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => 1;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => -T.Floor(a / b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T Towards<T>(T r, T b) where T : struct, IReal<T> => T.Select(r < 0, T.Select(b > 0, r + b, r), T.Select(r > 0, T.Select(b < 0, r + b, r), r));

    public static IEnumerable<Sample> Samples => Sample.Broadcast((a, b) => a.Remainder(b), 0.3, 2);
}
