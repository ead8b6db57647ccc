using Autograd.Nn;
using Autograd.Nn.Data;
using static Autograd.Tests.ErrorTests.ErrorRows;

namespace Autograd.Tests.ErrorTests;

/// <summary>The whole texts of the errors of metrics and trainer; those of checkpoints and divergence stand with their tests.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class TrainingErrorTests
{
    static readonly Linear Model = new(2, 2);
    static readonly Batches Some = Batches.Of(new Dataset(S(3, 2), I(0, 1, 1)), 2);
    static readonly Batches None = Batches.Of(new Dataset(S(3, 2), I(0, 1, 1)), 4, dropLast: true);

    static Trainer With(EarlyStopping? stopping = null, int every = 0, params Metric[] metrics) =>
        new(Model, new Sgd(Model.Parameters, 0.1), (y, t) => Loss.CrossEntropy(y, t)) { EarlyStopping = stopping, CheckpointEvery = every, Metrics = metrics };

    public static readonly TestCaseData[] Rows =
    [
        Row<DTypeException>(() => new Accuracy().Of(S(3, 2), S(3)), "accuracy: labels must be classes, Int64, but are Float32. Cast(DType.Int64) them, or take ArgMax(1) of labels that are one-hot."),
        Row<ShapeException>(() => new Accuracy().Of(S(3, 2), I(0, 1)), "accuracy: scores must be [n, classes, …] and labels [n, …], but are [3, 2] and [2]. Labels that fit these scores are [3]: leave out no example, and Squeeze an axis of size 1."),
        Row<ShapeException>(() => new TopKAccuracy(2).Of(S(2, 3, 4), L(2, 3)), "top-2 accuracy: scores must be [n, classes, …] and labels [n, …], but are [2, 3, 4] and [2, 3]. Labels that fit these scores are [2, 4]: leave out no example, and Squeeze an axis of size 1."),
        Row<ShapeException>(() => new Perplexity().Of(S(3), I(0, 1, 1)), "perplexity: scores must be [n, classes, …] and labels [n, …], but are [3] and [3]. Of scores that are one number an example, take BinaryAccuracy."),
        Row<ShapeException>(() => new RootMeanSquareError().Of(S(3, 1), S(3)), "RMSE: predictions and labels must have one shape, but are [3, 1] and [3]. Reshape the predictions to [3]."),
        Row<ShapeException>(() => new MeanAbsoluteError().Of(S(3, 1), S(3)), "MAE: predictions and labels must have one shape, but are [3, 1] and [3]. Reshape the predictions to [3]."),
        Row<ShapeException>(() => new BinaryAccuracy().Of(S(3, 1), S(3)), "accuracy: predictions and labels must have one shape, but are [3, 1] and [3]. Reshape the predictions to [3]."),
        Row<ShapeException>(() => new ConfusionMatrix(4).Of(S(3, 2), I(0, 1, 1)), "ConfusionMatrix: scores must be [n, 4, …], but are [3, 2]. Make it for as many classes as the model has: new ConfusionMatrix(2)."),
        Row<ArgumentOutOfRangeException>(() => new ConfusionMatrix(2).Of(S(3, 2), I(0, 1, 2)),
            "ConfusionMatrix: labels must be below 2, but one is 2. Count classes from 0, and mark what is to be left out by −1. (Parameter 'labels')\nActual value was 2."),
        Row<ArgumentOutOfRangeException>(() => new TopKAccuracy(0), "TopKAccuracy: k must be 1 or more, but it is 0. Pass 1 for the accuracy of the highest score. (Parameter 'k')\nActual value was 0."),
        Row<ArgumentException>(() => With(metrics: [new Accuracy(), new ConfusionMatrix(2)]).Fit(Some, 1),
            "Trainer: metrics must have different names, but two are called \"accuracy\". Leave one out, or measure it by Evaluate afterwards."),
        Row<ArgumentException>(() => With(new(2, metric: "F1"), 0, new Accuracy()).Fit(Some, 1),
            "Trainer: EarlyStopping watches the metric \"F1\", but Metrics has accuracy. Add it to Metrics, or watch \"accuracy\"."),
        Row<ArgumentException>(() => With(new(2, metric: "F1")).Fit(Some, 1),
            "Trainer: EarlyStopping watches the metric \"F1\", but Metrics has none. Add it to Metrics, or leave EarlyStopping's metric out to watch the loss."),
        Row<ArgumentException>(() => With(every: 5).Fit(Some, 1),
            "Trainer: CheckpointEvery is given, but Checkpoint does not say where to. Set Checkpoint to the path of a file."),
        Row<ArgumentException>(() => With().Fit(None, 1),
            "Trainer.Fit: there must be at least one batch, but there is none. Is dropLast given with fewer examples than a batch? (Parameter 'batches')"),
        Row<ArgumentException>(() => With().Evaluate(None),
            "Trainer.Evaluate: there must be at least one batch, but there is none. Is dropLast given with fewer examples than a batch? (Parameter 'batches')"),
        Row<ArgumentException>(() => With().Predict(None),
            "Trainer.Predict: there must be at least one batch, but there is none. Is dropLast given with fewer examples than a batch? (Parameter 'batches')"),
        Row<ArgumentOutOfRangeException>(() => new EarlyStopping(0),
            "EarlyStopping: patience must be 1 or more, but it is 0. Pass 1 to stop at the first epoch without progress. (Parameter 'patience')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => new EarlyStopping(1, minDelta: -1),
            "EarlyStopping: minDelta must be 0 or more, but it is -1. Leave it out to count any progress. (Parameter 'minDelta')\nActual value was -1."),
        Row<ArgumentOutOfRangeException>(() => new ConfusionMatrix(0),
            "ConfusionMatrix: classes must be 1 or more, but it is 0. Pass the number of classes of the model. (Parameter 'classes')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => new ConfusionMatrix(2)[2, 0],
            "ConfusionMatrix: number must be from 0 to 1, but it is 2. Count classes from 0. (Parameter 'number')\nActual value was 2."),
        Row<ArgumentOutOfRangeException>(() => With().Fit(Some, 0),
            "Trainer: epochs must be 1 or more, but it is 0. Pass 1 to see every example once; Evaluate measures without training. (Parameter 'epochs')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => With(every: -1).Fit(Some, 1),
            "Trainer: CheckpointEvery must be 0 or more, but it is -1. Set it to 0 to save after each epoch alone. (Parameter 'CheckpointEvery')\nActual value was -1."),
        Row<ShapeException>(() => new Accuracy().Of(S(3), I(0)),
            "accuracy: scores must be [n, classes, …] and labels [n, …], but are [3] and [1]. Put the axis of classes behind that of examples: scores.Unsqueeze(0) for one example."),
        Row<ShapeException>(() => new BinaryAccuracy().Of(S(3), S(2)),
            "accuracy: predictions and labels must have one shape, but are [3] and [2]. Compare the predictions of a batch with the labels of the same batch."),
        Row<DTypeException>(() => new Accuracy().Of(S(3, 2), B(3)),
            "accuracy: labels must be classes, Int64, but are Bool. Cast(DType.Int64) them."),
    ];

    [TestCaseSource(nameof(Rows))]
    public void AMistake_IsToldInASentence(Func<object> call, Type type, string message) => Check(call, type, message);

    [Test]
    public void ACheckpoint_OfAnotherTraining_IsToldInASentence()
    {
        string path = Path.Combine(Path.GetTempPath(), $"autograd-{Guid.NewGuid():N}.safetensors");
        try
        {
            Trainer Make() => new(Model, new Sgd(Model.Parameters, 0.1), (y, t) => Loss.CrossEntropy(y, t)) { Checkpoint = path };
            Make().Fit(Some, 1);
            Assert.That(() => Make().Fit(Batches.Of(new Dataset(S(9, 2), L(9)), 2), 3), Throws.TypeOf<StateMismatchException>().With.Message.EqualTo(
                "Trainer: the checkpoint is of a training with 2 batches an epoch, but this one has 5. Delete it to start anew, or give Fit the data and the size of a batch that it was made with."));
            OrderedDictionary<string, Tensor> state = Safetensors.Read(path);
            state["training.position"] = I(2, 9, 2);
            Safetensors.Write(path, state);
            Assert.That(() => Make().Fit(Some, 3), Throws.TypeOf<StateMismatchException>().With.Message.EqualTo(
                "Trainer: the checkpoint says that 2 epochs and 9 batches are over, which fits neither its own history nor the batches. Delete it to start anew."));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
