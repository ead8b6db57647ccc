using Autograd.Nn;
using Autograd.Nn.Data;
using Autograd.Tests.Nn.Data;

namespace Autograd.Tests.Nn.Training;

public sealed class ResumeTests
{
    TempFolder _folder = null!;

    string Checkpoint => Path.Combine(_folder.Root, "run.safetensors");

    [SetUp]
    public void CreateFolder() => _folder = new TempFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    /// <summary>A training with everything that has a state: all of it must come back.</summary>
    sealed class Run
    {
        public const int Epochs = 4, BatchesAnEpoch = 6;

        readonly Batches _batches, _held;

        public Run(string? checkpoint, int every = 0, string optimizer = "adam", int prefetch = 0)
        {
            // With Adam dropout and shuffling share a generator, with SGD each has its own.
            Generator random = new(1), shuffle = optimizer == "adam" ? random : new(2), other = new(3);
            Dataset images = new(Tensor.Normal([60, 1, 6, 6], new Generator(4)), Tensor.From([.. Enumerable.Range(0, 60).Select(i => (long)(i % 3))]));
            (Dataset train, Dataset held) = images.Split(48);
            Model = new(
                new Conv2d(1, 4, 3, generator: random), new BatchNorm2d(4), new Relu(), new Dropout(0.3, random), new Flatten(),
                new Linear(64, 8, generator: random), new Dropout(0.3), new Linear(8, 3, generator: random));
            _batches = Batches.Of(train, 8, shuffle, transform: Transform.Compose(Transform.RandomShift(1), Transform.RandomFlip()), prefetch: prefetch);
            _held = Batches.Of(held, 5, other);
            Optimizer stepped = optimizer == "adam" ? new AdamW(Model.Parameters, 0.01, amsgrad: true) : new Sgd(Model.Parameters, 0.1, momentum: 0.9, nesterov: true);
            Trainer = new(Model, stepped, (y, t) => Loss.CrossEntropy(y, t))
            {
                Metrics = [new Accuracy(), new ConfusionMatrixNamed(3)],
                Accumulate = 2,
                ClipNorm = 1,
                StepScheduler = optimizer == "adam" ? new(stepped, Schedule.Cosine(30)) : null,
                PlateauScheduler = optimizer == "adam" ? null : new(stepped, patience: 0),
                EarlyStopping = new(patience: 3),
                Checkpoint = checkpoint,
                CheckpointEvery = every,
            };
        }

        public Sequential Model { get; }

        public Trainer Trainer { get; }

        /// <summary>Trains; where stop is given, up to that batch of all.</summary>
        public TrainingResult Fit(int? stop = null)
        {
            int batches = 0;
            Trainer.AfterBatch += _ =>
            {
                if (++batches == stop) Trainer.Stop();
            };
            return Trainer.Fit(_batches, Epochs, _held);
        }

        public string Everything(TrainingResult result) => string.Join('\n', [
            .. Model.StateDict().Select(item => $"{item.Key} {string.Join(' ', item.Value.Cast(DType.Float64).ToArray<double>().Select(x => x.ToString("R")))}"),
            .. result.Epochs.Select(epoch => $"{epoch.Training.Loss:R} {epoch.Validation!.Loss:R} {epoch}"), $"{result.End}"]);
    }

    /// <summary>A second metric with many sums and a name of its own.</summary>
    sealed class ConfusionMatrixNamed(int classes) : Metric("balanced", classes * classes, higherIsBetter: true)
    {
        public override double Value => Enumerable.Range(0, classes).Average(i => Sums[i * (classes + 1)] / Math.Max(1, Sums.Skip(i * classes).Take(classes).Sum()));

        public override void Add(Tensor predictions, Tensor labels)
        {
            long[] answers = Classes(predictions, labels).ToArray<long>(), truth = labels.ToArray<long>();
            for (int i = 0; i < truth.Length; i++) Sums[(truth[i] * classes) + answers[i]]++;
        }
    }

    static string Uninterrupted(string optimizer)
    {
        Generator.Default.State = (7, 0);
        Run run = new(null, optimizer: optimizer);
        return run.Everything(run.Fit());
    }

    [Test]
    public void Resumed_anywhere_it_is_the_uninterrupted_training_to_the_bit([Values("adam", "sgd")] string optimizer, [Values(1, 4, 6, 13, 18, 23)] int stop)
    {
        string expected = Uninterrupted(optimizer);
        Generator.Default.State = (7, 0);
        Run first = new(Checkpoint, optimizer: optimizer);
        Assert.That(first.Fit(stop).End, Is.EqualTo(TrainingEnd.Cancelled));
        Generator.Default.State = (999, 5);
        Run second = new(Checkpoint, optimizer: optimizer);
        Assert.That(second.Everything(second.Fit()), Is.EqualTo(expected));
    }

    [Test]
    public void Resumed_after_every_step_with_prefetch_it_is_the_same()
    {
        string expected = Uninterrupted("adam");
        Generator.Default.State = (7, 0);
        for (int runs = 0; ; runs++)
        {
            Run run = new(Checkpoint, prefetch: 2);
            TrainingResult result = run.Fit(stop: 1);
            Generator.Default.State = (999, (ulong)runs);
            if (result.End == TrainingEnd.Cancelled) continue;
            Assert.That(run.Everything(result), Is.EqualTo(expected));
            Assert.That(runs, Is.GreaterThan(6));
            break;
        }
    }

    [Test]
    public void Resumed_after_its_end_it_is_the_same_at_once()
    {
        string expected = Uninterrupted("adam");
        Generator.Default.State = (7, 0);
        new Run(Checkpoint).Fit();
        Run again = new(Checkpoint);
        int batches = 0;
        again.Trainer.AfterBatch += _ => batches++;
        Assert.That(again.Everything(again.Fit()), Is.EqualTo(expected));
        Assert.That(batches, Is.Zero);
    }

    [Test]
    public void Checkpoints_within_an_epoch_come_between_steps()
    {
        Run run = new(Checkpoint, every: 3);
        List<string> written = [];
        run.Trainer.AfterBatch += progress =>
        {
            if (!File.Exists(Checkpoint)) return;
            long[] position = Safetensors.Read(Checkpoint)["training.position"].ToArray<long>();
            written.Add($"{position[0]}.{position[1]}");
        };
        run.Fit(stop: 11);
        // Steps are taken after batches 2, 4 and 6, so that 3 batches after the last checkpoint mean 4; the end of an epoch writes its own.
        Assert.That(written.Distinct(), Is.EqualTo(new[] { "0.4", "1.0", "1.4" }));
    }

    [Test]
    public void Checkpoint_of_another_model_changes_nothing()
    {
        new Run(Checkpoint).Fit(stop: 3);
        Run other = new(Checkpoint, optimizer: "sgd");
        float[] before = [.. other.Model.Parameters.SelectMany(parameter => parameter.ToArray<float>())];
        ulong position = Generator.Default.Position;
        StateMismatchException error = Assert.Throws<StateMismatchException>(() => other.Fit())!;
        Assert.That(error.Message, Does.Contain("step_scheduler").Or.Contain("Sgd"));
        Assert.That(other.Model.Parameters.SelectMany(parameter => parameter.ToArray<float>()), Is.EqualTo(before));
        Assert.That(Generator.Default.Position, Is.EqualTo(position));
    }

    [Test]
    public void Checkpoint_that_is_damaged_is_a_typed_error_and_changes_nothing()
    {
        new Run(Checkpoint).Fit(stop: 3);
        byte[] good = File.ReadAllBytes(Checkpoint);
        int refused = 0;
        for (int trial = 0; trial < 40; trial++)
        {
            byte[] bytes = [.. good];
            // The header and the first tensors, which hold positions and counters.
            bytes[trial * 97 % Math.Min(bytes.Length, 4000)] ^= 0x15;
            File.WriteAllBytes(Checkpoint, trial % 4 == 0 ? bytes[..(bytes.Length * trial / 60)] : bytes);
            try
            {
                new Run(Checkpoint).Fit(stop: 1);
            }
            catch (Exception error) when (error is DataFormatException or StateMismatchException or DivergenceException)
            {
                refused++;
            }
        }
        Assert.That(refused, Is.GreaterThan(20));
    }

    [Test]
    public void Checkpoint_is_not_written_with_a_parameter_that_is_no_number()
    {
        Linear model = new(2, 2, generator: new(1));
        Sgd sgd = new(model.Parameters, 1);
        Trainer trainer = new(model, sgd, (y, t) => Loss.CrossEntropy(y, t)) { Checkpoint = Checkpoint, CheckpointEvery = 1 };
        trainer.AfterBatch += progress =>
        {
            if (progress.Batch != 2) return;
            using RecordingSwitch noGrad = Tape.NoGrad();
            model.Parameters[1].Fill(double.NaN);
        };
        Dataset data = Synthetic.Moons(30);
        DivergenceException error = Assert.Throws<DivergenceException>(() => trainer.Fit(Batches.Of(data, 10), 2))!;
        Assert.That(error.Message, Is.EqualTo(
            "Trainer: bias has become NaN or infinite by epoch 1, batch 2. The checkpoint was not written: the last one stays. Try a lower learning rate or ClipNorm."));
        Assert.That(Safetensors.Read(Checkpoint)["training.position"].ToArray<long>(), Is.EqualTo(new long[] { 0, 1, 3 }));
    }

    [Test]
    public void Leftovers_of_killed_writes_are_deleted_and_nothing_else()
    {
        string left = _folder.Write($"run.safetensors.{Guid.NewGuid():N}.tmp", "half");
        string[] others = [_folder.Write("run.safetensors.mine.tmp", "x"), _folder.Write($"other.safetensors.{Guid.NewGuid():N}.tmp", "x")];
        new Run(Checkpoint).Fit(stop: 1);
        Assert.That(File.Exists(left), Is.False);
        Assert.That(others.All(File.Exists));
    }
}
