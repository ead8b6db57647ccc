using static Autograd.Tests.Properties.ProgramWriter;

namespace Autograd.Tests.Properties;

/// <summary>What random programs are made of, each with its domain.</summary>
static class Moves
{
    public static readonly Move[] All = [.. Functions, .. Binary, .. Reductions, .. Movement, .. Movement, .. Indexed, .. Contractions];

    static Move[] Functions =>
    [
        One(x => -x), One(x => x * 0.5), One(x => x + 1.5), One(x => 1.25 - x), One(x => x / 3), One(x => 2 / x, x => AwayFromZero(x, 0.3)),
        One(x => x.Abs(), x => AwayFrom(x, 0)), One(x => x.Relu(), x => AwayFrom(x, 0)), One(x => x.LeakyRelu(0.1), x => AwayFrom(x, 0)),
        One(x => x.Clamp(-1, 1), x => AwayFrom(x, -1, 1)), One(x => x.Hardtanh(), x => AwayFrom(x, -1, 1)), One(x => x.Hardswish(), x => AwayFrom(x, -3, 3)),
        One(x => x.Softshrink(), x => AwayFrom(x, -0.5, 0.5)), One(x => x.Threshold(0.25, -1), x => AwayFrom(x, 0.25)),
        One(x => x.Tanh()), One(x => x.Sigmoid()), One(x => x.Softplus()), One(x => x.Gelu()), One(x => x.GeluTanh()), One(x => x.Silu()), One(x => x.Mish()),
        One(x => x.Elu(), x => AwayFrom(x, 0)), One(x => x.Selu(), x => AwayFrom(x, 0)), One(x => x.Celu(2), x => AwayFrom(x, 0)), One(x => x.Softsign(), x => AwayFrom(x, 0)),
        One(x => x.LogSigmoid()), One(x => x.Tanhshrink()), One(x => x.Erf()), One(x => x.Erfc()), One(x => x.Sin()), One(x => x.Cos()),
        One(x => x.Atan()), One(x => x.Asinh()), One(x => x.Sinh(), x => Within(x, 3)), One(x => x.Cosh(), x => Within(x, 3)),
        One(x => x.Asin(), x => Within(x, 0.9)), One(x => x.Acos(), x => Within(x, 0.9)), One(x => x.Atanh(), x => Within(x, 0.9)), One(x => x.Tan(), x => Within(x, 1.2)),
        One(x => x.Exp(), x => Within(x, 3)), One(x => x.Exp2(), x => Within(x, 4)), One(x => x.Expm1(), x => Within(x, 3)),
        One(x => x.Log(), x => Above(x, 0.2)), One(x => x.Log2(), x => Above(x, 0.2)), One(x => x.Log10(), x => Above(x, 0.2)), One(x => x.Log1p(), x => Above(x, -0.7)),
        One(x => x.Sqrt(), x => Above(x, 0.2)), One(x => x.Rsqrt(), x => Above(x, 0.2)), One(x => x.Pow(1.5), x => Above(x, 0.2)), One(x => x.Pow(3)),
        One(x => x.Square()), One(x => x.Reciprocal(), x => AwayFromZero(x, 0.3)), One(x => x.Cast(DType.Float64)),
    ];

    static Move[] Binary =>
    [
        Two((a, b) => a + b), Two((a, b) => a + b), Two((a, b) => a - b), Two((a, b) => a * b), Two((a, b) => a * b),
        Two((a, b) => a / b, (_, b) => AwayFromZero(b, 0.3)), Two((a, b) => a / (b.Square() + 1)),
        Two((a, b) => a.Maximum(b), Differ), Two((a, b) => a.Minimum(b), Differ), Two((a, b) => a.FMax(b), Differ),
        Two((a, b) => Tensor.Where(a > b, a.Sin(), b * 2), Differ), Two((a, b) => Tensor.Where(a > b, 0.5, b), Differ),
        Two((a, b) => a.Hypot(b), (a, b) => Above(a.Square() + b.Square(), 0.1)), Two((a, b) => a.Atan2(b), (a, b) => Above(a.Square() + b.Square(), 0.1)),
        Two((a, b) => a.LogAddExp(b)), Two((a, b) => a.Lerp(b, 0.3)), Two((a, b) => a.AddProduct(b, a, 0.5)),
        Two((a, b) => a.Pow(b), (a, b) => Above(a, 0.3) && Within(b, 3)), Two((a, b) => a.XLogY(b), (a, b) => AwayFrom(a, 0) && Above(b, 0.2)),
        Two((a, b) => Loss.Mse(a, b, Autograd.Reduction.None), null, (a, b) => a == b), Two((a, b) => Loss.Huber(a, b, 0.7, Autograd.Reduction.Sum), (a, b) => AwayFrom(a - b, -0.7, 0.7), (a, b) => a == b),
    ];

    static Move[] Reductions =>
    [
        One(x => x.Sum()), One(x => x.Mean()), One(x => x.LogSumExp()), One(x => x.Max(), IsDistinct), One(x => x.AMin(), IsDistinct), One(x => x.Var(), x => x.Count > 1),
        One(x => x.Norm(), x => Above(x.Square().Sum(), 0.1)), One(x => x.Prod(), x => x.Count < 8), One(x => x.Norm(1), x => AwayFrom(x, 0)),
        One(Axis, (x, axis) => x.Sum(axis)), One(Axis, (x, axis) => x.Sum(axis, keepAxis: true)), One(Axes, (x, axes) => x.Sum(axes)),
        One(Axes, (x, axes) => x.Mean(axes, keepAxes: true)), One(Axis, (x, axis) => x.Mean(axis)), One(Axes, (x, axes) => x.Norm(axes), x => Above(x.Abs(), 0.2)),
        One(Axis, (x, axis) => x.Max(axis).Values, IsDistinct), One(Axis, (x, axis) => x.Min(axis, keepAxis: true).Values, IsDistinct), One(Axes, (x, axes) => x.AMax(axes), IsDistinct),
        One(Axis, (x, axis) => x.LogSumExp(axis)), One(Axes, (x, axes) => x.Var(axes, 0)), One(Axes, (x, axes) => x.Std(axes, 0), IsDistinctAndLong),
        One(Axis, (x, axis) => x.Prod(axis)), One(Axis, (x, axis) => x.Softmax(axis)), One(Axis, (x, axis) => x.LogSoftmax(axis)), One(Axis, (x, axis) => x.Softmin(axis)),
        One(Axis, (x, axis) => x.CumSum(axis)), One(Axis, (x, axis) => x.CumProd(axis)), One(x => x.LayerNorm(), IsDistinctAndLong, 1), One(x => x.RmsNorm(), x => Above(x.Abs(), 0.1), 1),
        One(Axis, (x, axis) => x.Normalize(2, axis), x => Above(x.Abs(), 0.2)),
    ];

    static Move[] Movement =>
    [
        One(Sizes, (x, sizes) => x.Reshape(sizes), rank: 0), One(x => x.Reshape(-1)), One(x => x.Flatten(), rank: 1), One(Axis, (x, axis) => x.Transpose(axis, -1)),
        One(x => x.T, rank: 2), One(Order, (x, axes) => x.Permute(axes)), One(Axis, (x, axis) => x.MoveAxis(axis, 0)), One(Axis, (x, axis) => x.Unsqueeze(axis)),
        One(x => x.Squeeze()), One(Wider, (x, shape) => x.Expand(shape), rank: 0), One(Axis, (x, axis) => x.Slice(axis, 1, null)), One(Axis, (x, axis) => x.Slice(axis, null, null, 2)),
        One(Axis, (x, axis) => x.Slice(axis, -2, null)), One(Axis, (x, axis) => x.Slice(axis, null, null, -1)), One(Axis, (x, axis) => x.Select(axis, -1)),
        One(Axis, (x, axis) => x.Select(axis, 0)), One(Axes, (x, axes) => x.Flip(axes)), One(Axis, (x, axis) => x.Roll(1, axis)), One(x => x.Roll(2, null), rank: 1),
        One(Few, (x, repeats) => x.Tile(repeats)), One(Axis, (x, axis) => x.RepeatInterleave(2, axis)), One(x => x.Pad([1, 0]), rank: 1), One(x => x.Pad([1, 1, 0, 1], value: 0.5), rank: 2),
        One(x => x.Pad([-1, 1]), x => x.Shape[-1] > 1, 1), One(x => x.Pad([1, 1], PadMode.Replicate), rank: 1), One(x => x.Pad([1, 0], PadMode.Circular), rank: 1),
        One(x => x.Tril(), rank: 2), One(x => x.Triu(1), rank: 2), One(x => x.Diagonal(), rank: 2), One(x => x.Diag(), x => x.Rank == 1, 1),
        One(Axis, (x, axis) => x.Chunk(2, axis)[0]), One(Axis, (x, axis) => x.Split(2, axis)[^1]), One(Axis, (x, axis) => x.Unbind(axis)[0]),
        Two((a, b) => Tensor.Concat([a, b], -1), null, SameShape), Two((a, b) => Tensor.Concat([a, b, a]), null, SameShape),
        Two((a, b) => Tensor.Stack([a, b]), null, (a, b) => a == b), Two((a, b) => Tensor.Stack([b, a], -1), null, (a, b) => a == b),
    ];

    static Move[] Indexed =>
    [
        One(Along, (x, index) => x.Gather(0, index)), One(Rows, (x, index) => x.IndexSelect(0, index)), One(Axis, (x, axis) => x.Sort(axis).Values, IsDistinct),
        One(Axis, (x, axis) => x.TopK(1, axis).Values, IsDistinct), One(x => x.MaskedFill(x > 0.5, 1), x => AwayFrom(x, 0.5)), One(x => x.MaskedSelect(x > 0), x => AwayFrom(x, 0)),
        Two(Same, (a, b, index) => a.ScatterAdd(0, index, b), SameShape), Two(AllRows, (a, b, index) => a.IndexAdd(0, index, b), SameShape),
        Two(Rows, (a, b, index) => Tensor.Embedding(index, b) * a.Mean(), (_, b) => b.Rank == 2 && b[0] > 4),
    ];

    static Move[] Contractions =>
    [
        .. Enumerable.Repeat(Two((a, b) => a.MatMul(b), null, CanMultiply), 4), Two((a, b) => a.MatMul(b.T), null, (a, b) => a.Rank >= 2 && b.Rank == 2 && a[-1] == b[-1]),
        Two((a, b) => a.T.MatMul(b), null, (a, b) => a.Rank == 2 && b.Rank >= 2 && a[0] == b[-2]), Two((a, b) => a.Linear(b), null, (a, b) => a.Rank >= 1 && b.Rank == 2 && a[-1] == b[-1]),
        Two((a, b) => a.Outer(b), null, (a, b) => a.Rank == 1 && b.Rank == 1), Two((a, b) => Tensor.Einsum("ij,jk->ki", a, b), null, (a, b) => a.Rank == 2 && b.Rank == 2 && a[1] == b[0]),
        Two((a, b) => Tensor.Einsum("bi,bj->bij", a, b), null, (a, b) => a.Rank == 2 && b.Rank == 2 && a[0] == b[0]), Two((a, b) => a.Kron(b), null, (a, b) => a.Rank == b.Rank && a.Rank > 0),
        Two((a, b) => a.Conv1d(b, padding: 1), null, (a, b) => a.Rank == 3 && b.Rank == 3 && a[1] == b[1] && b[2] <= a[2]), One(x => x.AvgPool1d(2), x => x.Rank == 3 && x.Shape[2] > 1, 3),
        Two((a, b) => a.Conv2d(b, padding: 1), null, (a, b) => a.Rank == 4 && b.Rank == 4 && a[1] == b[1] && b[2] <= a[2] && b[3] <= a[3]),
        One(x => x.MaxPool2d(2, stride: 1), x => x.Rank == 4 && x.Shape[2] > 1 && x.Shape[3] > 1 && IsDistinct(x), 4),
        Two((a, b) => Tensor.ScaledDotProductAttention(a, b, a), null, (a, b) => a.Rank is 2 or 3 && a == b),
    ];

    // ---- Attributes.

    static int Axis(Random random, Shape shape) => random.Next(-shape.Rank, shape.Rank);

    static int[] Axes(Random random, Shape shape) => [.. Order(random, shape).Take(random.Next(1, shape.Rank + 1))];

    static int[] Order(Random random, Shape shape)
    {
        int[] axes = [.. Enumerable.Range(0, shape.Rank)];
        random.Shuffle(axes);
        return axes;
    }

    static int[] Few(Random random, Shape shape) => [.. shape.Select(_ => random.Next(1, 3))];

    /// <summary>Sizes of the same product.</summary>
    static int[] Sizes(Random random, Shape shape)
    {
        List<int> sizes = [];
        int rest = shape.ElementCount;
        while (rest > 1 && sizes.Count < 3)
        {
            int[] divisors = [.. Enumerable.Range(1, rest).Where(d => rest % d == 0)];
            sizes.Add(divisors[random.Next(divisors.Length)]);
            rest /= sizes[^1];
        }
        return [.. sizes, rest];
    }

    static Shape Wider(Random random, Shape shape) =>
        Shape.Create([.. Enumerable.Repeat(2, random.Next(2)), .. shape.Select(s => s == 1 ? random.Next(1, 4) : s)]);

    static Tensor Index(Random random, int bound, params int[] shape)
    {
        Shape s = Shape.Create(shape);
        return Tensor.From(Enumerable.Range(0, s.ElementCount).Select(_ => (long)random.Next(bound)).ToArray(), s);
    }

    static Tensor Along(Random random, Shape shape) => Index(random, shape[0], [random.Next(1, 5), .. shape.Skip(1)]);

    static Tensor Same(Random random, Shape shape) => Index(random, shape[0], [.. shape]);

    static Tensor Rows(Random random, Shape shape) => Index(random, Math.Min(shape[0], 5), random.Next(1, 6));

    static Tensor AllRows(Random random, Shape shape) => Index(random, shape[0], shape[0]);

    // ---- Shapes and domains.

    static bool SameShape(Shape a, Shape b) => a == b && a.Rank > 0;

    static bool CanMultiply(Shape a, Shape b) =>
        a.Rank > 0 && b.Rank > 0 && a[-1] == b[b.Rank == 1 ? 0 : -2] && (a.Rank <= 2 || b.Rank <= 2 || Shape.TryBroadcast(Batch(a), Batch(b), out _));

    static Shape Batch(Shape shape) => Shape.Create([.. shape.SkipLast(2)]);

    static bool AwayFromZero(Tensor x, double distance) => Above(x.Abs(), distance);

    static bool IsDistinctAndLong(Tensor x) => IsDistinct(x) && x.Shape.All(s => s > 1);
}
