using Autograd;
using Autograd.Nn;

Tensor x = Tensor.From(new float[,] { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } });
Tensor target = Tensor.From(new float[,] { { 0 }, { 1 }, { 1 }, { 0 } });

Generator random = new(seed: 1);
Sequential model = new(new Linear(2, 8, generator: random), new Tanh(), new Linear(8, 1, generator: random));
Sgd sgd = new(model.Parameters, learningRate: 0.1, momentum: 0.9);

for (int step = 1; step <= 100; step++)
{
    using TapeScope scope = Tape.Scope();         // recycles the memory of this step
    Tensor loss = Loss.Mse(model.Forward(x), target);
    sgd.ZeroGrad();
    loss.Backward();                              // the chain rule, from the loss back to every weight
    sgd.Step();
    if (step % 25 == 0) Console.WriteLine($"step {step}: loss {loss.Item():F4}");
}

foreach (float y in model.Forward(x).ToArray<float>()) Console.WriteLine(y.ToString("F2"));
