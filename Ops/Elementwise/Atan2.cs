using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor a)
    {
        /// <summary>The angle of the point (b, a) in (−π, π], elementwise; the shapes are broadcast. The derivatives at (0, 0) are 0.</summary>
        /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public Tensor Atan2(Tensor b) => Map2<Atan2Op>.Default.Apply(a, b);
    }
}

readonly record struct Atan2Op : IBinaryOp, ISampled
{
    public T F<T>(T a, T b) where T : struct, IReal<T> => T.Atan2(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => T.Atan2Slope(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => -T.Atan2Slope(b, a);

    /// <summary>b / (a² + b²): with r the smaller by the larger, a² + b² is the larger times (larger + smaller·r).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Slope<T>(T a, T b) where T : struct, IReal<T>
    {
        T steep = T.Abs(a) > T.Abs(b), large = T.Select(steep, a, b), small = T.Select(steep, b, a), r = small / large;
        return T.Select(T.Equal(large, 0), 0, T.Select(steep, r, 1) / (large + (small * r)));
    }

    public static IEnumerable<Sample> Samples => Sample.Broadcast((a, b) => a.Atan2(b), 0.3, 2);
}
