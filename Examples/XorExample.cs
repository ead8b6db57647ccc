using Autograd.Nn;

namespace Autograd.Examples;

/// <summary>
/// The smallest network that needs a hidden layer learns exclusive-or.
/// Source: Rumelhart, Hinton and Williams, "Learning internal representations by error propagation", 1986.
/// </summary>
static class XorExample
{
    const double Learned = 0.01;

    public static int Run(int sweeps, ulong seed, CancellationToken interrupt)
    {
        Tensor x = Tensor.From(new float[,] { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } });
        Tensor t = Tensor.From(new float[,] { { 0 }, { 1 }, { 1 }, { 0 } });

        Generator random = new(seed);
        Sequential model = new(new Linear(2, 2), new Sigmoid(), new Linear(2, 1), new Sigmoid());
        foreach (Tensor parameter in model.Parameters) Init.Uniform(parameter, -0.5, 0.5, random);
        Sgd sgd = new(model.Parameters, learningRate: 0.5, momentum: 0.9);

        double error = double.PositiveInfinity;
        for (int sweep = 0; sweep < sweeps && error > Learned && !interrupt.IsCancellationRequested; sweep++)
        {
            using TapeScope step = Tape.Scope();
            Tensor y = model.Forward(x);
            Tensor loss = 0.5 * (t - y).Pow(2).Sum();
            if (sweep == 0) PrintTape(loss, model);

            sgd.ZeroGrad();
            loss.Backward();
            sgd.Step();

            error = loss.Item();
            if (sweep % 20 == 0 || error <= Learned) Console.WriteLine($"sweep {sweep,4}  ½Σ(t − y)² = {error:0.0000}  {Bar(error)}");
        }
        PrintTruthTable(model, x);
        if (interrupt.IsCancellationRequested) return Program.Interrupted;
        if (error <= Learned) return 0;
        Console.WriteLine("Not learned: a local minimum, or too few sweeps. Another --seed starts elsewhere.");
        return 1;
    }

    /// <summary>What the backward pass will walk in reverse: all that the loss was computed from, in the order of computation.</summary>
    static void PrintTape(Tensor loss, Module model)
    {
        IReadOnlyList<Node> tape = Tape.From(loss);
        Dictionary<Node, int> numbers = tape.Select((node, number) => (node, number)).ToDictionary();
        Dictionary<Node, string> names = model.NamedParameters().ToDictionary(parameter => parameter.Value.Node!, parameter => parameter.Name);
        Console.WriteLine("the tape of one step: number, operation, shape, inputs");
        foreach (Node node in tape)
        {
            IEnumerable<string> inputs = Enumerable.Range(0, node.InputCount).Select(i => node.Input(i) is { } input ? $"#{numbers[input]}" : "data");
            string from = node.IsLeaf ? names[node] : string.Join(", ", inputs);
            Console.WriteLine($"{$"#{numbers[node]}",5}  {node.Name,-10} {node.Shape,-8} {from}");
        }
        Console.WriteLine();
    }

    static void PrintTruthTable(Module model, Tensor x)
    {
        using RecordingSwitch noGrad = Tape.NoGrad();
        Tensor y = model.Forward(x);
        Console.WriteLine("\n a  b   a ⊕ b");
        for (int row = 0; row < x.Shape[0]; row++) Console.WriteLine($" {x[row, 0]}  {x[row, 1]}   {y[row, 0]:0.000} → {(y[row, 0] > 0.5 ? 1 : 0)}");
    }

    static string Bar(double error) => new('▇', (int)Math.Round(error * 60));
}
