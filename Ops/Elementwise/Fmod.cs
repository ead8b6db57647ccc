using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor a)
    {
        /// <summary>The remainder of a / b with the sign of a, elementwise; the shapes are broadcast.</summary>
        /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public Tensor Fmod(Tensor b) => Map2<FmodOp>.Default.Apply(a, b);
    }
}

readonly record struct FmodOp : IBinaryOp, ISampled
{
    public T F<T>(T a, T b) where T : struct, IReal<T> => T.Fmod(a, b);
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => 1;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => -T.Truncate(a / b);

    public static IEnumerable<Sample> Samples => Sample.Broadcast((a, b) => a.Fmod(b), 0.3, 2);
}
