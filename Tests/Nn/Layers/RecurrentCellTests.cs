using Autograd.Nn;

namespace Autograd.Tests.Nn.Layers;

/// <summary>Single steps of recurrent nets, against PyTorch 1.13 and against the layers that run over whole sequences.</summary>
public sealed class RecurrentCellTests
{
    const DType D = DType.Float64;

    // PyTorch, /usr/bin/python3: the parameter that is number i of weight_ih, weight_hh, bias_ih, bias_hh is ((torch.arange(n)*7 + 3*i) % 11 - 5).reshape(shape)/10 in
    // float64; x = [[0.5, -1, 0.25], [1.5, 0, -0.75]], h = [[0.1, -0.2], [0.3, 0.4]], c = [[0.5, -0.6], [0.7, -0.8]].
    static readonly double[] LstmH = [0.17323037111011466, -0.0874594081893903, 0.08913222637618028, -0.19271647800150604];
    static readonly double[] LstmC = [0.27452148305978374, -0.20972551956594918, 0.17440209442833, -0.8312715180121362];
    static readonly double[] LstmOfZeros = [-0.023940781286391988, 0.048759235952547476, -0.11329229237431462, -0.058970957476555806];
    static readonly double[] Gru = [0.06293348903162042, 0.09289908102575961, 0.07018361051921718, 0.2573836370659788];
    static readonly double[] GruOfZeros = [-0.011873046864654865, 0.19127844263839516, -0.13863694776639862, -0.04395597671997292];
    static readonly double[] Rnn = [-0.11942729853438588, -0.15377052226409263, 0.039978680311163604, 0.5262900314537109];
    static readonly double[] RnnOfZeros = [0.0, -0.22127846789844396, -0.09966799462495579, 0.5882592563981054];
    static readonly double[] RnnRelu = [0, 0, 0.040000000000000036, 0.5850000000000001];

    static readonly Tensor X = Tensor.From([0.5, -1, 0.25, 1.5, 0, -0.75], [2, 3]);
    static readonly Tensor H = Tensor.From([0.1, -0.2, 0.3, 0.4], [2, 2]), C = Tensor.From([0.5, -0.6, 0.7, -0.8], [2, 2]);

    static T Filled<T>(T cell) where T : ModuleBase
    {
        int number = 0;
        cell.LoadStateDict(cell.StateDict().ToDictionary(item => item.Key, item => Fill(item.Value.Shape, 3 * number++)));
        return cell;

        static Tensor Fill(Shape shape, int offset) =>
            Tensor.From([.. Enumerable.Range(0, shape.ElementCount).Select(k => (((k * 7) + offset) % 11 - 5) / 10.0)], shape);
    }

    static void AreEqual(Tensor actual, double[] expected) => Assert.That(actual.Detach().ToArray<double>(), Is.EqualTo(expected).Within(1e-15));

    [Test]
    public void LstmCell_steps_as_PyTorch_does()
    {
        LstmCell cell = Filled(new LstmCell(3, 2, dtype: D));
        (Tensor h, Tensor c) = cell.Forward(X, (H, C));
        AreEqual(h, LstmH);
        AreEqual(c, LstmC);
        AreEqual(cell.Forward(X, null).H, LstmOfZeros);
        AreEqual(cell.Forward(X.Select(0, 0), (H.Select(0, 0), C.Select(0, 0))).H, LstmH[..2]);
        AreEqual(cell.Forward(X.Select(0, 0), null).H, LstmOfZeros[..2]);
    }

    [Test]
    public void GruCell_steps_as_PyTorch_does()
    {
        GruCell cell = Filled(new GruCell(3, 2, dtype: D));
        AreEqual(cell.Forward(X, H), Gru);
        AreEqual(cell.Forward(X, null), GruOfZeros);
        AreEqual(cell.Forward(X.Select(0, 0), null), GruOfZeros[..2]);
    }

    [Test]
    public void RnnCell_steps_as_PyTorch_does()
    {
        RnnCell cell = Filled(new RnnCell(3, 2, dtype: D));
        AreEqual(cell.Forward(X, H), Rnn);
        AreEqual(cell.Forward(X, null), RnnOfZeros);
        AreEqual(Filled(new RnnCell(3, 2, relu: true, dtype: D)).Forward(X, H), RnnRelu);
    }

    [Test]
    public void Steps_of_a_cell_are_the_layer_and_train_every_parameter()
    {
        Lstm layer = new(3, 4, generator: new(1), dtype: D);
        LstmCell cell = new(3, 4, dtype: D);
        cell.LoadStateDict(layer.StateDict().ToDictionary(item => item.Key.Replace("_l0", ""), item => item.Value));
        Tensor sequence = Tensor.Normal([5, 2, 3], new(2), dtype: D);
        (Tensor H, Tensor C)? state = null;
        for (int t = 0; t < 5; t++) state = cell.Forward(sequence.Select(0, t), state);
        (_, Tensor h, Tensor c) = layer.Forward(sequence, null, null);
        AreEqual(state!.Value.H, h.Select(0, 0).Detach().ToArray<double>());
        AreEqual(state.Value.C, c.Select(0, 0).Detach().ToArray<double>());
        state.Value.H.Sum().Backward();
        h.Sum().Backward();
        foreach ((Tensor own, Tensor other) in cell.Parameters.Zip(layer.Parameters))
            Assert.That(own.Grad!.ToArray<double>(), Is.EqualTo(other.Grad!.ToArray<double>()).Within(1e-14));
    }

    [Test]
    public void Errors_name_the_step_and_a_hint()
    {
        Assert.That(new GruCell(3, 2, bias: false).Parameters, Has.Count.EqualTo(2));
        Assert.That(() => new GruCell(0, 2), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.EqualTo(
            "GruCell: inputs must be 1 or more, but it is 0. Pass the size of the input's axis, such as x.Shape[1]. (Parameter 'inputs')\nActual value was 0."));
        Assert.That(() => new GruCell(3, 2).Forward(null!, null), Throws.TypeOf<ArgumentNullException>().With.Message.EqualTo(
            "GruCell: x must be given, but it is null. Is it a Grad? That is null until Backward has reached its tensor. (Parameter 'x')"));
        Assert.That(() => new GruCell(3, 2).Forward(Tensor.Ones([1, 4]), null), Throws.TypeOf<ShapeException>().With.Message.StartsWith("GruCell: "));
    }
}
