using System.Numerics;
using System.Runtime.CompilerServices;
using Autograd.Kernels;

namespace Autograd;

public static partial class Loss
{
    /// <summary>The negative log-likelihood of class labels, or of target probabilities, under the softmax of logits, without overflow.</summary>
    /// <param name="logits">[n, classes, …] or [classes].</param>
    /// <param name="labels">
    /// Int64 class numbers, [n, …] or []: the logits' shape without the class axis. Or target probabilities, differentiable too,
    /// in the logits' shape and type; the mean is then over places.
    /// </param>
    /// <param name="classWeights">One weight a class, [classes]; the mean then divides by the sum of the labels' weights.</param>
    /// <param name="ignoreIndex">A label that does not count. If no place counts, the mean is 0 (in PyTorch NaN).</param>
    /// <param name="labelSmoothing">The part of the target spread evenly over the classes, in [0, 1].</param>
    /// <param name="reduction">Mean, sum or the single losses.</param>
    /// <param name="logitsText">The caller's expression, for errors.</param>
    /// <param name="labelsText">The caller's expression, for errors.</param>
    /// <exception cref="ShapeException">The shapes do not fit, or a label is out of range.</exception>
    /// <exception cref="DTypeException">Logits are not floating-point, or labels neither Int64 nor of the logits' type.</exception>
    public static Tensor CrossEntropy(
        Tensor logits, Tensor labels, Tensor? classWeights = null, long ignoreIndex = -100, double labelSmoothing = 0,
        Reduction reduction = Reduction.Mean,
        [CallerArgumentExpression(nameof(logits))] string? logitsText = null,
        [CallerArgumentExpression(nameof(labels))] string? labelsText = null)
    {
        Throw.IfNull("CrossEntropy", logits);
        Throw.IfNull("CrossEntropy", labels);
        if (logits.Rank == 0) throw Throw.NoClasses("CrossEntropy", nameof(logits), logitsText, logits.Shape);
        if (!(labelSmoothing is >= 0 and <= 1)) throw Throw.Smoothing(labelSmoothing);
        if (labels.DType.IsFloating()) return OfProbabilities(logits, labels, classWeights, labelSmoothing, reduction, logitsText, labelsText);
        Labels.Check("CrossEntropy", "logits", logits, labels, classWeights, ignoreIndex, logitsText, labelsText);
        return new CrossEntropyOp(classWeights, ignoreIndex, labelSmoothing, reduction).Apply(logits, labels);
    }

    // −Σ target·log softmax over the classes; the mean is over places. Composed, so targets get gradients too.
    static Tensor OfProbabilities(
        Tensor logits, Tensor targets, Tensor? classWeights, double labelSmoothing, Reduction reduction, string? logitsText, string? targetsText)
    {
        Throw.IfUnlike("CrossEntropy", logits, nameof(logits), logitsText, targets, "target probabilities", targetsText);
        int axis = Labels.ClassAxis(logits.Shape), classes = logits.Shape[axis];
        Labels.CheckWeights("CrossEntropy", logits, classWeights, classes);
        if (labelSmoothing != 0) targets = (targets * (1 - labelSmoothing)) + (labelSmoothing / classes);
        Tensor weighted = logits.LogSoftmax(axis) * targets;
        if (classWeights is not null) weighted *= Labels.Along(classWeights, axis, logits.Rank);
        return Reduce(-weighted.Sum(axis), reduction);
    }
}

/// <summary>What losses over class labels check and share.</summary>
static class Labels
{
    public static int ClassAxis(Shape logits) => logits.Rank == 1 ? 0 : 1;

    /// <summary>Checks shapes, types and the range of every label that counts.</summary>
    public static void Check(string loss, string name, Tensor logits, Tensor labels, Tensor? weights, long ignored, string? logitsText, string? labelsText)
    {
        if (!logits.DType.IsFloating()) throw Throw.NeedsFloating(loss, logits.DType);
        if (labels.DType != DType.Int64) throw Throw.LabelType(loss, labels.DType);
        int axis = ClassAxis(logits.Shape), classes = logits.Shape[axis];
        bool fits = labels.Rank == logits.Rank - 1;
        for (int i = 0; fits && i < labels.Rank; i++) fits = labels.Shape[i] == logits.Shape[i < axis ? i : i + 1];
        if (!fits) throw Throw.LabelShape(loss, name, logitsText, logits.Shape, labelsText, labels.Shape, AxisSet.Of(axis, logits.Shape, loss).Reduce(logits.Shape, false));
        CheckWeights(loss, logits, weights, classes);
        ReadOnlySpan<long> numbers = BatchLevel.AllOf(labels).Dense().AsSpan<long>();
        for (int i = 0; i < numbers.Length; i++)
        {
            if ((ulong)numbers[i] >= (ulong)classes && numbers[i] != ignored) throw Throw.LabelRange(loss, numbers[i], labels.Shape, i % labels.Count, classes);
        }
    }

    public static void CheckWeights(string loss, Tensor logits, Tensor? weights, int classes)
    {
        if (weights is null) return;
        if (weights.Rank != 1 || weights.Count != classes) throw Throw.ClassWeights(loss, weights.Shape, classes);
        if (weights.DType != logits.DType) throw Throw.DifferentTypes(loss, logits.DType, weights.DType);
    }

    /// <summary>Σ losses / Σ weights, 0 where no place counts.</summary>
    public static Tensor MeanOfCounted(Tensor losses, Tensor weights, AxisSet axes)
    {
        Tensor total = weights.SumOver(axes, false);
        return losses.SumOver(axes, false) / Tensor.Where(total.Equal(Tensor.Scalar(0, total.DType)), 1, total);
    }

    /// <summary>The weight of every place, 0 where the label is ignored; by ops.</summary>
    public static Tensor Weights(Tensor labels, Tensor? classWeights, long ignored, DType dtype)
    {
        Tensor ignores = labels.Equal(Tensor.Scalar(ignored, DType.Int64));
        Tensor weights = classWeights is null
            ? Tensor.Scalar(1, dtype)
            : Tensor.Embedding(Tensor.Where(ignores, 0, labels), classWeights.Detach());
        return Tensor.Where(ignores, 0, weights);
    }

    /// <summary>One number a class, as a view that broadcasts along the class axis.</summary>
    public static Tensor Along(Tensor weights, int axis, int rank)
    {
        Span<int> sizes = stackalloc int[rank - axis], strides = stackalloc int[rank - axis];
        sizes.Fill(1);
        strides.Clear();
        (sizes[0], strides[0]) = (weights.Count, weights.Strides[0]);
        return weights.Detach().View(Shape.Create(sizes), strides);
    }

    /// <summary>The weight of every place, 0 where the label is ignored.</summary>
    public static void Weights<T>(ReadOnlySpan<long> labels, ReadOnlySpan<T> weights, long ignored, Span<T> result) where T : INumberBase<T>
    {
        for (int i = 0; i < result.Length; i++)
            result[i] = labels[i] == ignored ? T.Zero : weights.IsEmpty ? T.One : weights[(int)labels[i]];
    }
}

// y = Σₖ (target mass·lnΣeˣ − target·x)   ⇒   dx = dy·(mass·softmax x − target)
sealed class CrossEntropyOp(Tensor? classWeights, long ignored, double smoothing, Reduction reduction) : Op, ISampled
{
    // Statistics of this call, constants to higher derivatives: one number a place.
    Tensor? _max, _logSum;
    double _divisor = 1;

    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([3, 4], x => Loss.CrossEntropy(x, Numbers([3], 4))),
        Sample.Of([4], x => Loss.CrossEntropy(x, Numbers([], 4), labelSmoothing: 0.1)),
        Sample.Of([2, 3, 2, 2], x => Loss.CrossEntropy(x, Numbers([2, 2, 2], 3), Tensor.From([1.0, 0.5, 2]).Cast(x.DType), ignoreIndex: 1, labelSmoothing: 0.2)),
        Sample.Of([2, 3, 2], x => Loss.CrossEntropy(x, Numbers([2, 2], 3), reduction: Reduction.None)),
        Sample.Of([2, 3], x => Loss.CrossEntropy(x, Numbers([2], 3), Tensor.From([1.0, 0.5, 2]).Cast(x.DType), reduction: Reduction.Sum)),
    ];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.A | Saved.B;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs) =>
        inputs[0].DType == DType.Float32 ? Forward<float>(inputs[0].Dense(), inputs[1].Dense()) : Forward<double>(inputs[0].Dense(), inputs[1].Dense());

    Tensor Forward<T>(Tensor x, Tensor labels) where T : unmanaged, IFloatingPointIeee754<T>
    {
        (_, int classes, int inner) = AxisSplit.Of(x.Shape, Labels.ClassAxis(x.Shape));
        Tensor losses = Tensor.Empty(labels.Shape, x.DType);
        (_max, _logSum) = (Tensor.Empty(labels.Shape, x.DType), Tensor.Empty(labels.Shape, x.DType));
        ReadOnlySpan<T> weights = WeightSpan<T>();
        Span<T> values = losses.AsWritableSpan<T>();
        SoftmaxKernels.LogSum(x.AsSpan<T>(), classes, inner, _max.AsWritableSpan<T>(), _logSum.AsWritableSpan<T>());
        if (reduction == Reduction.Mean)
        {
            Labels.Weights(labels.AsSpan<long>(), weights, ignored, values);
            _divisor = double.CreateTruncating(FoldKernels.Total<T, Adding<T>>(values));
        }
        CrossEntropyKernels.Losses(
            x.AsSpan<T>(), labels.AsSpan<long>(), weights, _max.AsSpan<T>(), _logSum.AsSpan<T>(), classes, inner, ignored, smoothing, values);
        if (reduction == Reduction.None) return losses;
        T sum = FoldKernels.Total<T, Adding<T>>(values);
        Tensor y = Tensor.Empty(Shape.Scalar, x.DType);
        y.AsWritableSpan<T>()[0] = _divisor == 0 ? T.Zero : sum / T.CreateTruncating(_divisor);
        return y;
    }

    protected override Tensor? Batch(BatchedInputs inputs)
    {
        Tensor x = inputs.Full(0), labels = inputs.Full(1);
        Shape apart = labels.Shape;
        if (apart.Rank > 1) (x, labels) = (x.Flatten(0, 1), labels.Flatten(0, 1));
        Tensor losses = new CrossEntropyOp(classWeights, ignored, smoothing, Reduction.None).Apply(x, labels).Reshape(apart.Sizes);
        AxisSet each = AxisSet.All.OfBatch(losses.Rank - 1);
        return reduction switch
        {
            Reduction.None => losses,
            Reduction.Sum => losses.SumOver(each, false),
            _ => Labels.MeanOfCounted(losses, Labels.Weights(inputs.Full(1), classWeights, ignored, losses.DType), each),
        };
    }

    protected override Tensor Vjp(int input, Tensor dy, Recorded values) => Slope(dy, values.A, values.B);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y)
    {
        Tensor ones = Tensor.OnesLike(y), slope = Slope(ones, inputs[0], inputs[1]) * tangents[0]!;
        return reduction == Reduction.None ? slope.Sum(Labels.ClassAxis(inputs[0].Shape)) : slope.Sum();
    }

    /// <summary>dy·(mass·softmax x − target), recorded.</summary>
    Tensor Slope(Tensor dy, Tensor x, Tensor labels)
    {
        int axis = Labels.ClassAxis(x.Shape);
        AxisSet over = AxisSet.Of(axis, x.Shape, Name);
        Tensor target = Target(x.Shape, x.DType, labels), mass = target.SumOver(over, true);
        Tensor slope = Map2<ChainOp>.Default.Apply(mass, x.Softmax(axis)) - target;
        if (reduction == Reduction.None) return Map2<ChainOp>.Default.Apply(dy.Spread(x.Shape, over), slope);
        return Map2<ChainOp>.Default.Apply(_divisor == 0 ? dy * 0 : dy / _divisor, slope);
    }

    /// <summary>The weighted, smoothed target distribution of every place; 0 where the label is ignored.</summary>
    Tensor Target(Shape shape, DType dtype, Tensor labels)
    {
        Tensor target = Tensor.Zeros(shape, dtype);
        (_, int classes, int inner) = AxisSplit.Of(shape, Labels.ClassAxis(shape));
        if (dtype == DType.Float32) Subtract<float>();
        else Subtract<double>();
        return target;

        void Subtract<T>() where T : unmanaged, IFloatingPointIeee754<T>
        {
            T[] minus = new T[labels.Count];
            minus.AsSpan().Fill(-T.One);
            CrossEntropyKernels.SubtractTargets(labels.Detach().Dense().AsSpan<long>(), WeightSpan<T>(), minus, classes, inner, ignored, smoothing, target.AsWritableSpan<T>(), spread: true);
        }
    }

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (!gradients.Needs(0)) return;
        if (dy.DType == DType.Float32) Backward<float>(dy.Dense(), values.A.Dense(), values.B.Dense(), gradients);
        else Backward<double>(dy.Dense(), values.A.Dense(), values.B.Dense(), gradients);
    }

    void Backward<T>(Tensor dy, Tensor x, Tensor labels, Gradients gradients) where T : unmanaged, IFloatingPointIeee754<T>
    {
        (_, int classes, int inner) = AxisSplit.Of(x.Shape, Labels.ClassAxis(x.Shape));
        Tensor dx = gradients.Buffer(0, out bool fresh), mass = Tensor.Empty(labels.Shape, x.DType), scale = Tensor.Empty(labels.Shape, x.DType);
        ReadOnlySpan<T> weights = WeightSpan<T>(), upstream = dy.AsSpan<T>();
        ReadOnlySpan<long> numbers = labels.AsSpan<long>();
        Span<T> masses = mass.AsWritableSpan<T>(), scales = scale.AsWritableSpan<T>();
        if (reduction == Reduction.None) upstream.CopyTo(scales);
        else scales.Fill(_divisor == 0 ? T.Zero : upstream[0] / T.CreateTruncating(_divisor));
        T sharp = T.CreateTruncating(1 - smoothing), all = T.CreateTruncating(weights.IsEmpty ? smoothing : smoothing / classes) * Sum(weights);
        for (int i = 0; i < masses.Length; i++)
        {
            bool counts = numbers[i] != ignored;
            T weight = weights.IsEmpty || !counts ? T.One : weights[(int)numbers[i]];
            masses[i] = counts ? scales[i] * ((sharp * weight) + all) : T.Zero;
        }
        // The same for every class of a place, it goes along with the softmax.
        bool isEven = smoothing != 0 && weights.IsEmpty;
        Tensor? even = isEven ? Tensor.Empty(labels.Shape, x.DType) : null;
        Span<T> evens = even is null ? [] : even.AsWritableSpan<T>();
        T each = T.CreateTruncating(smoothing / classes);
        for (int i = 0; i < evens.Length; i++) evens[i] = numbers[i] != ignored ? scales[i] * each : T.Zero;
        CrossEntropyKernels.Probabilities(x.AsSpan<T>(), _max!.AsSpan<T>(), _logSum!.AsSpan<T>(), masses, evens, classes, inner, dx.AsWritableSpan<T>(), fresh);
        CrossEntropyKernels.SubtractTargets(numbers, weights, scales, classes, inner, ignored, smoothing, dx.AsWritableSpan<T>(), spread: !isEven);
    }

    ReadOnlySpan<T> WeightSpan<T>() where T : unmanaged => classWeights is null ? [] : classWeights.Detach().Dense().AsSpan<T>();

    /// <summary>Σ weights; 1 where there are none, as the smoothed target then adds up to the smoothing itself.</summary>
    static T Sum<T>(ReadOnlySpan<T> weights) where T : unmanaged, IFloatingPointIeee754<T> =>
        weights.IsEmpty ? T.One : FoldKernels.Total<T, Adding<T>>(weights);

    static Tensor Numbers(Shape shape, int classes) => Tensor.From(Enumerable.Range(0, shape.ElementCount).Select(i => (long)(i * 2 % classes)).ToArray(), shape);
}
