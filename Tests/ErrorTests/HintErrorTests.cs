using static Autograd.Tests.ErrorTests.ErrorRows;

namespace Autograd.Tests.ErrorTests;

/// <summary>Hints that depend on the values at hand, where the tables of the ops show another of them.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class HintErrorTests
{
    const string NullTensor = "Is it a Grad? That is null until Backward has reached its tensor.";

    static readonly int[] Ones = [.. Enumerable.Repeat(1, 65)];

    public static readonly TestCaseData[] Rows =
    [
        Row<ShapeException>(() => F(2, 3).Linear(F(4, 3, 1)),
            "Linear: the weight must be [out, in], but F(4, 3, 1) is [4, 3, 1]. Flatten(1) makes it a matrix."),
        Row<ShapeException>(() => F(8, 4, 5, 5).Linear(F(10, 100)),
            "Linear: the last size of x must equal weight.Shape[1], but F(8, 4, 5, 5) is [8, 4, 5, 5] and F(10, 100) is [10, 100] (5 ≠ 100). Did you mean F(8, 4, 5, 5).Flatten(1)?"),
        Row<ShapeException>(() => (F(8, 4, 5) + 1).MatMul(F(20, 10)),
            "MatMul: a.Shape[2] must equal b.Shape[0], but F(8, 4, 5) + 1 is [8, 4, 5] and F(20, 10) is [20, 10] (5 ≠ 20). Did you mean (F(8, 4, 5) + 1).Flatten(1)?"),
        Row<ShapeException>(() => F(2, 3).Bilinear(F(4, 3), F(5, 3, 3)),
            "Bilinear: the inputs must be […, i] and […, j] for a weight [o, i, j] and a bias [o], but they are [2, 3] and [4, 3], the weight is [5, 3, 3]. Give both inputs the same axes in front of the last."),
        Row<ShapeException>(() => Tensor.Einsum("...i,...i->...", F(2, 3), F(4, 3)),
            "Einsum: the axes of one letter must have one size, but an axis of ... in \"...i,...i->...\" is 2 and 4 (2 ≠ 4). Unsqueeze adds an axis of size 1, which is repeated."),
        Row<ShapeException>(() => F(2, 2, 3, 4, 4).Conv2d(F(5, 3, 3, 3)),
            "Conv2d: x must be [n, c, h, w] or [c, h, w], but F(2, 2, 3, 4, 4) is [2, 2, 3, 4, 4]. Flatten(0, 1) makes one axis of all samples."),
        Row<ShapeException>(() => F(1, 1, 5, 5).Conv2d(F(1, 1, 1, 3, 3)),
            "Conv2d: the weight must have 4 axes, [o, c / groups, kh, kw], but F(1, 1, 1, 3, 3) is [1, 1, 1, 3, 3]. Flatten or Select the axes that are too many."),
        Row<ShapeException>(() => F(1, 4, 5, 5).Conv2d(F(6, 2, 3, 3)),
            "Conv2d: the channels of x must equal weight.Shape[1], but F(1, 4, 5, 5) is [1, 4, 5, 5] and F(6, 2, 3, 3) is [6, 2, 3, 3] (4 ≠ 2). Did you mean groups: 2?"),
        Row<ShapeException>(() => F(1, 3, 5, 5).Conv2d(F(4, 2, 3, 3), groups: 2),
            "Conv2d: the channels of x must equal weight.Shape[1]·groups, but F(1, 3, 5, 5) is [1, 3, 5, 5] and F(4, 2, 3, 3) is [4, 2, 3, 3] with groups 2 (3 ≠ 4). Give x 4 channels."),
        Row<ShapeException>(() => F(1, 8, 6, 3).Conv2d(F(4, 3, 3, 3)),
            "Conv2d: the channels of x must equal weight.Shape[1], but F(1, 8, 6, 3) is [1, 8, 6, 3] and F(4, 3, 3, 3) is [4, 3, 3, 3] (8 ≠ 3). Did you mean F(1, 8, 6, 3).MoveAxis(-1, -3)?"),
        Row<ArgumentOutOfRangeException>(() => F(2).Dropout(50, new(1)),
            "Dropout: rate must be in [0, 1], but it is 50. Write 50 % as 0.5. (Parameter 'rate')"),
        Row<ShapeException>(() => Loss.CrossEntropy(F(2, 3), L(2, 3)),
            "CrossEntropy: labels must be [2], the shape of logits without the class axis, but F(2, 3) is [2, 3] and L(2, 3) is [2, 3]. ArgMax(1) makes class numbers of one-hot labels."),
        Row<ShapeException>(() => Loss.CrossEntropy(F(2, 3), L(2, 1)),
            "CrossEntropy: labels must be [2], the shape of logits without the class axis, but F(2, 3) is [2, 3] and L(2, 1) is [2, 1]. Reshape the labels to [2]."),
        Row<ShapeException>(() => Loss.Mse(F(2, 3), F(2)),
            "Mse: prediction and target must have the same shape, but F(2, 3) is [2, 3] and F(2) is [2]. For class numbers use CrossEntropy."),
        Row<ShapeException>(() => Loss.Mse(F(3), F(2, 3)),
            "Mse: prediction and target must have the same shape, but F(3) is [3] and F(2, 3) is [2, 3]. Losses do not broadcast: Expand the first to [2, 3]."),
        Row<ShapeException>(() => F().Permute(0),
            "Permute: every axis must be named once, but the axes are [0] for shape []. Pass none for a scalar."),
        Row<ShapeException>(() => Tensor.Concat([B(1).Expand([1 << 30]), B(1).Expand([1 << 30])]),
            "Concat: the sizes along the axis must add up to less than 2³¹, but they add up to 2147483648. Join fewer at a time."),
        Row<ShapeException>(() => Tensor.Concat([F(2, 3, 4), F(3, 2, 4)], 2),
            "Concat: all sizes but that of axis 2 must be equal, but in [F(2, 3, 4), F(3, 2, 4)] tensor 0 is [2, 3, 4] and tensor 1 is [3, 2, 4]. Slice or Pad axis 0 of tensor 1."),
        Row<ShapeException>(() => F(2, 3, 3).Trace(),
            "Trace: the tensor must be a matrix, but its shape is [2, 3, 3]. Of many matrices take Diagonal(0, -2, -1).Sum(-1)."),
        Row<ShapeException>(() => F(1, 4, 4).PixelUnshuffle(0),
            "PixelUnshuffle: the tensor must be [..., c, h·factor, w·factor] with a factor of 1 or more, but the factor is 0 and the shape [1, 4, 4]. PixelShuffle goes the other way."),
        Row<ShapeException>(() => F(3).TopK(-1),
            "TopK: k must be in [0, 3] for axis 0 of shape [3], but it is -1. For the smallest pass largest: false."),
        Row<ShapeException>(() => F(2, 3).Reshape(),
            "Reshape: the number of elements must stay the same, but [2, 3] has 6 and the new sizes are []. Sum or Mean make a scalar of many elements."),
        Row<ShapeException>(() => F(7).Reshape(3, 3),
            "Reshape: the number of elements must stay the same, but [7] has 7 and the new sizes are [3, 3]. Write sizes whose product is 7."),
        Row<ShapeException>(() => F(2, 3).IndexAdd(0, I(0), F(4)),
            "IndexAdd: source must have the tensor's shape, with one part for each index, which is [1, 3], but it is [4]. Begin with Tensor.Zeros([1, 3])."),
        Row<ShapeException>(() => F(3).SumTo([2, 3]),
            "SumTo: [2, 3] must broadcast to [3]: aligned at the end, every size must be equal or 1. The other way round it is Expand([2, 3])."),
        Row<ShapeException>(() => F(Ones).Sum(0),
            $"Sum: reductions take up to 64 axes, but the shape is [{string.Join(", ", Ones)}]. Flatten some of them first."),
        Row<ShapeException>(() => F().BatchNorm(),
            "BatchNorm: the shape must be [n, channels, …], but it is []. Reshape it to [n, channels]."),
        Row<ShapeException>(() => Recurrent.Gru(F(3), [W(3)]),
            "Gru: the input must be [time, n, in] with at least one time, but it is [3]. Reshape it to three axes."),
        Row<ShapeException>(() => Tensor.ScaledDotProductAttention(F(2, 4), F(4, 3), F(3, 5)),
            "ScaledDotProductAttention: query […, l, e], key […, s, e] and value […, s, v] must agree in e and s, but they are [2, 4], [4, 3] and [3, 5]. Did you mean key.T?"),
        Row<ShapeException>(() => F(2, -2),
            "Shape: every size must be 0 or more, but the sizes are [2, -2]. Write 0 for an axis without elements."),
        Row<ShapeException>(() => F(2)[0, 1],
            "Indexer: one index an axis is needed, but there are 2 for shape [2] (2 ≠ 1). Leave out 1 of them."),
        Row<ShapeException>(() => F(2, 0)[0, 0],
            "Indexer: axis 1 of shape [2, 0] is empty and has no index 0. Ask whether Count is 0 before reading an element."),
        Row<ArgumentOutOfRangeException>(() => new Generator(1).NextInt(0),
            "NextInt: bound must be 1 or more, but it is 0. Pass the number of values to choose from. (Parameter 'bound')"),
        Row<ArgumentOutOfRangeException>(() => Parallelism.Threads = 0,
            "Parallelism.Threads: there must be 1 or more, but they are set to 0. Pass 1 for none but the calling thread. (Parameter 'value')"),
        Row<ArgumentNullException>(() => G(2).RegisterHook(null!),
            "RegisterHook: hook must be given, but it is null. Pass a method, or a lambda. (Parameter 'hook')"),
        Row<ArgumentNullException>(() => Tensor.From((float[])null!),
            "From: values must be given, but it is null. Pass [] for none. (Parameter 'values')"),
        Row<ArgumentNullException>(() => Tensor.From((float[,])null!),
            "From: values must be given, but it is null. Pass an array without elements for none. (Parameter 'values')"),
        Row<ArgumentNullException>(() => Grad.Of((Func<Tensor, Tensor>)null!),
            "Grad.Of: f must be given, but it is null. Pass a method or a lambda, such as x => x.Square(). (Parameter 'f')"),
        Row<ArgumentNullException>(() => Grad.Jacobian(x => x[0], (Tensor[])null!),
            "Grad.Jacobian: x must be given, but it is null. Pass [] for none. (Parameter 'x')"),
        Row<InvalidOperationException>(() => Grad.Of((Tensor x) => null!)(F(2)),
            $"Grad.Of: the function must return a tensor, but it returned null. {NullTensor}"),
        Row<GraphException>(() => Grad.Vmap(x => x * x.Item())(F(2)),
            "This Float64 tensor of shape [] stands for 2 samples at once, so it has no numbers of its own to be read or changed. Use ops and Tensor.Where instead of reading numbers, and return from the function what is needed outside of it."),
        Row<ShapeException>(() => Wrapped(F(3, 2)),
            "Batch: the first size of the value must be the number of samples, but the value is [3, 2] for 2 samples. Put the axis of the samples in front: MoveAxis(1, 0)."),
        Row<ShapeException>(() => Wrapped(F(3)),
            "Batch: the first size of the value must be the number of samples, but the value is [3] for 2 samples. Repeat a value that all samples share: Unsqueeze(0), then Expand."),
        Row<GraphException>(() => Filled(G(2)),
            "Fill: a leaf that requires a gradient, here of shape [2], must not be changed in place while recording. Wrap the change in: using (Tape.NoGrad())."),
    ];

    [TestCaseSource(nameof(Rows))]
    public void AMistake_IsToldInASentence(Func<object> call, Type type, string message) => Check(call, type, message);

    static Tensor Wrapped(Tensor value)
    {
        using SampleLevel level = new(2);
        return level.Wrap(value);
    }

    static Tensor Filled(Tensor x)
    {
        x.Fill(1);
        return x;
    }
}
