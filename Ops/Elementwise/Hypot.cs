using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor a)
    {
        /// <summary>√(a² + b²) without overflow, elementwise; the shapes are broadcast. The derivatives at (0, 0) are 0.</summary>
        /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public Tensor Hypot(Tensor b) => Map2<HypotOp>.Default.Apply(a, b);
    }
}

readonly record struct HypotOp : IBinaryOp, ISampled
{
    public T F<T>(T a, T b) where T : struct, IReal<T> => T.Hypot(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => T.Select(T.Equal(y, 0), 0, a / y);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => T.Select(T.Equal(y, 0), 0, b / y);

    public static IEnumerable<Sample> Samples => Sample.Broadcast((a, b) => a.Hypot(b), 0.3, 2);
}
