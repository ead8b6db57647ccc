using Autograd.Nn.Data;

namespace Autograd.Nn;

/// <summary>The training loop, for those who do not write their own: see docs/training.md, where it stands written out.</summary>
/// <remarks>
/// Of each batch: forward, loss, backward; then, once enough gradients are gathered, clip, step, schedule. Each batch runs in a <see cref="Tape.Scope"/>.
/// A trainer works on the thread that calls it, and on one training at a time.
/// </remarks>
public sealed class Trainer
{
    readonly Func<Tensor, Tensor, Tensor> _loss;
    bool _stop;

    /// <summary>Puts together what is trained and how.</summary>
    /// <param name="model">The model; one that takes other things than one tensor needs a <see cref="Forward"/>.</param>
    /// <param name="optimizer">Steps the model's parameters.</param>
    /// <param name="loss">Predictions and labels of a batch → its mean loss: <c>(y, t) => Loss.CrossEntropy(y, t)</c>.</param>
    public Trainer(ModuleBase model, Optimizer optimizer, Func<Tensor, Tensor, Tensor> loss)
    {
        Throw.IfNull(nameof(Trainer), model);
        Throw.IfNull(nameof(Trainer), optimizer);
        Throw.IfNull(nameof(Trainer), loss);
        (Model, Optimizer, _loss) = (model, optimizer, loss);
        if (model is Module plain) Forward = batch => plain.Forward(batch.Inputs);
    }

    /// <summary>The model.</summary>
    public ModuleBase Model { get; }

    /// <summary>The optimizer.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>How the model predicts the labels of a batch; from the inputs alone, unless told otherwise, as for a model that takes lengths or several inputs.</summary>
    public Func<Batch, Tensor>? Forward { get; init; }

    /// <summary>Measures besides the loss, of training and validation; of different names.</summary>
    public IReadOnlyList<Metric> Metrics { get; init; } = [];

    /// <summary>Of how many batches the gradients are gathered for one step, ≥ 1: the step is that of one batch as large as all of them.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>The greatest norm of all gradients together; null for any. See <see cref="ClipGradients.ByNorm"/>.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>The greatest absolute value of a gradient's element; null for any. See <see cref="ClipGradients.ByValue"/>.</summary>
    public double? ClipValue { get; init; }

    /// <summary>Sets the rates after each step of the optimizer; null for none.</summary>
    public Scheduler? StepScheduler { get; init; }

    /// <summary>Sets the rates after each epoch; null for none.</summary>
    public Scheduler? EpochScheduler { get; init; }

    /// <summary>Sets the rates after each epoch by the loss, that of validation where there is one; null for none.</summary>
    public PlateauScheduler? PlateauScheduler { get; init; }

    /// <summary>When to end before all epochs are over; null for never.</summary>
    public EarlyStopping? EarlyStopping { get; init; }

    /// <summary>
    /// A safetensors file of the whole state of the training, written after each epoch; null for none. If it is there when a training
    /// starts, the training goes on from it, to the bit as if it had never been broken off. Delete it to start anew.
    /// </summary>
    public string? Checkpoint { get; init; }

    /// <summary>After how many batches <see cref="Checkpoint"/> is written within an epoch as well; 0 for never.</summary>
    public int CheckpointEvery { get; init; }

    /// <summary>
    /// Sources of random numbers that the loss or the forward function uses, to be saved in a checkpoint; those of the model's layers and of the batches,
    /// and <see cref="Generator.Default"/>, are saved without being listed here.
    /// </summary>
    public IReadOnlyList<Generator> Generators { get; init; } = [];

    /// <summary>Called after each batch: <c>trainer.AfterBatch += progress.Report;</c></summary>
    public event Action<TrainingProgress>? AfterBatch;

    /// <summary>Called after each epoch, when its checkpoint is written: <c>trainer.AfterEpoch += Console.WriteLine;</c></summary>
    public event Action<EpochResult>? AfterEpoch;

    /// <summary>Ends the running training after this batch, as a token does; for callbacks.</summary>
    public void Stop() => _stop = true;

    /// <summary>Trains until the epochs are over, there is no more progress, or it is cancelled; then the model is ready to be used or trained on.</summary>
    /// <param name="batches">What to learn from.</param>
    /// <param name="epochs">The most passes over it, ≥ 1, those before an interruption included.</param>
    /// <param name="validation">Examples held out, to measure the model on after each epoch.</param>
    /// <param name="cancellation">Ends the training after the current step; a checkpoint, if there is one, is written first.</param>
    /// <returns>How it ended, and all epochs.</returns>
    /// <exception cref="DivergenceException">A loss is NaN or infinite: the model is as it was before that batch; or a parameter is, when a checkpoint is due.</exception>
    /// <exception cref="StateMismatchException">The checkpoint is of another model, optimizer or training; nothing has been changed.</exception>
    /// <exception cref="DataFormatException">The checkpoint is damaged.</exception>
    /// <exception cref="ArgumentException">The settings contradict themselves.</exception>
    public TrainingResult Fit(Batches batches, int epochs, Batches? validation = null, CancellationToken cancellation = default)
    {
        Check(batches, epochs);
        _stop = false;
        TrainingState state = new(this, batches, validation, epochs);
        if (Checkpoint is not null) state.Resume(Checkpoint);
        while (state.Epoch < epochs && !state.IsOver)
        {
            if (!TrainEpoch(state, batches, cancellation)) return End(state, TrainingEnd.Cancelled);
            EpochResult result = state.EndEpoch(state.Training(), validation is null ? null : Evaluate(validation));
            EpochScheduler?.Step();
            PlateauScheduler?.Step((result.Validation ?? result.Training).Loss);
            if (Checkpoint is not null) state.Save(Checkpoint);
            AfterEpoch?.Invoke(result);
        }
        return End(state, state.Epoch < epochs ? TrainingEnd.StoppedEarly : TrainingEnd.Finished);
    }

    /// <summary>Measures the model on examples, in evaluation mode and without recording; its mode is as before afterwards.</summary>
    /// <remarks>The <see cref="Metrics"/> then hold what they gathered here, such as a confusion matrix to print; so do not call it from <see cref="AfterBatch"/>.</remarks>
    /// <exception cref="ArgumentException">There are no examples.</exception>
    public Evaluation Evaluate(Batches batches)
    {
        Throw.IfNull(nameof(Trainer), batches);
        if (batches.Count == 0) throw Throw.NoBatches("Evaluate");
        double loss = 0;
        long examples = 0;
        foreach (Metric metric in Metrics) metric.Reset();
        InEvaluation(batches, (batch, predictions) =>
        {
            loss += _loss(predictions, batch.Labels).Item() * batch.Count;
            examples += batch.Count;
            foreach (Metric metric in Metrics) metric.Add(predictions, batch.Labels);
        });
        return new(loss / examples, MetricValues());
    }

    /// <summary>The model's predictions for all batches, [examples, …] in the order of the batches; in evaluation mode and without recording.</summary>
    /// <exception cref="ArgumentException">There are no examples.</exception>
    /// <exception cref="ShapeException">Predictions of different batches differ in more than their number.</exception>
    public Tensor Predict(Batches batches)
    {
        Throw.IfNull(nameof(Trainer), batches);
        if (batches.Count == 0) throw Throw.NoBatches("Predict");
        List<Tensor> parts = [];
        InEvaluation(batches, (_, predictions) => parts.Add(predictions.Clone()));
        using RecordingSwitch noGrad = Tape.NoGrad();
        return Tensor.Concat([.. parts]).Keep();
    }

    internal IReadOnlyDictionary<string, double> MetricValues() =>
        new OrderedDictionary<string, double>(Metrics.Select(metric => KeyValuePair.Create(metric.Name, metric.Value)));

    bool TrainEpoch(TrainingState state, Batches batches, CancellationToken cancellation)
    {
        Model.Train();
        Optimizer.ZeroGrad();
        using Batches.Epoch epoch = state.StartEpoch();
        while (epoch.MoveNext())
        {
            bool steps = (state.Batch + 1) % Accumulate == 0 || state.Batch + 1 == batches.Count;
            double loss = TrainBatch(state, epoch.Current, batches.Count, steps);
            state.Count(loss, epoch.Current.Count);
            AfterBatch?.Invoke(state.Progress(loss));
            if (!steps) continue;
            if (Checkpoint is not null && CheckpointEvery > 0 && state.IsDue(CheckpointEvery)) state.Save(Checkpoint);
            if (!_stop && !cancellation.IsCancellationRequested) continue;
            if (Checkpoint is not null) state.Save(Checkpoint);
            return false;
        }
        return true;
    }

    double TrainBatch(TrainingState state, Batch batch, int batches, bool steps)
    {
        state.KeepBuffers();
        using TapeScope scope = Tape.Scope();
        Tensor predictions = Forward!(batch), loss = _loss(predictions, batch.Labels);
        double value = loss.Item();
        if (!double.IsFinite(value))
        {
            Optimizer.ZeroGrad();
            state.RestoreBuffers();
            throw Throw.NonFiniteLoss(value, state.Epoch + 1, state.Batch + 1);
        }
        // The last group of an epoch may be a smaller one.
        int group = Math.Min(Accumulate, batches - (state.Batch / Accumulate * Accumulate));
        (group == 1 ? loss : loss / group).Backward();
        if (steps) Step();
        using RecordingSwitch noGrad = Tape.NoGrad();
        foreach (Metric metric in Metrics) metric.Add(predictions, batch.Labels);
        return value;
    }

    void Step()
    {
        if (ClipNorm is { } norm) ClipGradients.ByNorm(Parameters(), norm);
        if (ClipValue is { } limit) ClipGradients.ByValue(Parameters(), limit);
        Optimizer.Step();
        Optimizer.ZeroGrad();
        StepScheduler?.Step();
    }

    IEnumerable<Tensor> Parameters() => Optimizer.Groups.SelectMany(group => group.Parameters);

    TrainingResult End(TrainingState state, TrainingEnd end)
    {
        if (end != TrainingEnd.Cancelled) state.RestoreBest();
        Model.Eval();
        return new(end, state.History);
    }

    void InEvaluation(Batches batches, Action<Batch, Tensor> use)
    {
        if (Forward is null) throw Throw.NoForward(Model.GetType());
        bool training = Model.IsTraining;
        using RecordingSwitch noGrad = Tape.NoGrad();
        Model.Eval();
        try
        {
            foreach (Batch batch in batches)
            {
                using TapeScope scope = Tape.Scope();
                use(batch, Forward(batch));
            }
        }
        finally
        {
            if (training) Model.Train();
        }
    }

    void Check(Batches batches, int epochs)
    {
        Throw.IfNull(nameof(Trainer), batches);
        Throw.IfBelow(nameof(Trainer), epochs, 1, "Pass 1 to see every example once; Evaluate measures without training.");
        Throw.IfBelow(nameof(Trainer), Accumulate, 1, "Set it to 1 for a step a batch.");
        Throw.IfBelow(nameof(Trainer), CheckpointEvery, 0, "Set it to 0 to save after each epoch alone.");
        if (Forward is null) throw Throw.NoForward(Model.GetType());
        if (batches.Count == 0) throw Throw.NoBatches("Fit");
        if (CheckpointEvery > 0 && Checkpoint is null) throw Throw.NoCheckpoint();
        string[] names = [.. Metrics.Select(metric => metric.Name)];
        if (names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice) throw Throw.MetricTwice(twice.Key);
        if (EarlyStopping?.Metric is { } watched && !names.Contains(watched)) throw Throw.NoMetric(watched, names);
    }
}
