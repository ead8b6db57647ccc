using Autograd.Nn.Data;
using static Autograd.Tests.ErrorTests.ErrorRows;

namespace Autograd.Tests.ErrorTests;

/// <summary>The whole texts of the errors of datasets, batches, samplers, transforms and texts; those of files stand with their readers.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class DataErrorTests
{
    static readonly Dataset Three = new(S(3, 2), I(0, 1, 2));

    static object First(Batches batches)
    {
        using Batches.Epoch epoch = batches.GetEnumerator();
        return epoch.MoveNext();
    }

    static object First(Dataset data, Transform transform) => First(Batches.Of(data, 2, shuffle: new(1), transform: transform));

    public static readonly TestCaseData[] Rows =
    [
        Row<ShapeException>(() => new Dataset(S(3, 2), I(0, 1)),
            "Dataset: inputs and labels must have as many rows, but the inputs are [3, 2] and the labels [2]. Slice both to the rows that belong together, 2 at most."),
        Row<ShapeException>(() => new Dataset(S(), I(0)),
            "Dataset: inputs and labels must have as many rows, but the inputs are [] and the labels [1]. Put an axis of examples in front: Unsqueeze(0) for one example."),
        Row<ShapeException>(() => Dataset.OfSequences([S(2), S(3)], I(0)),
            "Dataset.OfSequences: every sequence needs a label, but there are 2 sequences, and the labels are [1]. Pass one label a sequence, in the order of the sequences."),
        Row<ShapeException>(() => Dataset.OfSequences([S(2), S(3)], [S(2)]),
            "Dataset.OfSequences: every sequence needs a label, but there are 2 sequences, and there are 1 sequences of labels. Pass one label a sequence, in the order of the sequences."),
        Row<ShapeException>(() => Dataset.OfSequences([S(2, 4), S(3, 5)], I(0, 1)),
            "Dataset: sequences of inputs must be [length, …] of one type and differ in length alone, but one is Float32 [2, 4] and another Float32 [3, 5]. Pad or cut the axes behind the first, and leave the first as it is."),
        Row<ShapeException>(() => Dataset.OfSequences([I(1), S(1)], I(0, 1)),
            "Dataset: sequences of inputs must be [length, …] of one type and differ in length alone, but one is Int64 [1] and another Float32 [1]. Cast both to Int64."),
        Row<ShapeException>(() => Dataset.OfSequences([S()], I(0)),
            "Dataset: sequences of inputs must be [length, …] of one type and differ in length alone, but one is Float32 [] and another Float32 []. Make a vector of a single step: Reshape([1])."),
        Row<ShapeException>(() => First(Batches.Of(Dataset.Of(4, i => (S(i + 1), S())), 2)),
            "Dataset: the inputs of all examples must have one shape and type, but one is Float32 [1] and another Float32 [2]. Dataset.OfSequences pads what differs in length."),
        Row<ShapeException>(() => First(Batches.Of(Dataset.Of(4, i => (S(2), i == 0 ? S() : L())), 2, prefetch: 1)),
            "Dataset: the labels of all examples must have one shape and type, but one is Float32 [] and another Int64 []. Cast both to Float32."),
        Row<InvalidOperationException>(() => Dataset.Of(4, _ => (S(2), null!))[1],
            "Dataset: the function of the examples must give inputs and labels, but gave null for example 1. Leave such examples out of the count, and number the others without gaps."),
        Row<ShapeException>(() => Dataset.Of(0, _ => (S(2), S())).Inputs,
            "Dataset: there are no examples, so that the shape of one is not known. Check Count first, or make the set of empty tensors: new Dataset(inputs, labels)."),
        Row<ArgumentOutOfRangeException>(() => Three.Split(1.5),
            "Split: fraction must be in [0, 1], but it is 1.5. Pass a whole number, without a decimal point, for so many examples. (Parameter 'fraction')\nActual value was 1.5."),
        Row<ArgumentException>(() => Three.Split([0.5, 0.4]),
            "Split: fractions must be 0 or more and 1 together, but are [0.5, 0.4]. Divide each by their sum, 0.9. (Parameter 'fractions')"),
        Row<ArgumentException>(() => Three.Split([1.5, -0.5]),
            "Split: fractions must be 0 or more and 1 together, but are [1.5, -0.5]. Write 0 for an empty part. (Parameter 'fractions')"),
        Row<ArgumentException>(() => Three.Split([2, 2]),
            "Split: counts must be 0 or more and 3 together, but are 2, 2. Make the last 1. (Parameter 'counts')"),
        Row<ArgumentException>(() => Three.Split([4, -1]),
            "Split: counts must be 0 or more and 3 together, but are 4, -1. Make the first ones smaller, or pass fractions. (Parameter 'counts')"),
        Row<ArgumentException>(() => Batches.Of(Three, 2, new Generator(1), sampler: Sampler.Weighted([1], 1, new(1))),
            "Batches.Of: the order comes from shuffle or from a sampler, but both are given. Leave shuffle out: a sampler has its own generator. (Parameter 'sampler')"),
        Row<ArgumentException>(() => Batches.Of(Three, 2, transform: Transform.RandomFlip()),
            "Batches.Of: a random transform needs a source of randomness. Pass shuffle: or sampler:. (Parameter 'transform')"),
        Row<ArgumentException>(() => Sampler.Weighted([1, double.NaN], 1, new(1)),
            "Sampler.Weighted: weights must be finite and 0 or more, but weight 1 is NaN. Give weight 0 to an example that is not to be drawn. (Parameter 'weights')"),
        Row<ArgumentException>(() => Sampler.Weighted([1, 0, 2], 3, new(1), replacement: false),
            "Sampler.Weighted: 3 examples cannot be drawn without replacement where 2 have a weight above 0. Draw 2 at most, or pass replacement: true. (Parameter 'weights')"),
        Row<ArgumentException>(() => Sampler.Weighted([0, 0], 1, new(1)),
            "Sampler.Weighted: 1 examples cannot be drawn with replacement where 0 have a weight above 0. Give at least one example a weight above 0. (Parameter 'weights')"),
        Row<InvalidOperationException>(() => First(Batches.Of(Three, 2, sampler: new(1, new(1), (order, _) => order[0] = 3))),
            "Sampler: the order must name examples from 0 to 2, but names 3. Draw for a dataset of 3 examples, such as by random.NextInt(3)."),
        Row<ArgumentException>(() => Transform.Normalize([1, 2], [1]),
            "Normalize: there must be as many finite deviations other than 0 as finite means, and at least one, but mean is [1, 2] and std [1]. Pass one of each, or one of each a channel. (Parameter 'std')"),
        Row<ArgumentException>(() => Transform.Normalize(0, 0),
            "Normalize: there must be as many finite deviations other than 0 as finite means, and at least one, but mean is [0] and std [0]. Pass a deviation of 1 for what has no spread. (Parameter 'std')"),
        Row<ShapeException>(() => First(new(S(3, 1, 4, 4), I(0, 1, 2)), Transform.Normalize([1, 2], [1, 2])),
            "Normalize: the first axis must be that of the 2 channels, but the example is [1, 4, 4]. Pass one mean and one deviation for all channels, or one of each for every channel there is."),
        Row<DTypeException>(() => First(new(L(3, 2), I(0, 1, 2)), Transform.Normalize(0, 1)),
            "Normalize: the element type must be Float32 or Float64, but it is Int64. Cast(DType.Float32) the tensor first."),
        Row<ShapeException>(() => First(Three, Transform.RandomFlip(1)), "RandomFlip: an example must be an image [channels, height, width], but it is [2]. Reshape the examples: data.WithInputs(x => x.Reshape([x.Shape[0], channels, height, width]))."),
        Row<ShapeException>(() => First(Three, Transform.RandomShift(1)), "RandomShift: an example must be an image [channels, height, width], but it is [2]. Reshape the examples: data.WithInputs(x => x.Reshape([x.Shape[0], channels, height, width]))."),
        Row<ShapeException>(() => First(new(S(3, 1, 4, 4), I(0, 1, 2)), Transform.RandomCrop((7, 4), padding: 1)),
            "RandomCrop: a window of 7×4 does not fit into an image [1, 4, 4] with a padding of 1. Pass a padding of at least 2, or a window of 6×6 at most."),
        Row<InvalidOperationException>(() => First(Three, Transform.Of((Func<Tensor, Tensor>)(_ => null!))),
            "Transform: the function must give the new inputs, but gave null. Return x for inputs that stay as they are."),
        Row<ArgumentException>(() => Vocabulary.Characters("abc").Encode("abxc"),
            "Vocabulary: \"x\", at place 2, is not in the vocabulary. Make it with unknown: true, or of more text. (Parameter 'text')"),
        Row<ArgumentOutOfRangeException>(() => Vocabulary.Characters("abc").Decode(I(1, 3)),
            "Vocabulary.Decode: tokens must be from 0 to 2, but one is 3. Decode with the vocabulary that encoded the text, and leave out what was padded. (Parameter 'tokens')\nActual value was 3."),
        Row<DTypeException>(() => Vocabulary.Characters("abc").Decode(S(2)), "Vocabulary: tokens must be Int64, but are Float32. Take ArgMax(-1) of scores, or Cast(DType.Int64) numbers of tokens."),
        Row<ShapeException>(() => Texts.Windows(I(1, 2, 3), 3), "Texts.Windows: the tokens must be a vector of at least 3 + 1, but are [3]. Pass a length of 2 or less."),
        Row<ArgumentException>(() => Synthetic.Moons(10, noise: 0.1),
            "Synthetic.Moons: noise needs a source of randomness. Pass random: new Generator(seed). (Parameter 'random')"),
        Row<DTypeException>(() => Synthetic.Sine(10, dtype: DType.Int64), "Synthetic.Sine: the element type must be Float32 or Float64, but it is Int64. Pass DType.Float32, the type that layers have unless told otherwise."),
    ];

    [TestCaseSource(nameof(Rows))]
    public void AMistake_IsToldInASentence(Func<object> call, Type type, string message) => Check(call, type, message);
}
