using Autograd.Nn;
using Autograd.Nn.Data;
using Autograd.Tests.Nn.Data;

namespace Autograd.Tests.Nn;

/// <summary>Saved and loaded state, and models that PyTorch trained.</summary>
public sealed class StateTests
{
    sealed class LeNet5 : Module
    {
        public Conv2d Conv1 { get; } = new(1, 6, 5, padding: 2);

        public Conv2d Conv2 { get; } = new(6, 16, 5);

        public Linear Fc1 { get; } = new(400, 120);

        public Linear Fc2 { get; } = new(120, 84);

        public Linear Fc3 { get; } = new(84, 10);

        protected override Tensor Compute(Tensor x)
        {
            x = Conv1.Forward(x).Relu().MaxPool2d(2);
            x = Conv2.Forward(x).Relu().MaxPool2d(2).Flatten(1, -1);
            return Fc3.Forward(Fc2.Forward(Fc1.Forward(x).Relu()).Relu());
        }
    }

    sealed class LstmRows : Module
    {
        public Lstm Lstm { get; } = new(28, 48, 2, batchFirst: true, bidirectional: true);

        public Linear Head { get; } = new(96, 10);

        protected override Tensor Compute(Tensor x) => Head.Forward(Lstm.Forward(x.Reshape(-1, 28, 28)).Select(1, -1));
    }

    static IEnumerable<TestCaseData> Trained() =>
    [
        new TestCaseData("lenet5", (Func<Module>)(() => new LeNet5()), 61_706, 0.9758).SetArgDisplayNames("lenet5"),
        new TestCaseData("lstm_rows", (Func<Module>)(() => new LstmRows()), 86_986, 0.9071).SetArgDisplayNames("lstm_rows"),
    ];

    [TestCaseSource(nameof(Trained))]
    public void Load_of_a_model_that_PyTorch_trained_gives_its_logits(string name, Func<Module> make, int parameters, double accuracy)
    {
        string folder = DataFiles.Real("..", "shared", "checkpoints");
        Dataset digits = Mnist.LoadPart(DataFiles.Shared("mnist"), MnistPart.Test).ToDataset(0.1307, 0.3081);
        Tensor expected = Safetensors.Read(Path.Combine(folder, name + ".expected.safetensors"))["logits"];
        using RecordingSwitch _ = Tape.NoGrad();
        foreach (string ending in new[] { ".safetensors", ".npz" })
        {
            Module model = make();
            model.Load(Path.Combine(folder, name + ending));
            model.Eval();
            Assert.That(model.Parameters.Sum(parameter => parameter.Count), Is.EqualTo(parameters));
            float[] logits = model.Forward(digits.Inputs.Slice(0, 0, 32)).ToArray<float>();
            Assert.That(logits, Is.EqualTo(expected.ToArray<float>()).Within(1e-4f), ending);
            if (ending == ".npz") continue;
            Assert.That(Accuracy(model, digits), Is.EqualTo(accuracy).Within(1e-9));
        }
    }

    static double Accuracy(Module model, Dataset digits)
    {
        long[] labels = digits.Labels!.ToArray<long>();
        int right = 0;
        for (int start = 0; start < labels.Length; start += 500)
        {
            using TapeScope scope = Tape.Scope();
            long[] answers = model.Forward(digits.Inputs.Slice(0, start, start + 500)).ArgMax(1).ToArray<long>();
            right += answers.Where((answer, i) => answer == labels[start + i]).Count();
        }
        return right / (double)labels.Length;
    }

    [TestCase("x.safetensors")]
    [TestCase("x.npz")]
    public void SaveAndLoad_give_the_same_model(string name)
    {
        using TempFolder folder = new();
        string path = Path.Combine(folder.Root, name);
        Sequential first = new(new Conv2d(1, 2, 3), new BatchNorm2d(2)), second = new(new Conv2d(1, 2, 3), new BatchNorm2d(2));
        first.Forward(Tensor.Normal([3, 1, 5, 5], new Generator(1)));
        first.Save(path);
        second.Load(path);
        foreach ((string key, Tensor value) in first.StateDict())
            Assert.That(second.StateDict()[key].Cast(DType.Float64).ToArray<double>(), Is.EqualTo(value.Cast(DType.Float64).ToArray<double>()), key);
        Assert.That(((BatchNorm2d)second[1]).NumBatchesTracked!.Item(), Is.EqualTo(1));
        Assert.That(second.Parameters.Select(parameter => parameter.RequiresGrad), Is.All.True);
        Assert.That(Directory.GetFiles(folder.Root), Has.Length.EqualTo(1));
    }

    [Test]
    public void LoadStateDict_that_does_not_fit_lists_all_and_changes_nothing()
    {
        Linear layer = new(2, 3);
        float[] before = layer.Weight.ToArray<float>();
        Dictionary<string, Tensor> state = new() { ["weight"] = Tensor.Zeros([3, 4]), ["biases"] = Tensor.Zeros([3]) };
        Assert.That(() => layer.LoadStateDict(state), Throws.TypeOf<StateMismatchException>().With.Message.EqualTo(
            """
            LoadStateDict: the saved values do not fit the module: 1 missing (-), 1 unknown (+), 1 of another shape or type (!).
              - bias Float32 [3]
              + biases Float32 [3]
              ! weight Float32 [3, 2], saved as Float32 [3, 4]
            Make the layers with the sizes and types that were saved.
            """.ReplaceLineEndings("\n")));
        StateMismatchException error = Assert.Throws<StateMismatchException>(() => layer.LoadStateDict(new Dictionary<string, Tensor> { ["weight"] = Tensor.Zeros([3, 2]) }))!;
        Assert.That(error.Hint, Is.EqualTo("Pass strict: false to leave what is missing as it is."));
        error = Assert.Throws<StateMismatchException>(() => layer.LoadStateDict(new Dictionary<string, Tensor>(layer.StateDict()) { ["scale"] = Tensor.Zeros([1]) }))!;
        Assert.That(error.Hint, Is.EqualTo("Pass strict: false to leave out what is unknown."));
        error = Assert.Throws<StateMismatchException>(() => layer.LoadStateDict(new Dictionary<string, Tensor> { ["weight"] = Tensor.Zeros([3, 2]), ["b"] = Tensor.Zeros([3]) }))!;
        Assert.That(error.Hint, Is.EqualTo("Rename what is unknown to what is missing, or pass strict: false to take what fits."));
        Assert.That(layer.Weight.ToArray<float>(), Is.EqualTo(before));
        state["weight"] = Tensor.Full([3, 2], 5, DType.Float64);
        layer.LoadStateDict(state, strict: false);
        Assert.That(layer.Weight.ToArray<float>(), Is.All.EqualTo(5));
    }

    [Test]
    public void LoadStateDict_of_a_shared_tensor_takes_any_of_its_names()
    {
        Linear a = new(2, 2, bias: false);
        Sequential model = new(a, new Linear(2, 2, bias: false) { Weight = a.Weight });
        Assert.That(model.StateDict().Keys, Is.EqualTo(new[] { "0.weight" }));
        model.LoadStateDict(new Dictionary<string, Tensor> { ["1.weight"] = Tensor.Ones([2, 2]) });
        Assert.That(a.Weight.ToArray<float>(), Is.All.EqualTo(1));
        model.LoadStateDict(new Dictionary<string, Tensor> { ["0.weight"] = Tensor.Zeros([2, 2]), ["1.weight"] = Tensor.Zeros([2, 2]) });
        Assert.That(a.Weight.ToArray<float>(), Is.All.Zero);
    }
}
