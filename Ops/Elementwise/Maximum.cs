using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor a)
    {
        /// <summary>The greater of a and b, elementwise; the shapes are broadcast. NaN if either is NaN; a tie gives half of the gradient to each.</summary>
        /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public Tensor Maximum(Tensor b) => Map2<MaximumOp>.Default.Apply(a, b);

        /// <summary>The lesser of a and b, elementwise; the shapes are broadcast. NaN if either is NaN; a tie gives half of the gradient to each.</summary>
        /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public Tensor Minimum(Tensor b) => Map2<MinimumOp>.Default.Apply(a, b);
    }
}

readonly record struct MaximumOp : IBinaryOp, ISampled
{
    // Where neither a ≥ b nor a ≤ b one of them is NaN, and so is the sum.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T a, T b) where T : struct, IReal<T> => T.Select(a >= b, a, T.Select(a <= b, b, a + b));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => T.Select(T.Equal(a, b), 0.5, T.Select(a < b, 0, 1));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => T.Select(T.Equal(a, b), 0.5, T.Select(a > b, 0, 1));

    public static IEnumerable<Sample> Samples => Sample.Broadcast((a, b) => a.Maximum(b));
}

readonly record struct MinimumOp : IBinaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T a, T b) where T : struct, IReal<T> => T.Select(a <= b, a, T.Select(a >= b, b, a + b));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => T.Select(T.Equal(a, b), 0.5, T.Select(a > b, 0, 1));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => T.Select(T.Equal(a, b), 0.5, T.Select(a < b, 0, 1));

    public static IEnumerable<Sample> Samples => Sample.Broadcast((a, b) => a.Minimum(b));
}
