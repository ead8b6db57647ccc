using System.Text.Json;
using Autograd.Nn;

namespace Autograd.Tests.Nn.Optim;

public sealed class OptimizerTests
{
    static Tensor Leaf(params double[] values)
    {
        Tensor leaf = Tensor.From(values);
        leaf.RequiresGrad = true;
        return leaf;
    }

    public static readonly (string Name, Func<Tensor[], Optimizer> Create)[] All =
    [
        ("Sgd", p => new Sgd(p, 0.1)),
        ("Sgd momentum", p => new Sgd(p, 0.1, 0.9, 0.1, weightDecay: 0.01)),
        ("Sgd Nesterov", p => new Sgd(p, 0.1, 0.9, nesterov: true)),
        ("Adam", p => new Adam(p, weightDecay: 0.01)),
        ("Adam amsgrad", p => new Adam(p, amsgrad: true)),
        ("AdamW", p => new AdamW(p)),
        ("RmsProp", p => new RmsProp(p)),
        ("RmsProp centered", p => new RmsProp(p, momentum: 0.5, centered: true)),
        ("Adagrad", p => new Adagrad(p)),
        ("Adadelta", p => new Adadelta(p)),
        ("Adamax", p => new Adamax(p)),
        ("NAdam", p => new NAdam(p, weightDecay: 0.01)),
        ("RAdam", p => new RAdam(p)),
        ("Rprop", p => new Rprop(p)),
        ("Lion", p => new Lion(p, weightDecay: 0.1)),
    ];

    static IEnumerable<TestCaseData> Optimizers() => All.Select(made => new TestCaseData(made.Create).SetArgDisplayNames(made.Name));

    [TestCaseSource(typeof(OptimizerCases), nameof(OptimizerCases.Fixture))]
    public void Step_follows_the_reference(JsonElement run) => Follow(run);

    [TestCaseSource(typeof(OptimizerCases), nameof(OptimizerCases.Golden))]
    public void Step_follows_the_golden_run(JsonElement run) => Follow(run);

    static void Follow(JsonElement run)
    {
        Dictionary<string, Tensor> parameters = [];
        foreach (JsonProperty start in run.GetProperty("init").EnumerateObject())
        {
            parameters[start.Name] = OptimizerCases.ReadTensor(start.Value);
            parameters[start.Name].RequiresGrad = true;
        }
        Optimizer optimizer = OptimizerCases.Create(run, parameters);
        int number = 0;
        foreach (JsonElement step in run.GetProperty("steps").EnumerateArray())
        {
            if (step.TryGetProperty("lr", out JsonElement rate)) optimizer.LearningRate = rate.GetDouble();
            optimizer.ZeroGrad();
            foreach (JsonProperty gradient in step.GetProperty("grads").EnumerateObject())
            {
                if (gradient.Value.ValueKind != JsonValueKind.Null) parameters[gradient.Name].Grad = OptimizerCases.ReadTensor(gradient.Value);
            }
            optimizer.Step();
            number++;
            foreach (JsonProperty expected in step.GetProperty("params").EnumerateObject())
            {
                double[] actual = parameters[expected.Name].ToArray<double>(), right = OptimizerCases.ReadTensor(expected.Value).ToArray<double>();
                double scale = Math.Max(1, right.Max(Math.Abs));
                for (int i = 0; i < right.Length; i++)
                    Assert.That(actual[i], Is.EqualTo(right[i]).Within((1e-9 * Math.Abs(right[i])) + (1e-11 * scale)), $"step {number}, {expected.Name}[{i}]");
            }
        }
    }

    [TestCaseSource(nameof(Optimizers))]
    public void Maximize_steps_as_down_the_negated_gradient(Func<Tensor[], Optimizer> create)
    {
        Tensor up = Leaf(0.3, -0.4), down = Leaf(0.3, -0.4);
        // An optimizer made from parameters has one group; the setting is a group's.
        Optimizer climbing = create([Leaf(0)]), falling = create([down]);
        climbing.AddGroup(new ParameterGroup([up]) { Maximize = true, Momentum = falling.Groups[0].Momentum });
        for (int step = 1; step <= 3; step++)
        {
            up.Grad = Tensor.From([0.1 * step, -0.2]);
            down.Grad = Tensor.From([-0.1 * step, 0.2]);
            climbing.Step();
            falling.Step();
        }
        Assert.That(up.ToArray<double>(), Is.EqualTo(down.ToArray<double>()));
        Assert.That(up.ToArray<double>(), Is.Not.EqualTo(new[] { 0.3, -0.4 }));
    }

    [TestCaseSource(nameof(Optimizers))]
    public void Step_value_does_not_depend_on_its_position(Func<Tensor[], Optimizer> create)
    {
        foreach (int count in new[] { 1, 7, 8, 15, 16, 17, 33 })
        {
            Tensor wide = Tensor.Full([count], 0.3), narrow = Tensor.Full([1], 0.3);
            wide.RequiresGrad = narrow.RequiresGrad = true;
            Optimizer optimizer = create([wide, narrow]);
            for (int step = 0; step < 4; step++)
            {
                wide.Grad = Tensor.Full([count], 0.1 * step + 0.07);
                narrow.Grad = Tensor.Full([1], 0.1 * step + 0.07);
                optimizer.Step();
            }
            Assert.That(wide.ToArray<float>(), Is.All.EqualTo(narrow.ToArray<float>()[0]));
        }
    }

    [TestCaseSource(nameof(Optimizers))]
    public void Step_null_gradient_leaves_parameter_and_state(Func<Tensor[], Optimizer> create)
    {
        Tensor skipped = Leaf(1, 2), plain = Leaf(1, 2);
        Optimizer first = create([skipped]), second = create([plain]);
        foreach (double? gradient in new double?[] { 0.5, null, -1, null, 2 })
        {
            skipped.Grad = plain.Grad = null;
            if (gradient is { } value) skipped.Grad = plain.Grad = Tensor.Full([2], value, DType.Float64);
            first.Step();
            if (gradient is not null) second.Step();
            Assert.That(skipped.ToArray<double>(), Is.EqualTo(plain.ToArray<double>()));
        }
    }

    [TestCaseSource(nameof(Optimizers))]
    public void Step_allocates_nothing_once_warm(Func<Tensor[], Optimizer> create)
    {
        Tensor a = Tensor.Ones([3, 5]), b = Tensor.Ones([40]);
        a.RequiresGrad = b.RequiresGrad = true;
        (a.Grad, b.Grad) = (Tensor.Ones([3, 5]), Tensor.Ones([40]));
        Optimizer optimizer = create([a, b]);
        for (int i = 0; i < 3; i++) optimizer.Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) optimizer.Step();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [TestCaseSource(nameof(Optimizers))]
    public void Step_finds_the_bottom_of_a_bowl(Func<Tensor[], Optimizer> create)
    {
        Tensor x = Leaf(1, -2);
        Optimizer optimizer = create([x]);
        // Lion goes on by the rate at the bottom; Adadelta finds its own sizes.
        optimizer.LearningRate = optimizer switch { Lion => 0.01, Adadelta => 2, _ => 0.1 };
        for (int i = 0; i < 500; i++)
        {
            optimizer.ZeroGrad();
            (x * x).SumTo([]).Backward();
            optimizer.Step();
        }
        Assert.That(x.ToArray<double>().Select(Math.Abs), Is.All.LessThan(0.06));
    }

    [Test]
    public void Step_zero_gradient_is_stepped_by_momentum()
    {
        Tensor x = Leaf(1);
        Sgd sgd = new([x], learningRate: 0.5, momentum: 0.5);
        x.Grad = Tensor.From([1.0]);
        sgd.Step();
        x.Grad = Tensor.From([0.0]);
        sgd.Step();
        Assert.That(x[0], Is.EqualTo(1 - 0.5 - 0.25));
    }

    [Test]
    public void Step_frozen_parameter_stays_and_thaws()
    {
        Linear layer = new(1, 1, dtype: DType.Float64);
        layer.Freeze();
        Sgd sgd = new(layer.Parameters, 0.1);
        double start = layer.Weight[0, 0];
        sgd.Step();
        Assert.That(layer.Weight[0, 0], Is.EqualTo(start));
        layer.Unfreeze();
        layer.Weight.Grad = Tensor.Ones([1, 1], DType.Float64);
        sgd.Step();
        Assert.That(layer.Weight[0, 0], Is.EqualTo(start - 0.1).Within(1e-15));
    }

    [Test]
    public void Step_before_backward_of_an_older_graph_is_an_error()
    {
        Tensor x = Leaf(3);
        Tensor loss = (x * x).SumTo([]);
        Sgd sgd = new([x], 0.1);
        x.Grad = Tensor.From([1.0]);
        sgd.Step();
        Assert.That(() => loss.Backward(), Throws.TypeOf<GraphException>().With.Message.Contains("changed in place"));
    }

    [Test]
    public void LearningRate_sets_all_groups()
    {
        Sgd sgd = new([new ParameterGroup([Leaf(1)]) { LearningRate = 0.5 }, new ParameterGroup([Leaf(1)])], 0.1);
        Assert.That(sgd.Groups.Select(group => group.LearningRate), Is.EqualTo(new[] { 0.5, 0.1 }));
        sgd.LearningRate = 0.2;
        Assert.That(sgd.Groups.Select(group => group.LearningRate), Is.All.EqualTo(0.2));
    }

    [Test]
    public void Optimizer_bad_parameters_are_errors()
    {
        Tensor x = Leaf(1);
        Assert.That(() => new Sgd(Array.Empty<Tensor>(), 0.1), Throws.TypeOf<ArgumentException>().With.Message.EqualTo(
            "Sgd: at least one parameter is needed, but the list is empty. Does the model hold its layers in fields or properties?"));
        Assert.That(() => new Adam([x * x]), Throws.TypeOf<GraphException>().With.Message.EqualTo(
            "Adam: parameters must be leaves, but parameter 0 of shape [1] is the result of Multiply. Pass the tensor it was computed from."));
        Assert.That(() => new Adam([x, Tensor.Zeros([2])]), Throws.TypeOf<GraphException>().With.Message.EqualTo(
            "Adam: parameters must require gradients, but parameter 1, Float32 [2], does not. Set RequiresGrad first."));
        Assert.That(() => new Adam([x, x]), Throws.TypeOf<ArgumentException>().With.Message.EqualTo(
            "Adam: a parameter must be given once, but parameter 1 of shape [1] was given before and would be stepped twice. Pass each once, such as by parameters.Distinct()."));
        Assert.That(() => new Sgd([x], -1), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.StartsWith(
            "Sgd: learningRate must be 0 or more, but it is -1. Pass a small number, such as 0.001; to climb, set ParameterGroup.Maximize. (Parameter 'learningRate')\nActual value was -1."));
        Assert.That(() => new Sgd([x], 0.1, nesterov: true), Throws.TypeOf<ArgumentException>().With.Message.EqualTo(
            "Sgd: Nesterov's form needs a momentum above 0 and no dampening, but momentum is 0 and dampening 0. Pass momentum: 0.9, dampening: 0, or leave nesterov out."));
        Assert.That(() => new AdamW([x], beta2: 1), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.StartsWith(
            "AdamW: beta2 must be in [0, 1), but it is 1. Pass 0.9 to remember about ten steps, 0 for none. (Parameter 'beta2')\nActual value was 1."));
    }
}
