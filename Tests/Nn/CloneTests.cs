using Autograd.Nn;

namespace Autograd.Tests.Nn;

public sealed class CloneTests
{
    sealed class Net : Module
    {
        readonly Linear _first = new(2, 2);
        readonly Linear[] _blocks = [new(2, 2), new(2, 2)];
        readonly IReadOnlyList<Module> _more = [new Linear(2, 2), new Tanh()];
        readonly Dictionary<string, Module> _table = new() { ["norm"] = new BatchNorm1d(2) };
        readonly OrderedDictionary<string, Tensor> _tensors = new() { ["scale"] = Parameter(Tensor.Ones([2])) };
        readonly Dictionary<string, int> _words = new(StringComparer.OrdinalIgnoreCase) { ["a"] = 1 };
        readonly Dropout _dropout = new(0.5, new Generator(5));
        [Buffer] readonly Tensor[] _buffers = [Tensor.Zeros([2])];

        public Net()
        {
            Tied = new(2, 2, bias: false) { Weight = _first.Weight };
            Again = _first;
        }

        public Linear Tied { get; }

        public Linear Again { get; }

        public IReadOnlyDictionary<string, int> Words => _words;

        public Tensor Buffer => _buffers[0];

        protected override Tensor Compute(Tensor x)
        {
            x = _blocks[1].Forward(_blocks[0].Forward(Again.Forward(Tied.Forward(_first.Forward(x)))));
            foreach (Module module in _more) x = module.Forward(x);
            return _dropout.Forward(_table["norm"].Forward(x) * _tensors["scale"]);
        }
    }

    [Test]
    public void Clone_computes_the_same_with_tensors_of_its_own()
    {
        Net net = new();
        net.Parameters[0].Grad = Tensor.Ones(net.Parameters[0].Shape);
        Net copy = net.Clone();
        Tensor x = Tensor.Normal([8, 2], new Generator(1));
        Assert.That(copy.NamedParameters().Select(parameter => parameter.Name), Is.EqualTo(net.NamedParameters().Select(parameter => parameter.Name)));
        Assert.That(copy.StateDict().Values.Intersect(net.StateDict().Values), Is.Empty);
        Assert.That(copy.NamedModules().Select(module => module.Value).Intersect(net.NamedModules().Select(module => module.Value)), Is.Empty);
        Assert.That(copy.Generators.Intersect(net.Generators), Is.Empty);
        Assert.That(copy.Parameters.Select(parameter => parameter.Grad), Is.All.Null);
        Assert.That(copy.Parameters.Select(parameter => parameter.RequiresGrad), Is.All.True);
        Assert.That(copy.Words, Is.SameAs(net.Words));
        // Dropout too: the copy of the generator goes on from the same place.
        Assert.That(copy.Forward(x).ToArrayOfSingles(), Is.EqualTo(net.Forward(x).ToArrayOfSingles()));
    }

    [Test]
    public void Clone_keeps_sharing_inside_itself()
    {
        Net copy = new Net().Clone();
        Assert.That(copy.Tied.Weight, Is.SameAs(copy.Again.Weight));
        Assert.That(copy.NamedParameters().Select(parameter => parameter.Name), Has.None.StartsWith("tied").And.None.StartsWith("again"));
    }

    [Test]
    public void Clone_and_original_train_apart()
    {
        Net net = new(), copy = net.Clone();
        Sgd sgd = new(net.Parameters, 0.1);
        float[] before = copy.Parameters[0].Detach().ToArray<float>();
        net.Forward(Tensor.Normal([8, 2], new Generator(1))).Sum().Backward();
        sgd.Step();
        Assert.That(copy.Parameters[0].Detach().ToArray<float>(), Is.EqualTo(before));
        Assert.That(net.Parameters[0].Detach().ToArray<float>(), Is.Not.EqualTo(before));
        Assert.That(copy.NamedBuffers().First(buffer => buffer.Name.EndsWith("num_batches_tracked")).Value.Item(), Is.Zero);
        using (Tape.NoGrad()) copy.Buffer.Fill(3);
        Assert.That(net.Buffer[0], Is.Zero);
    }

    [Test]
    public void Clone_keeps_modes_and_frozen_parameters_and_forgets_hooks()
    {
        Net net = new();
        net.Eval();
        net.Tied.Freeze();
        int calls = 0;
        net.RegisterForwardHook((_, _) => { calls++; return null; });
        Net copy = net.Clone();
        Assert.That(copy.NamedModules().Select(module => module.Value.IsTraining), Is.All.False);
        Assert.That(copy.Parameters.Select(parameter => parameter.RequiresGrad), Is.EqualTo(net.Parameters.Select(parameter => parameter.RequiresGrad)));
        copy.Forward(Tensor.Ones([1, 2]));
        Assert.That(calls, Is.Zero);
        copy.Train();
        Assert.That(net.IsTraining, Is.False);
    }

    static IEnumerable<TestCaseData> Models()
    {
        yield return Model("Lstm", new Lstm(4, 3, 2, bidirectional: true), [5, 2, 4]);
        yield return Model("Transformer", new TransformerEncoder(2, () => new(4, 2, 8), new LayerNorm(4)), [2, 3, 4]);
        yield return Model("Residual", new Sequential(new Residual(new Conv2d(2, 2, 3, padding: 1)), new Branches(1, new Identity(), new Conv2d(2, 1, 1))), [1, 2, 4, 4]);
        yield return Model("PositionalEncoding", new PositionalEncoding(4, 10), [2, 3, 4]);
    }

    static TestCaseData Model(string name, Module model, int[] input) => new TestCaseData(model, input).SetArgDisplayNames(name);

    [TestCaseSource(nameof(Models))]
    public void Clone_of_layers_computes_the_same(Module model, int[] input)
    {
        model.Eval();
        Module copy = model.Clone();
        Assert.That(copy.GetType(), Is.EqualTo(model.GetType()));
        Tensor x = Tensor.Normal(Shape.Create(input), new Generator(1));
        Assert.That(copy.Forward(x).ToArrayOfSingles(), Is.EqualTo(model.Forward(x).ToArrayOfSingles()));
        // Gradients go to the copy alone.
        x.RequiresGrad = true;
        copy.Forward(x).Sum().Backward();
        Assert.That(model.Parameters.Select(parameter => parameter.Grad), Is.All.Null);
        Assert.That(copy.Parameters.Select(parameter => parameter.Grad), Is.All.Not.Null);
    }

    sealed class Chain : Module
    {
        public Chain? Next { get; set; }

        protected override Tensor Compute(Tensor x) => x;
    }

    [Test]
    public void Clone_of_a_deep_chain_and_of_a_ring_ends()
    {
        Chain chain = new();
        for (int i = 0; i < 2_000; i++) chain = new() { Next = chain };
        Assert.That(chain.Clone().NamedModules(), Has.Count.EqualTo(2_001));
        Chain ring = new();
        ring.Next = ring;
        Chain copy = ring.Clone();
        Assert.That(copy.Next, Is.SameAs(copy));
    }

    sealed class Captures : Module
    {
        readonly Linear _linear = new(2, 2);
        readonly Func<Tensor, Tensor> _function;

        public Captures() => _function = x => _linear.Forward(x);

        protected override Tensor Compute(Tensor x) => _function(x);
    }

    [Test]
    public void Clone_whose_closure_still_calls_the_original_is_an_error_when_it_computes()
    {
        Captures model = new();
        model.Forward(Tensor.Ones([1, 2]));
        Assert.That(() => model.Clone().Forward(Tensor.Ones([1, 2])), Throws.TypeOf<ModuleException>().With.Message.StartsWith(
            "Captures: what a module computes with it must hold, but Captures called a Linear"));
    }
}

static class Singles
{
    public static float[] ToArrayOfSingles(this Tensor tensor) => tensor.Detach().ToArray<float>();
}
