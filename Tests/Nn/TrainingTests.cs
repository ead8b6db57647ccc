using Autograd.Nn;

namespace Autograd.Tests.Nn;

public sealed class TrainingTests
{
    static Tensor MeanSquare(Tensor y, Tensor target)
    {
        Tensor difference = y - target;
        return (difference * difference).SumTo([]) / y.Count;
    }

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
            Tensor loss = MeanSquare(model.Forward(inputs), target);
            adam.ZeroGrad();
            loss.Backward();
            adam.Step();
            last = loss.Item();
        }
        Assert.That(last, Is.LessThan(1e-3));
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
                MeanSquare(model.Forward(Tensor.Normal([7, 3], generator)), Tensor.Ones([7, 2])).Backward();
                sgd.Step();
            }
            return [.. model.Parameters.SelectMany(parameter => parameter.ToArray<float>())];
        }
        float[] first = Trained(), second = Trained();
        Assert.That(second, Is.EqualTo(first));
    }
}
