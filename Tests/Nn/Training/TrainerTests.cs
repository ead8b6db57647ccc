using Autograd.Nn;
using Autograd.Nn.Data;
using Autograd.Tests.Support;

namespace Autograd.Tests.Nn.Training;

public sealed class TrainerTests
{
    static readonly Dataset Points = Synthetic.Spirals(60, noise: 0.02, random: new(5));

    static Sequential Net(Generator random) => new(
        new Linear(2, 16, generator: random), new Tanh(), new Dropout(0.2, random), new Linear(16, 2, generator: random));

    static Tensor CrossEntropy(Tensor scores, Tensor labels) => Loss.CrossEntropy(scores, labels);

    static float[] Weights(Module model) => [.. model.StateDict().Values.Where(x => x.DType == DType.Float32).SelectMany(x => x.ToArray<float>())];

    [Test]
    public void Fit_is_the_loop_by_hand_to_the_bit()
    {
        Generator random = new(1);
        Sequential byHand = Net(random);
        Adam adam = new(byHand.Parameters, 0.01);
        Batches batches = Batches.Of(Points, 8, random);
        Scheduler scheduler = new(adam, Schedule.Cosine(3 * batches.Count));
        for (int epoch = 0; epoch < 3; epoch++)
        {
            foreach ((Tensor inputs, Tensor labels) in batches)
            {
                using TapeScope scope = Tape.Scope();
                Tensor loss = Loss.CrossEntropy(byHand.Forward(inputs), labels);
                adam.ZeroGrad();
                loss.Backward();
                ClipGradients.ByNorm(byHand.Parameters, 0.5);
                adam.Step();
                scheduler.Step();
            }
        }

        random = new(1);
        Sequential model = Net(random);
        adam = new(model.Parameters, 0.01);
        batches = Batches.Of(Points, 8, random);
        Trainer trainer = new(model, adam, CrossEntropy)
        {
            ClipNorm = 0.5, StepScheduler = new(adam, Schedule.Cosine(3 * batches.Count)), Metrics = [new Accuracy(), new MacroF1(2)],
        };
        TrainingResult result = trainer.Fit(batches, 3);
        Assert.That(Weights(model), Is.EqualTo(Weights(byHand)));
        Assert.That((result.End, result.Epochs.Count, model.IsTraining), Is.EqualTo((TrainingEnd.Finished, 3, false)));
    }

    [Test]
    public void Fit_accumulates_to_the_step_of_a_large_batch()
    {
        // 60 examples: 3 groups of 20, then in batches of 4 and groups of 3 also a last group of 3, 5 groups in all.
        static double[] Trained(int size, int accumulate, int dataCount)
        {
            Sequential model = new(new Linear(2, 4, generator: new(1)), new Tanh(), new Linear(4, 2, generator: new(2)));
            model.To(DType.Float64);
            Sgd sgd = new(model.Parameters, 0.1);
            Dataset data = Synthetic.Moons(dataCount, dtype: DType.Float64);
            new Trainer(model, sgd, CrossEntropy) { Accumulate = accumulate }.Fit(Batches.Of(data, size), 2);
            return [.. model.Parameters.SelectMany(parameter => parameter.ToArray<double>())];
        }
        Assert.That(Trained(4, 5, 60), Is.EqualTo(Trained(20, 1, 60)).Within(1e-14));
        // 52 = 2 groups of 20 and a smaller one of 12.
        Assert.That(Trained(4, 5, 52), Is.EqualTo(Trained(20, 1, 52)).Within(1e-14));
    }

    [Test]
    public void Fit_measures_training_and_validation()
    {
        Generator random = new(1);
        Sequential model = Net(random);
        (Dataset train, Dataset held) = Points.Split(40, random);
        List<string> lines = [];
        Trainer trainer = new(model, new Adam(model.Parameters, 0.01), CrossEntropy) { Metrics = [new Accuracy(), new TopKAccuracy(2)] };
        trainer.AfterEpoch += epoch => lines.Add(epoch.ToString());
        TrainingResult result = trainer.Fit(Batches.Of(train, 8, random), 2, Batches.Of(held, 7));
        EpochResult last = result.Epochs[^1];
        Evaluation evaluation = trainer.Evaluate(Batches.Of(held, 20));
        using RecordingSwitch noGrad = Tape.NoGrad();
        Tensor scores = model.Forward(held.Inputs);
        Assert.That(evaluation.Loss, Is.EqualTo(Loss.CrossEntropy(scores, held.Labels).Item()).Within(1e-6));
        Assert.That(evaluation.Metrics["accuracy"], Is.EqualTo(new Accuracy().Of(scores, held.Labels)));
        Assert.That(last.Validation!.Loss, Is.EqualTo(evaluation.Loss).Within(1e-6));
        Assert.That(last.Validation.Metrics["top-2 accuracy"], Is.EqualTo(1));
        Assert.That(lines, Has.Count.EqualTo(2));
        Assert.That(lines[1], Does.Match(
            @"^epoch 2/2  loss 0\.\d{4}  accuracy 0\.\d{4}  top-2 accuracy 1\.0000  validation loss 0\.\d{4}  validation accuracy 0\.\d{4}  validation top-2 accuracy 1\.0000$"));
    }

    [Test]
    public void Progress_tells_how_far_it_is()
    {
        Sequential model = Net(new(1));
        Trainer trainer = new(model, new Sgd(model.Parameters, 0.1), CrossEntropy) { Metrics = [new Accuracy()] };
        List<TrainingProgress> seen = [];
        trainer.AfterBatch += seen.Add;
        trainer.Fit(Batches.Of(Points, 25), 2);
        Assert.That(seen.Select(p => (p.Epoch, p.Batch, p.Batches, p.Examples)), Is.EqualTo(new[]
        {
            (1, 1, 3, 25L), (1, 2, 3, 50L), (1, 3, 3, 60L), (2, 1, 3, 25L), (2, 2, 3, 50L), (2, 3, 3, 60L),
        }));
        Assert.That(seen.Select(p => p.Fraction), Is.Ordered.And.All.InRange(0, 1));
        Assert.That(seen[2].Loss, Is.EqualTo(((25 * seen[0].BatchLoss) + (25 * seen[1].BatchLoss) + (10 * seen[2].BatchLoss)) / 60).Within(1e-12));
    }

    [Test]
    public void Predict_is_in_the_order_of_the_data_and_leaves_the_mode()
    {
        Sequential model = Net(new(1));
        Trainer trainer = new(model, new Sgd(model.Parameters, 0.1), CrossEntropy);
        Tensor all = trainer.Predict(Batches.Of(Points, 7));
        Assert.That(model.IsTraining);
        model.Eval();
        Close.To(all, model.Forward(Points.Inputs).Detach(), 1e-6);
        Assert.That(all.RequiresGrad, Is.False);
    }

    [Test]
    public void Forward_of_your_own_takes_lengths()
    {
        Embedding embedding = new(10, 3, generator: new(1));
        Linear linear = new(3, 2, generator: new(2));
        Sequential model = new(embedding, linear);
        Dataset data = Dataset.OfSequences([Tensor.From([1L, 2, 3]), Tensor.From([4L]), Tensor.From([5L, 6])], Tensor.From([0L, 1, 0]));
        Trainer trainer = new(model, new Adam(model.Parameters, 0.1), CrossEntropy)
        {
            // The mean of the words that are there.
            Forward = batch =>
            {
                Tensor mask = Tensor.Arange(batch.Inputs.Shape[1], DType.Int64).Less(batch.Lengths!.Unsqueeze(1)).Cast(DType.Float32).Unsqueeze(2);
                return linear.Forward((embedding.Forward(batch.Inputs) * mask).Sum(1) / mask.Sum(1));
            },
            Metrics = [new Accuracy()],
        };
        Assert.That(trainer.Fit(Batches.Of(data, 2), 40).Epochs[^1].Training.Metrics["accuracy"], Is.EqualTo(1));
    }

    sealed class Distance : Module<Tensor, Tensor, Tensor>
    {
        readonly Linear _side = new(2, 3, generator: new(1));

        protected override Tensor Compute(Tensor first, Tensor second) => (_side.Forward(first) - _side.Forward(second)).Square().Sum(1);
    }

    [Test]
    public void Models_of_several_inputs_are_trained_by_a_forward_of_your_own()
    {
        Distance model = new();
        Trainer trainer = new(model, new Adam(model.Parameters, 0.1), (y, t) => Loss.Mse(y, t)) { Forward = batch => model.Forward(batch.Inputs.Select(1, 0), batch.Inputs.Select(1, 1)) };
        Dataset pairs = new(Tensor.Normal([32, 2, 2], new Generator(2)), Tensor.Zeros([32]));
        Assert.That(trainer.Fit(Batches.Of(pairs, 8), 40).Epochs[^1].Training.Loss, Is.LessThan(0.01));
        Trainer without = new(model, new Adam(model.Parameters), (y, t) => Loss.Mse(y, t));
        const string Text = "Trainer: Distance does not take one tensor, and Forward does not say how it predicts. Set Forward = batch => model.Forward(…).";
        Fails.With<InvalidOperationException>(() => without.Fit(Batches.Of(pairs, 8), 1), Text);
        Fails.With<InvalidOperationException>(() => without.Predict(Batches.Of(pairs, 8)), Text);
    }

    [Test]
    public void EarlyStopping_ends_and_restores_the_best()
    {
        // The loss of validation is set from outside: best in epoch 3.
        double[] losses = [5, 4, 1, 2, 1, 3, 9, 9];
        Linear model = new(2, 1, generator: new(1));
        Trainer? trainer = null;
        int epochs = 0;
        List<float[]> weights = [];
        trainer = new(model, new Sgd(model.Parameters, 0.01), (y, t) => Tape.IsRecording ? Loss.Mse(y, t) : Tensor.Scalar(losses[epochs]))
        {
            EarlyStopping = new(patience: 3),
        };
        trainer.AfterEpoch += _ =>
        {
            weights.Add(Weights(model));
            epochs++;
        };
        Dataset data = new(Tensor.Ones([4, 2]), Tensor.Ones([4, 1]));
        TrainingResult result = trainer.Fit(Batches.Of(data, 2), 8, Batches.Of(data, 4));
        Assert.That((result.End, result.Epochs.Count), Is.EqualTo((TrainingEnd.StoppedEarly, 6)));
        Assert.That(Weights(model), Is.EqualTo(weights[2]));
        Assert.That(weights.Distinct().Count(), Is.EqualTo(6));
    }

    [TestCase(0.0, 1.0, 0.9, true)]
    [TestCase(0.2, 1.0, 0.9, false)]
    [TestCase(0.0, 1.0, 1.0, false)]
    [TestCase(0.0, 1.0, double.NaN, false)]
    [TestCase(0.0, double.NaN, 1.0, true)]
    public void EarlyStopping_asks_for_progress(double delta, double best, double measure, bool better)
    {
        Assert.That(new EarlyStopping(1, delta).IsBetter(measure, best, higher: false), Is.EqualTo(better));
        Assert.That(new EarlyStopping(1, delta).IsBetter(-measure, -best, higher: true), Is.EqualTo(better));
    }

    [Test]
    public void EarlyStopping_watches_a_metric_where_higher_is_better()
    {
        Sequential model = Net(new(1));
        Trainer trainer = new(model, new Sgd(model.Parameters, learningRate: 0), CrossEntropy)
        {
            Metrics = [new Accuracy()], EarlyStopping = new(patience: 2, metric: "accuracy"),
        };
        model.Eval();
        Assert.That(trainer.Fit(Batches.Of(Points, 60), 9, Batches.Of(Points, 60)).Epochs, Has.Count.EqualTo(3), "one best, two without progress");
    }

    [Test]
    public void Schedulers_are_stepped_by_step_epoch_and_measure()
    {
        Linear model = new(2, 2);
        Sgd sgd = new(model.Parameters, 1);
        Scheduler byStep = new(new Sgd(new Linear(2, 2).Parameters, 1), Schedule.Constant()), byEpoch = new(new Sgd(new Linear(2, 2).Parameters, 1), Schedule.Constant());
        PlateauScheduler plateau = new(sgd, patience: 0);
        Trainer trainer = new(model, sgd, (y, t) => y.Sum() * 0 + 7) { StepScheduler = byStep, EpochScheduler = byEpoch, PlateauScheduler = plateau, Accumulate = 2 };
        trainer.Fit(Batches.Of(Points, 20), 3);
        Assert.That((byStep.Steps, byEpoch.Steps), Is.EqualTo((6L, 3L)), "3 batches an epoch are 2 steps");
        Assert.That(sgd.LearningRate, Is.EqualTo(0.01).Within(1e-15));
    }

    [Test]
    public void Cancellation_and_Stop_end_after_the_step()
    {
        Sequential model = Net(new(1));
        Trainer trainer = new(model, new Sgd(model.Parameters, 0.1), CrossEntropy) { Accumulate = 2 };
        int batches = 0;
        using CancellationTokenSource source = new();
        trainer.AfterBatch += _ =>
        {
            if (++batches == 3) source.Cancel();
        };
        TrainingResult result = trainer.Fit(Batches.Of(Points, 6), 5, cancellation: source.Token);
        Assert.That((result.End, result.Epochs.Count, batches), Is.EqualTo((TrainingEnd.Cancelled, 0, 4)));
        trainer.AfterEpoch += _ => trainer.Stop();
        Assert.That(trainer.Fit(Batches.Of(Points, 6), 5).Epochs, Has.Count.EqualTo(1));
    }

    [Test]
    public void Divergence_names_epoch_and_batch_and_leaves_the_model_as_it_was()
    {
        Sequential model = new(new Linear(2, 4, generator: new(1)), new BatchNorm1d(4), new Linear(4, 2, generator: new(2)));
        Adam adam = new(model.Parameters, 0.01);
        Tensor inputs = Points.Inputs.Clone();
        inputs.AsWritableSpan<float>()[2 * 47] = float.NaN;
        Trainer trainer = new(model, adam, CrossEntropy);
        float[] before = [];
        trainer.AfterBatch += _ => before = Weights(model);
        DivergenceException error = Assert.Throws<DivergenceException>(() => trainer.Fit(Batches.Of(new Dataset(inputs, Points.Labels), 10), 3))!;
        Assert.That(error.Message, Is.EqualTo(
            "Trainer: the loss became NaN in epoch 1, batch 5. The model is as it was before this batch. Try a lower learning rate or ClipNorm; Tape.DetectAnomaly() finds the op that makes NaN."));
        Assert.That((error.Epoch, error.Batch), Is.EqualTo((1, 5)));
        Assert.That(Weights(model), Is.EqualTo(before).And.All.Not.NaN);
        Assert.That(model.Parameters.Select(parameter => parameter.Grad), Is.All.Null);
    }

    [Test]
    public void Steps_allocate_as_little_as_those_by_hand()
    {
        Dataset data = Synthetic.Moons(4000);
        Batches batches = Batches.Of(data, 10, shuffle: new(1));
        Sequential model = new(new Linear(2, 16, generator: new(1)), new Tanh(), new Linear(16, 2, generator: new(2)));
        Sgd sgd = new(model.Parameters, 0.1);
        Trainer trainer = new(model, sgd, CrossEntropy);
        ByHand();
        long byHand = Allocated(ByHand);
        trainer.Fit(batches, 1);
        long trained = Allocated(() => trainer.Fit(batches, 1));
        TestContext.Out.WriteLine($"{byHand / 400} bytes a step by hand, {trained / 400} by the trainer");
        Assert.That((trained - byHand) / 400, Is.LessThan(100));

        void ByHand()
        {
            foreach ((Tensor inputs, Tensor labels) in batches)
            {
                using TapeScope scope = Tape.Scope();
                Tensor loss = Loss.CrossEntropy(model.Forward(inputs), labels);
                sgd.ZeroGrad();
                loss.Backward();
                sgd.Step();
            }
        }

        static long Allocated(Action run)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            run();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }
}
