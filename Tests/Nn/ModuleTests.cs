using Autograd.Nn;

namespace Autograd.Tests.Nn;

public sealed class ModuleTests
{
    class Base : Module
    {
        readonly Linear _fc1 = new(2, 3);

        protected override Tensor Compute(Tensor x) => _fc1.Forward(x);
    }

    sealed class Net : Base
    {
        public Tensor InProjWeight { get; set; } = Parameter(Tensor.Zeros([2, 2]));

        public Linear Fc2 { get; } = new(3, 1, bias: false);

        [Buffer] public Tensor RunningMean { get; set; } = Tensor.Zeros([3]);

        [ParameterName("other")] readonly Tensor _named = new LeafOf(1).Value;

        public Tensor Named => _named;
    }

    sealed record LeafOf(int Size)
    {
        public Tensor Value { get; } = Leaf(Size);
    }

    sealed class Holder : Module
    {
        public Tensor[] Weights = [Leaf(1), Leaf(2)];
        public Linear[] Blocks { get; } = [new(1, 1), new(1, 2)];
        public List<Module> More { get; } = [new Linear(1, 3, bias: false)];
        public Dictionary<string, Linear> Heads { get; } = new() { ["left"] = new(1, 4, bias: false) };
        public int[] Sizes = [1, 2];
        public string Name = "holder";
        public Tensor Constant = Tensor.Zeros([1]);
        public Tensor Result = Leaf(1) * 2;

        protected override Tensor Compute(Tensor x) => x;
    }

    sealed class Captured(Linear inner) : Module
    {
        protected override Tensor Compute(Tensor x) => inner.Forward(x);
    }

    sealed class Ring : Module
    {
        public Ring? Next { get; set; }

        public Tensor Weight { get; } = Leaf(1);

        protected override Tensor Compute(Tensor x) => x;
    }

    static Tensor Leaf(int size)
    {
        Tensor leaf = Tensor.Zeros([size]);
        leaf.RequiresGrad = true;
        return leaf;
    }

    static string[] Names(Module module) => [.. module.NamedParameters().Select(parameter => parameter.Name)];

    [Test]
    public void NamedParameters_own_before_children_and_base_class_first()
    {
        Assert.That(Names(new Net()), Is.EqualTo(new[] { "in_proj_weight", "other", "fc1.weight", "fc1.bias", "fc2.weight" }));
    }

    [Test]
    public void NamedBuffers_marked_tensors_only()
    {
        Net net = new();
        Assert.That(net.NamedBuffers(), Is.EqualTo(new[] { ("running_mean", net.RunningMean) }));
        Assert.That(new Holder().Buffers, Is.Empty);
    }

    [Test]
    public void NamedParameters_collections_are_looked_into()
    {
        Assert.That(Names(new Holder()), Is.EqualTo(new[]
        {
            "weights.0", "weights.1", "blocks.0.weight", "blocks.0.bias", "blocks.1.weight", "blocks.1.bias", "more.0.weight", "heads.left.weight",
        }));
    }

    [Test]
    public void NamedParameters_captured_constructor_parameter_is_seen() =>
        Assert.That(Names(new Captured(new Linear(1, 1))), Is.EqualTo(new[] { "inner.weight", "inner.bias" }));

    [Test]
    public void NamedParameters_sequential_numbers_its_modules()
    {
        Sequential model = [new Linear(2, 3), new Tanh(), new Sequential(new Linear(3, 1, bias: false))];
        Assert.That(Names(model), Is.EqualTo(new[] { "0.weight", "0.bias", "2.0.weight" }));
    }

    [Test]
    public void Parameters_shared_once_under_the_first_name()
    {
        Linear a = new(2, 2), b = new(2, 2, bias: false) { Weight = a.Weight };
        Sequential model = new(a, a, b);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Names(model), Is.EqualTo(new[] { "0.weight", "0.bias" }));
            Assert.That(model.Children, Is.EqualTo(new Module[] { a, b }));
            Assert.That(model.NamedModules().Select(module => module.Name), Is.EqualTo(new[] { "", "0", "2" }));
        }
    }

    [Test]
    public void Parameters_of_a_cycle_end()
    {
        Ring a = new(), b = new() { Next = a };
        a.Next = b;
        Assert.That(Names(a), Is.EqualTo(new[] { "weight", "next.weight" }));
    }

    [Test]
    public void Parameters_deep_chain_is_no_recursion()
    {
        Ring ring = new();
        for (int i = 0; i < 2_000; i++) ring = new() { Next = ring };
        Assert.That(ring.Parameters, Has.Count.EqualTo(2_001));
    }

    [TestCase("InProjWeight", "in_proj_weight")]
    [TestCase("Fc1", "fc1")]
    [TestCase("_fc1", "fc1")]
    [TestCase("_inProjWeight", "in_proj_weight")]
    [TestCase("WeightIhL0", "weight_ih_l0")]
    [TestCase("RNNCell", "rnn_cell")]
    [TestCase("W", "w")]
    [TestCase("Conv2dA", "conv2d_a")]
    [TestCase("already_snake", "already_snake")]
    public void Spell_follows_the_rule(string name, string expected) => Assert.That(ModuleMembers.Spell(name), Is.EqualTo(expected));

    [Test]
    public void Train_and_Eval_reach_all_modules()
    {
        Dropout inner = new();
        Sequential model = new(new Sequential(inner));
        model.Eval();
        Assert.That(model.NamedModules().Select(module => module.Value.IsTraining), Is.All.False);
        model.Train();
        Assert.That(inner.IsTraining, Is.True);
    }

    [Test]
    public void Freeze_parameters_stay_parameters_without_gradient()
    {
        Holder holder = new();
        string[] names = Names(holder);
        holder.Weights[0].Grad = Tensor.Ones([1]);
        holder.Freeze();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Names(holder), Is.EqualTo(names));
            Assert.That(holder.Parameters.Select(parameter => parameter.RequiresGrad), Is.All.False);
            Assert.That(holder.Weights[0].Grad, Is.Null);
        }
        holder.Unfreeze();
        Assert.That(holder.Parameters.Select(parameter => parameter.RequiresGrad), Is.All.True);
    }

    [Test]
    public void To_converts_everything_and_keeps_sharing()
    {
        Linear a = new(2, 2);
        Net net = new();
        Sequential model = new(a, new Linear(2, 2) { Weight = a.Weight }, net, new Holder());
        double first = a.Weight[1, 1];
        string[] names = Names(model);
        using (Tape.Scope()) model.To(DType.Float64);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Names(model), Is.EqualTo(names));
            Assert.That(model.Parameters.Select(parameter => parameter.DType), Is.All.EqualTo(DType.Float64));
            Assert.That(model.Parameters.Select(parameter => parameter.RequiresGrad), Is.All.True);
            Assert.That(net.RunningMean.DType, Is.EqualTo(DType.Float64));
            Assert.That(((Linear)model[1]).Weight, Is.SameAs(a.Weight));
            Assert.That(a.Weight[1, 1], Is.EqualTo(first));
        }
    }

    [Test]
    public void To_integers_throws() =>
        Assert.That(() => new Linear(1, 1).To(DType.Int64), Throws.TypeOf<DTypeException>().With.Message.EqualTo(
            "Module.To: the element type must be Float32 or Float64, but it is Int64. Pass DType.Float32, the type that layers have unless told otherwise."));

    [Test]
    public void ZeroGrad_clears_all()
    {
        Ring ring = new() { Next = new Ring() };
        foreach (Tensor parameter in ring.Parameters) parameter.Grad = Tensor.Ones([1]);
        ring.ZeroGrad();
        Assert.That(ring.Parameters.Select(parameter => parameter.Grad), Is.All.Null);
    }
}
