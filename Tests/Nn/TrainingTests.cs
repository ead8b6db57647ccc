using Autograd.Nn;
using Autograd.Nn.Data;

namespace Autograd.Tests.Nn;

public sealed class TrainingTests
{
    [Test]
    public void Mlp_learns_xor()
    {
        Generator generator = new(1);
        Tensor inputs = Tensor.From(new float[,] { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } }), target = Tensor.From(new float[,] { { 0 }, { 1 }, { 1 }, { 0 } });
        Sequential model = [new Linear(2, 8, generator: generator), new Tanh(), new Linear(8, 1, generator: generator)];
        Adam adam = new(model.Parameters, learningRate: 0.05);
        double last = 0;
        for (int step = 0; step < 300; step++)
        {
            using TapeScope scope = Tape.Scope();
            Tensor loss = Loss.Mse(model.Forward(inputs), target);
            adam.ZeroGrad();
            loss.Backward();
            adam.Step();
            last = loss.Item();
        }
        Assert.That(last, Is.LessThan(1e-3));
    }

    /// <summary>Two arms of a spiral, [2·count, 2], with their numbers.</summary>
    static Dataset Spiral(int count)
    {
        float[,] points = new float[2 * count, 2];
        long[] arms = new long[2 * count];
        for (int i = 0; i < 2 * count; i++)
        {
            double radius = (i / 2 + 0.5) / count, angle = (4 * radius) + (Math.PI * (i % 2));
            (points[i, 0], points[i, 1]) = ((float)(radius * Math.Cos(angle)), (float)(radius * Math.Sin(angle)));
            arms[i] = i % 2;
        }
        return new Dataset(Tensor.From(points), Tensor.From(arms));
    }

    [Test]
    public void Mlp_learns_spiral_from_shuffled_batches()
    {
        Generator generator = new(2);
        Dataset data = Spiral(100);
        Sequential model = [new Linear(2, 32, generator: generator), new Tanh(), new Linear(32, 32, generator: generator), new Relu(), new Linear(32, 2, generator: generator)];
        AdamW adam = new(model.Parameters, learningRate: 0.01);
        Batches batches = Batches.Of(data, 50, shuffle: generator);
        for (int epoch = 0; epoch < 100; epoch++)
        {
            foreach ((Tensor inputs, Tensor labels) in batches)
            {
                using TapeScope scope = Tape.Scope();
                adam.ZeroGrad();
                Loss.CrossEntropy(model.Forward(inputs), labels).Backward();
                adam.Step();
            }
        }
        using RecordingSwitch noGrad = Tape.NoGrad();
        Tensor logits = model.Forward(data.Inputs);
        int right = Enumerable.Range(0, data.Count).Count(i => logits[i, 1] > logits[i, 0] == (data.Labels[i] == 1));
        Assert.That(right, Is.EqualTo(data.Count));
    }

    [Test]
    public void Convolution_net_learns_bars()
    {
        Generator generator = new(4);
        Tensor images = Tensor.Zeros([16, 1, 8, 8]);
        Span<float> pixels = images.AsWritableSpan<float>();
        for (int i = 0; i < 16; i++)
        {
            for (int k = 0; k < 8; k++) pixels[(64 * i) + (i % 2 == 0 ? (8 * (i / 2)) + k : (8 * k) + (i / 2))] = 1;
        }
        Tensor labels = Tensor.From(Enumerable.Range(0, 16).Select(i => (long)(i % 2)).ToArray());
        Sequential model =
        [
            new Conv2d(1, 4, 3, padding: 1, generator: generator), new Relu(), new MaxPool2d(2),
            new Conv2d(4, 4, 3, generator: generator), new Tanh(), new AvgPool2d(2), new Flatten(), new Linear(4, 2, generator: generator),
        ];
        Sgd sgd = new(model.Parameters, learningRate: 0.2, momentum: 0.9);
        double last = 0;
        for (int step = 0; step < 150; step++)
        {
            using TapeScope scope = Tape.Scope();
            sgd.ZeroGrad();
            Tensor loss = Loss.CrossEntropy(model.Forward(images), labels);
            loss.Backward();
            sgd.Step();
            last = loss.Item();
        }
        Assert.That(last, Is.LessThan(0.05));
    }

    [Test]
    public void Training_twice_from_a_seed_gives_the_same_bits()
    {
        static float[] Trained()
        {
            Generator generator = new(3);
            Sequential model = [new Linear(3, 5, generator: generator), new Dropout(0.2, generator), new Sigmoid(), new Linear(5, 2, generator: generator)];
            Sgd sgd = new(model.Parameters, 0.1, momentum: 0.9);
            for (int step = 0; step < 20; step++)
            {
                using TapeScope scope = Tape.Scope();
                sgd.ZeroGrad();
                Loss.Mse(model.Forward(Tensor.Normal([7, 3], generator)), Tensor.Ones([7, 2])).Backward();
                sgd.Step();
            }
            return [.. model.Parameters.SelectMany(parameter => parameter.ToArray<float>())];
        }
        float[] first = Trained(), second = Trained();
        Assert.That(second, Is.EqualTo(first));
    }
}
