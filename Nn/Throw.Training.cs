namespace Autograd.Nn;

// Metrics and training.
static partial class Throw
{
    public static DTypeException MetricLabels(string metric, DType dtype) => new(
        $"{metric}: labels must be classes, Int64, but are {dtype}.",
        dtype.IsFloating() ? "Cast(DType.Int64) them, or take ArgMax(1) of labels that are one-hot." : "Cast(DType.Int64) them.");

    public static ShapeException MetricScores(string metric, Shape scores, Shape labels) => new(
        $"{metric}: scores must be [n, classes, …] and labels [n, …], but are {scores} and {labels}.",
        labels.Rank > 0 && labels.Sizes.SequenceEqual(scores.Sizes) ? "Of scores that are one number an example, take BinaryAccuracy."
        : scores.Rank >= 2 ? $"Labels that fit these scores are {Shape.Create([scores[0], .. scores.Sizes[2..]])}: leave out no example, and Squeeze an axis of size 1."
        : "Put the axis of classes behind that of examples: scores.Unsqueeze(0) for one example.");

    public static ShapeException MetricShapes(string metric, Shape predictions, Shape labels) => new(
        $"{metric}: predictions and labels must have one shape, but are {predictions} and {labels}.",
        predictions.ElementCount == labels.ElementCount ? $"Reshape the predictions to {labels}." : "Compare the predictions of a batch with the labels of the same batch.");

    public static ShapeException MetricClasses(int classes, Shape scores) => new(
        $"ConfusionMatrix: scores must be [n, {classes}, …], but are {scores}.",
        $"Make it for as many classes as the model has: new ConfusionMatrix({scores[1]}).");

    public static ArgumentOutOfRangeException MetricLabel(int classes, long label) =>
        new("labels", label, $"ConfusionMatrix: labels must be below {classes}, but one is {label}. Count classes from 0, and mark what is to be left out by −1.");

    public static ArgumentException MetricTwice(string name) =>
        new($"Trainer: metrics must have different names, but two are called \"{name}\". Leave one out, or measure it by Evaluate afterwards.");

    public static ArgumentException NoMetric(string name, string[] names) => new(names.Length == 0
        ? $"Trainer: EarlyStopping watches the metric \"{name}\", but Metrics has none. Add it to Metrics, or leave EarlyStopping's metric out to watch the loss."
        : $"Trainer: EarlyStopping watches the metric \"{name}\", but Metrics has {string.Join(", ", names)}. Add it to Metrics, or watch \"{names[0]}\".");

    public static InvalidOperationException NoForward(Type model) =>
        new($"Trainer: {model.Name} does not take one tensor, and Forward does not say how it predicts. Set Forward = batch => model.Forward(…).");

    public static ArgumentException NoBatches(string member) =>
        new($"Trainer.{member}: there must be at least one batch, but there is none. Is dropLast given with fewer examples than a batch?", "batches");

    public static ArgumentException NoCheckpoint() =>
        new("Trainer: CheckpointEvery is given, but Checkpoint does not say where to. Set Checkpoint to the path of a file.");

    public static DivergenceException NonFiniteLoss(double loss, int epoch, int batch) => new(
        Invariant($"Trainer: the loss became {loss} in epoch {epoch}, batch {batch}. The model is as it was before this batch."),
        "Try a lower learning rate or ClipNorm; Tape.DetectAnomaly() finds the op that makes NaN.",
        epoch, batch);

    public static DivergenceException NonFiniteParameter(string name, int epoch, int batch) => new(
        Invariant($"Trainer: {name} has become NaN or infinite by epoch {epoch}, batch {batch}. The checkpoint was not written: the last one stays."),
        "Try a lower learning rate or ClipNorm.",
        epoch, batch);

    public static StateMismatchException OtherBatches(long saved, int batches) => new(
        Invariant($"Trainer: the checkpoint is of a training with {saved} batches an epoch, but this one has {batches}."),
        "Delete it to start anew, or give Fit the data and the size of a batch that it was made with.");

    public static StateMismatchException BadPosition(long epoch, long batch) => new(
        Invariant($"Trainer: the checkpoint says that {epoch} epochs and {batch} batches are over, which fits neither its own history nor the batches."),
        "Delete it to start anew.");
}
