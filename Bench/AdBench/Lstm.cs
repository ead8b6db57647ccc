namespace Autograd.Bench.AdBench;

/// <summary>
/// The loss of a character model of LSTM layers whose weight matrices are diagonal.
/// Source: Srajer, Kukelova and Fitzgibbon 2018, "A benchmark of selected algorithmic differentiation tools", problem LSTM.
/// </summary>
/// <param name="Main">[2·layers, 4·bits]: for each layer a row of weights and one of biases, of the gates forget, in, out and change.</param>
/// <param name="Extra">[3, bits]: the weight of the input, the weight and the bias of the output.</param>
/// <param name="State">[2·layers, bits]: for each layer the hidden values and the cell at the start.</param>
/// <param name="Sequence">[characters, bits], of 0 and 1.</param>
sealed record Lstm(Tensor Main, Tensor Extra, Tensor State, Tensor Sequence)
{
    int Layers => State.Shape[0] / 2;

    int Bits => State.Shape[1];

    public Tensor[] Parameters => [Main, Extra];

    public string Size => $"l {Layers}, c {Sequence.Shape[0]}, b {Bits}";

    public static Lstm Read(string path)
    {
        var file = new NumberFile(path);
        int layers = file.Integer(), characters = file.Integer(), bits = file.Integer();
        Tensor main = file.Parameter(2 * layers, 4 * bits), extra = file.Parameter(3, bits);
        return new(main, extra, file.Tensor(2 * layers, bits), file.Tensor(characters, bits));
    }

    public Tensor Value()
    {
        Layer[] layers = [.. Enumerable.Range(0, Layers).Select(i => new Layer(Gates(2 * i), Gates(2 * i + 1), State.Select(0, 2 * i), State.Select(0, 2 * i + 1)))];
        Tensor[] steps = (Sequence.Slice(0, 0, -1) * Extra.Select(0, 0)).Unbind();
        for (int t = 0; t < steps.Length; t++)
        {
            foreach (Layer layer in layers) steps[t] = layer.Next(steps[t]);
        }
        Tensor y = Tensor.Stack(steps) * Extra.Select(0, 1) + Extra.Select(0, 2);
        Tensor logSum = (2 + y.Exp().Sum(1, keepAxis: true)).Log();
        return -(Sequence.Slice(0, 1, null) * (y - logSum)).Mean();
    }

    Tensor[] Gates(int row) => Main.Select(0, row).Split(Bits);

    sealed class Layer(Tensor[] weight, Tensor[] bias, Tensor hidden, Tensor cell)
    {
        Tensor _hidden = hidden, _cell = cell;

        // The gates forget and out see the input, in and change see the hidden values of the step before.
        public Tensor Next(Tensor x)
        {
            Tensor forget = (x * weight[0] + bias[0]).Sigmoid(), take = (_hidden * weight[1] + bias[1]).Sigmoid();
            Tensor give = (x * weight[2] + bias[2]).Sigmoid(), change = (_hidden * weight[3] + bias[3]).Tanh();
            _cell = _cell * forget + take * change;
            return _hidden = give * _cell.Tanh();
        }
    }
}
