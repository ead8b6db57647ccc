using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The product of all elements, a scalar; 1 where there are none. Derivatives are right where elements are 0.</summary>
        /// <exception cref="DTypeException">The element type is Bool.</exception>
        public Tensor Prod() => new ProdOp(AxisSet.All, false).Apply(x);

        /// <summary>The products along one axis.</summary>
        /// <param name="axis">The axis; a negative one counts from the end.</param>
        /// <param name="keepAxis">Keeps the axis, with size 1, instead of dropping it.</param>
        /// <exception cref="ShapeException">There is no such axis.</exception>
        /// <exception cref="DTypeException">The element type is Bool.</exception>
        public Tensor Prod(int axis, bool keepAxis = false) => new ProdOp(AxisSet.Of(axis, x, "Prod"), keepAxis).Apply(x);

        /// <summary>The products over several axes; over none, the tensor itself.</summary>
        /// <param name="axes">The axes; negative ones count from the end.</param>
        /// <param name="keepAxes">Keeps the axes, with size 1, instead of dropping them.</param>
        /// <exception cref="ShapeException">An axis does not exist or is named twice.</exception>
        /// <exception cref="DTypeException">The element type is Bool.</exception>
        public Tensor Prod(ReadOnlySpan<int> axes, bool keepAxes = false) => new ProdOp(AxisSet.Of(axes, x, "Prod"), keepAxes).Apply(x);
    }
}

// y = Π x   ⇒   dxᵢ = dy·Π xⱼ over j ≠ i
sealed class ProdOp(AxisSet axes, bool keepAxes) : Op, ISampled
{
    public static IEnumerable<Sample> Samples => Reductions.Samples((x, axes, keep) => x.Prod(axes, keep), x => x.Prod());

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.A | Saved.Output;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0];
        if (x.DType == DType.Bool) throw Throw.NoArithmetic(Name, x.DType);
        Tensor y = Tensor.Empty(axes.Reduce(x.Shape, keepAxes), x.DType);
        switch (x.DType)
        {
            case DType.Float32: Reductions.Fold<float, Multiplying<float>>(x, axes, y); break;
            case DType.Float64: Reductions.Fold<double, Multiplying<double>>(x, axes, y); break;
            default: Reductions.Fold<long, Multiplying<long>>(x, axes, y); break;
        }
        return y;
    }

    protected override Tensor? Batch(BatchedInputs inputs) => new ProdOp(axes.OfBatch(inputs.Shape(0).Rank), keepAxes).Apply(inputs[0]);

    protected override Tensor Vjp(int input, Tensor dy, Recorded values) =>
        Map2<ChainOp>.Default.Apply(dy.Spread(values.Shape(0), axes), Others(values.A, values.Y));

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) =>
        Map2<ChainOp>.Default.Apply(tangents[0]!, Others(inputs[0], y)).SumOver(axes, keepAxes);

    /// <summary>For each element the product of the others, recorded.</summary>
    /// <remarks>Without zeros it is y/x. With zeros, a square of elements is made in which the own one is replaced by 1: n² numbers for a product of n.</remarks>
    Tensor Others(Tensor x, Tensor y)
    {
        if (!HasZero(x.Detach().Dense())) return y.Spread(x.Shape, axes) / x;
        // The reduced axes go to the end and become one: [kept, n] → [kept, n, n] with ones on the diagonal → [kept, n].
        int[] order = [.. Enumerable.Range(0, x.Rank).Where(i => !axes.Contains(i)), .. Enumerable.Range(0, x.Rank).Where(axes.Contains)];
        int n = axes.Meet(x.Shape), kept = x.Count / n;
        Tensor rows = x.Permute(order), diagonal = Tensor.Eye(n, x.DType).Equal(Tensor.Scalar(1, x.DType));
        Tensor square = rows.Reshape(kept, 1, n).Expand([kept, n, n]);
        Tensor others = Tensor.Where(diagonal, 1, square).Prod(2).Reshape(rows.Shape.Sizes);
        int[] back = new int[order.Length];
        for (int i = 0; i < order.Length; i++) back[order[i]] = i;
        return others.Permute(back);
    }

    /// <summary>First order without the square: products of what lies before and behind each element.</summary>
    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (!gradients.Needs(0)) return;
        Tensor x = values.A.Dense();
        if (!HasZero(x))
        {
            if (dy.DType == DType.Float32) Reductions.Backward<float, Slope<float>>(default, x, axes, dy, values.Y, gradients);
            else Reductions.Backward<double, Slope<double>>(default, x, axes, dy, values.Y, gradients);
        }
        else if (dy.DType == DType.Float32) gradients.Add(0, Exclusive<float>(x, dy));
        else gradients.Add(0, Exclusive<double>(x, dy));
    }

    Tensor Exclusive<T>(Tensor x, Tensor dy) where T : unmanaged, INumber<T>
    {
        int[] order = [.. Enumerable.Range(0, x.Rank).Where(i => !axes.Contains(i)), .. Enumerable.Range(0, x.Rank).Where(axes.Contains)];
        int n = axes.Meet(x.Shape);
        Tensor rows = x.Permute(order).Dense(), result = Tensor.Empty(rows.Shape, x.DType);
        ReadOnlySpan<T> source = rows.AsSpan<T>(), upstream = dy.Dense().AsSpan<T>();
        Span<T> target = result.AsWritableSpan<T>();
        for (int start = 0; start < source.Length; start += n)
        {
            T product = upstream[start / n];
            for (int i = start; i < start + n; product *= source[i++]) target[i] = product;
            product = T.One;
            for (int i = start + n - 1; i >= start; product *= source[i--]) target[i] *= product;
        }
        int[] back = new int[order.Length];
        for (int i = 0; i < order.Length; i++) back[order[i]] = i;
        return result.Permute(back);
    }

    /// <summary>dy·(y/x), 0 where dy is.</summary>
    readonly struct Slope<T> : ISlope<T> where T : unmanaged
    {
        public Vector512<T> Shared(Vector512<T> dy, Vector512<T> y) => dy;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> At(Vector512<T> x, Vector512<T> shared, Vector512<T> y) =>
            Vector512.AndNot(shared * (y / x), Vector512.Equals(shared, Vector512<T>.Zero));
    }

    static bool HasZero(Tensor x) => x.DType == DType.Float32 ? x.AsSpan<float>().Contains(0f) : x.AsSpan<double>().Contains(0d);
}
