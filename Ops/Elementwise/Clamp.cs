using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>x limited to [min, max], elementwise; the derivative at the bounds is 1, and 0 everywhere if min exceeds max.</summary>
        /// <param name="min">Lower bound; none by default.</param>
        /// <param name="max">Upper bound, which wins over the lower; none by default.</param>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Clamp(double min = double.NegativeInfinity, double max = double.PositiveInfinity) => Map<ClampOp>.Of(new(min, max)).Apply(x);

        /// <summary>x limited to [min, max], elementwise, with broadcast bounds; where x equals a bound, x gets the gradient.</summary>
        /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public Tensor Clamp(Tensor min, Tensor max)
        {
            Throw.IfNull("Clamp", x);
            Throw.IfNull("Clamp", min);
            Throw.IfNull("Clamp", max);
            Throw.IfTypesDiffer("Clamp", x, min, max);
            if (x.DType == DType.Bool) throw Throw.NoComparison("Clamp", x.DType);
            Throw.IfNoBroadcast("Clamp", x, min, max);
            Tensor raised = Tensor.Where(x < min, min, x);
            return Tensor.Where(raised > max, max, raised);
        }
    }
}

readonly record struct ClampOp(double Min, double Max) : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => AtMost(T.Select(x < Min, Min, x));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Select(x < Min, 0, T.Select(x > Max, 0, 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    T AtMost<T>(T x) where T : struct, IReal<T> => T.Select(x > Max, Max, x);

    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of(x => x.Clamp(-0.5, 0.7)), Sample.Of(x => x.Clamp(max: 0.3)), Sample.Of(x => x.Clamp(1, -1)),
        new Sample(x => x[0].Clamp(x[1], x[2]), new([2, 3]), new([3], -1.5, -0.5), new([2, 1], 0.5, 1.5)),
    ];
}
