using System.Diagnostics;
using System.Globalization;

namespace Autograd.Nn.Data;

/// <summary>Every message of datasets, batches, samplers, transforms and texts; those of files have a file of their own.</summary>
[StackTraceHidden]
static partial class DataThrow
{
    // ---- Datasets.

    public static ShapeException RowCounts(Tensor inputs, Tensor labels) => new(
        $"Dataset: inputs and labels must have as many rows, but the inputs are {inputs.Shape} and the labels {labels.Shape}.",
        inputs.Rank == 0 || labels.Rank == 0 ? "Put an axis of examples in front: Unsqueeze(0) for one example."
            : Invariant($"Slice both to the rows that belong together, {Math.Min(inputs.Shape[0], labels.Shape[0])} at most."));

    public static ShapeException SequenceCounts(int sequences, string labels) => new(
        Invariant($"Dataset.OfSequences: every sequence needs a label, but there are {sequences} sequences, and {labels}."),
        "Pass one label a sequence, in the order of the sequences.");

    public static ShapeException Uneven(string what, Tensor first, Tensor next, bool padded) => padded
        ? new(
            $"Dataset: sequences of {what} must be [length, …] of one type and differ in length alone, but one is {first.DType} {first.Shape} and another {next.DType} {next.Shape}.",
            next.Rank == 0 || first.Rank == 0 ? "Make a vector of a single step: Reshape([1])." : next.DType != first.DType ? $"Cast both to {first.DType}." : "Pad or cut the axes behind the first, and leave the first as it is.")
        : new(
            $"Dataset: the {what} of all examples must have one shape and type, but one is {first.DType} {first.Shape} and another {next.DType} {next.Shape}.",
            next.DType != first.DType ? $"Cast both to {first.DType}." : "Dataset.OfSequences pads what differs in length.");

    public static InvalidOperationException NoExample(int index) =>
        new(Invariant($"Dataset: the function of the examples must give inputs and labels, but gave null for example {index}. Leave such examples out of the count, and number the others without gaps."));

    public static ShapeException NoExamples() => new(
        "Dataset: there are no examples, so that the shape of one is not known.",
        "Check Count first, or make the set of empty tensors: new Dataset(inputs, labels).");

    /// <summary>The error of an index, of which there are so many.</summary>
    public static ArgumentOutOfRangeException Index(string what, int index, int count, string name) => count == 0
        ? Throw.OutOfRange(what, name, index, "must be below the count, which is 0", "Ask for the count first.")
        : Throw.OutOfRange(what, name, index, Invariant($"must be from 0 to {count - 1}"), Invariant($"Write {count - 1} for the last."));

    public static ArgumentException Fractions(ReadOnlySpan<double> fractions)
    {
        double sum = fractions.ToArray().Sum();
        string hint = sum > 0 && fractions.ToArray().All(fraction => fraction >= 0) ? Invariant($"Divide each by their sum, {sum}.") : "Write 0 for an empty part.";
        return new($"Split: fractions must be 0 or more and 1 together, but are {List(fractions.ToArray())}. {hint}", nameof(fractions));
    }

    public static ArgumentException SplitCounts(ReadOnlySpan<int> counts, int all)
    {
        long before = 0;
        foreach (int count in counts[..^Math.Min(1, counts.Length)]) before += count < 0 ? all : count;
        string hint = counts.Length == 0 ? Invariant($"Pass one count, {all}, for a single part.") : before <= all ? Invariant($"Make the last {all - before}.") : "Make the first ones smaller, or pass fractions.";
        return new(Invariant($"Split: counts must be 0 or more and {all} together, but are {string.Join(", ", counts.ToArray())}. {hint}"), nameof(counts));
    }

    // ---- Batches and samplers.

    public static ArgumentException TwoOrders() =>
        new("Batches.Of: the order comes from shuffle or from a sampler, but both are given. Leave shuffle out: a sampler has its own generator.", "sampler");

    public static ArgumentException RandomTransform() =>
        new("Batches.Of: a random transform needs a source of randomness. Pass shuffle: or sampler:.", "transform");

    public static ArgumentException Weight(int index, double weight) =>
        new(Invariant($"Sampler.Weighted: weights must be finite and 0 or more, but weight {index} is {weight}. Give weight 0 to an example that is not to be drawn."), "weights");

    public static ArgumentException Weights(int count, int possible, bool replacement) => new(
        Invariant($"Sampler.Weighted: {count} examples cannot be drawn {(replacement ? "with" : "without")} replacement where {possible} have a weight above 0. ")
        + (possible == 0 ? "Give at least one example a weight above 0." : Invariant($"Draw {possible} at most, or pass replacement: true.")), "weights");

    public static InvalidOperationException Drawn(int index, int examples) =>
        new(Invariant($"Sampler: the order must name examples from 0 to {examples - 1}, but names {index}. Draw for a dataset of {examples} examples, such as by random.NextInt({examples})."));

    // ---- Transforms.

    public static ArgumentException Normalization(double[] mean, double[] std) => new(
        $"Normalize: there must be as many finite deviations other than 0 as finite means, and at least one, but mean is {List(mean)} and std {List(std)}. "
        + (mean.Length != std.Length ? "Pass one of each, or one of each a channel." : "Pass a deviation of 1 for what has no spread."), nameof(std));

    public static ShapeException Channels(int channels, Shape shape) => new(
        Invariant($"Normalize: the first axis must be that of the {channels} channels, but the example is {shape}."),
        shape.Rank > 0 && shape[-1] == channels ? "Bring the channels in front: Permute(2, 0, 1) for an image." : "Pass one mean and one deviation for all channels, or one of each for every channel there is.");

    public static ShapeException NoImage(string transform, Shape shape) => new(
        $"{transform}: an example must be an image [channels, height, width], but it is {shape}.",
        shape.Rank == 2 ? "Give it an axis of one channel: data.WithInputs(x => x.Unsqueeze(1))." : "Reshape the examples: data.WithInputs(x => x.Reshape([x.Shape[0], channels, height, width])).");

    public static ShapeException Crop(Shape image, Size2 size, int padding) => new(
        Invariant($"RandomCrop: a window of {size.H}×{size.W} does not fit into an image {image} with a padding of {padding}."),
        Invariant($"Pass a padding of at least {Math.Max(size.H - image[1] + 1, size.W - image[2] + 1) / 2}, or a window of {image[1] + (2 * padding)}×{image[2] + (2 * padding)} at most."));

    public static InvalidOperationException NoResult() =>
        new("Transform: the function must give the new inputs, but gave null. Return x for inputs that stay as they are.");

    // ---- Texts.

    public static ArgumentException NoToken(string token, int place, string argument) =>
        new(Invariant($"Vocabulary: \"{token}\", at place {place}, is not in the vocabulary. Make it with unknown: true, or of more text."), argument);

    public static DTypeException TokensType(DType dtype) => new(
        $"Vocabulary: tokens must be Int64, but are {dtype}.", dtype.IsFloating() ? "Take ArgMax(-1) of scores, or Cast(DType.Int64) numbers of tokens." : "Cast(DType.Int64) them.");

    public static ArgumentOutOfRangeException BadToken(long number, int count) => new(
        "tokens", number, Invariant($"Vocabulary.Decode: tokens must be from 0 to {count - 1}, but one is {number}. Decode with the vocabulary that encoded the text, and leave out what was padded."));

    public static ShapeException TooFewTokens(Shape shape, int length) => new(
        Invariant($"Texts.Windows: the tokens must be a vector of at least {length} + 1, but are {shape}."),
        shape.Rank != 1 ? "Flatten() them." : shape[0] < 2 ? "Encode a longer text." : Invariant($"Pass a length of {shape[0] - 1} or less."));

    // ---- Made-up data.

    public static ArgumentException NoNoise(string name) =>
        new($"Synthetic.{name}: noise needs a source of randomness. Pass random: new Generator(seed).", "random");

    static string List(double[] values) => $"[{string.Join(", ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)))}]";

    static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
