using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>x where positive, else slope·x, with learned slopes; the derivative at 0 is the slope. Source: He et al. 2015.</summary>
        /// <param name="slope">One number, or one a channel: [c] for x of [n, c, …].</param>
        /// <exception cref="ShapeException">The number of slopes is neither 1 nor that of the channels.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public Tensor Prelu(Tensor slope)
        {
            Throw.IfNull("Prelu", x);
            Throw.IfNull("Prelu", slope);
            Throw.IfNotFloating("Prelu", x, slope);
            int channels = x.Rank > 1 ? x.Shape[1] : 1;
            if (slope.Count != 1 && slope.Count != channels) throw Throw.Slopes(slope.Shape, x.Shape, channels);
            Span<int> sizes = stackalloc int[Math.Max(x.Rank, 1)];
            sizes.Fill(1);
            if (x.Rank > 1) sizes[1] = slope.Count;
            Tensor perChannel = x.Rank == 0 ? slope.Reshape() : slope.Reshape(sizes);
            return Map2<PreluOp>.Default.Apply(x, perChannel);
        }
    }
}

readonly record struct PreluOp : IBinaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T a, T b) where T : struct, IReal<T> => T.Select(a > 0, a, a * b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => T.Select(a > 0, 1, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => T.Select(a > 0, 0, a);

    public static IEnumerable<Sample> Samples => [Sample.Of([2, 3], [1], (x, slope) => x.Prelu(slope)), Sample.Of([2, 3, 2], [3], (x, slope) => x.Prelu(slope))];
}
