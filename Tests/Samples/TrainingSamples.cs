using Autograd.Nn;
using Autograd.Nn.Data;

namespace Autograd.Samples;

public static class TrainingSamples
{
    static readonly Dataset Moons = Synthetic.Moons(600, noise: 0.15, random: new Generator(seed: 1));
    static readonly Dataset Train = Moons.Split(500, new Generator(seed: 2)).First, Test = Moons.Split(500, new Generator(seed: 2)).Second;

    public static void ByHand()
    {
        // sample: hand
        Generator random = new(seed: 3);
        Sequential model = new(new Linear(2, 16, generator: random), new Tanh(), new Linear(16, 2, generator: random));
        Adam adam = new(model.Parameters, learningRate: 0.02);
        Batches batches = Batches.Of(Train, size: 50, shuffle: random);

        for (int epoch = 1; epoch <= 20; epoch++)
        {
            model.Train();
            foreach ((Tensor inputs, Tensor labels) in batches)
            {
                using TapeScope step = Tape.Scope();                          // recycles the memory of this step
                Tensor loss = Loss.CrossEntropy(model.Forward(inputs), labels);
                adam.ZeroGrad();
                loss.Backward();
                adam.Step();
            }
        }

        model.Eval();
        using RecordingSwitch noGrad = Tape.NoGrad();
        Console.WriteLine($"accuracy {new Accuracy().Of(model.Forward(Test.Inputs), Test.Labels):0.00}");
        // end
    }

    public static void Run()
    {
        // sample: trainer
        Generator random = new(seed: 3);
        Sequential model = new(new Linear(2, 16, generator: random), new Tanh(), new Linear(16, 2, generator: random));
        Adam adam = new(model.Parameters, learningRate: 0.02);
        Batches batches = Batches.Of(Train, size: 50, shuffle: random);

        Trainer trainer = new(model, adam, (scores, labels) => Loss.CrossEntropy(scores, labels)) { Metrics = [new Accuracy()] };
        trainer.AfterEpoch += epoch =>
        {
            if (epoch.Epoch % 5 == 0) Console.WriteLine(epoch);
        };
        trainer.Fit(batches, epochs: 20);
        Console.WriteLine($"test: {trainer.Evaluate(Batches.Of(Test, size: 100))}");
        // end
    }

    public static void More()
    {
        Generator random = new(seed: 3);
        Sequential model = new(new Linear(2, 16, generator: random), new Tanh(), new Dropout(0.1, random), new Linear(16, 2, generator: random));
        Batches batches = Batches.Of(Train, size: 50, shuffle: random), held = Batches.Of(Test, size: 100);
        // sample: more
        AdamW adam = new(model.Parameters, learningRate: 0.05);
        Trainer trainer = new(model, adam, (scores, labels) => Loss.CrossEntropy(scores, labels))
        {
            Metrics = [new Accuracy()],
            Accumulate = 2,                                                   // a step every two batches
            ClipNorm = 1,
            StepScheduler = new Scheduler(adam, Schedule.Cosine(40 * batches.Count / 2)),
            EarlyStopping = new EarlyStopping(patience: 5, minDelta: 1e-4),
        };
        TrainingResult result = trainer.Fit(batches, epochs: 40, validation: held);
        Console.WriteLine($"{result.End} after {result.Epochs.Count} epochs: {trainer.Evaluate(held)}");
        // end
    }

    public static void Resume()
    {
        string path = Path.Combine(Path.GetTempPath(), $"autograd-sample-{Environment.ProcessId}.safetensors");
        File.Delete(path);
        // sample: resume
        static TrainingResult Train(string? checkpoint, int stopAfter, out Module model)
        {
            Generator random = new(seed: 3);
            model = new Sequential(new Linear(2, 16, generator: random), new Tanh(), new Dropout(0.1, random), new Linear(16, 2, generator: random));
            Trainer trainer = new(model, new Adam(model.Parameters), (scores, labels) => Loss.CrossEntropy(scores, labels)) { Checkpoint = checkpoint };
            int batches = 0;
            trainer.AfterBatch += _ =>
            {
                if (++batches == stopAfter) trainer.Stop();
            };
            return trainer.Fit(Batches.Of(TrainingSamples.Train, size: 50, shuffle: random), epochs: 5);
        }

        Train(null, stopAfter: int.MaxValue, out Module whole);
        Console.WriteLine(Train(path, stopAfter: 23, out _).End);
        Console.WriteLine(Train(path, stopAfter: int.MaxValue, out Module resumed).End);
        bool same = whole.Parameters.Zip(resumed.Parameters).All(pair => pair.First.ToArray<float>().SequenceEqual(pair.Second.ToArray<float>()));
        Console.WriteLine($"the same bits: {same}");
        // end
        File.Delete(path);
    }
}
