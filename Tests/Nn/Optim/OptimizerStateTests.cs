using Autograd.Nn;
using Autograd.Nn.Data;
using Autograd.Tests.Nn.Data;

namespace Autograd.Tests.Nn.Optim;

/// <summary>Optimizers, schedulers and sources of random numbers go on from a saved state as if nothing had happened, to the bit.</summary>
public sealed class OptimizerStateTests
{
    const int Before = 5, After = 5;

    static Tensor[] Parameters(DType dtype)
    {
        Generator random = new(3);
        Tensor[] parameters = [Tensor.Normal([3, 5], random, dtype: dtype), Tensor.Normal([4], random, dtype: dtype), Tensor.Normal([2, 2], random, dtype: dtype)];
        foreach (Tensor parameter in parameters) parameter.RequiresGrad = true;
        return parameters;
    }

    static IEnumerable<TestCaseData> Optimizers() =>
        from made in OptimizerTests.All
        from dtype in new[] { DType.Float32, DType.Float64 }
        select new TestCaseData(made.Create, dtype).SetArgDisplayNames(made.Name, $"{dtype}");

    [TestCaseSource(nameof(Optimizers))]
    public void Load_goes_on_to_the_bit(Func<Tensor[], Optimizer> create, DType dtype)
    {
        using TempFolder folder = new();
        string path = Path.Combine(folder.Root, "optimizer.safetensors");
        Tensor[] unbroken = Parameters(dtype), resumed = Parameters(dtype), forgetful = Parameters(dtype);
        Optimizer first = create(unbroken), second = create(resumed), third = create(forgetful);
        for (int step = 0; step < Before; step++) Step(first, unbroken, step);
        Safetensors.Write(path, first.StateDict());
        Copy(unbroken, resumed);
        Copy(unbroken, forgetful);
        second.LoadStateDict(Safetensors.Read(path));
        for (int step = Before; step < Before + After; step++)
        {
            Step(first, unbroken, step);
            Step(second, resumed, step);
            Step(third, forgetful, step);
        }
        for (int i = 0; i < resumed.Length; i++) Assert.That(Values(resumed[i]), Is.EqualTo(Values(unbroken[i])));
        // Without the state it ends elsewhere, unless there is nothing to remember.
        bool remembers = first.StateDict().Keys.Any(name => name.StartsWith("parameters") && !name.EndsWith("steps"));
        Assert.That(Values(forgetful[0]).SequenceEqual(Values(unbroken[0])), Is.EqualTo(!remembers));
    }

    static void Copy(Tensor[] from, Tensor[] to)
    {
        using RecordingSwitch _ = Tape.NoGrad();
        for (int i = 0; i < from.Length; i++) to[i].CopyFrom(from[i]);
    }

    /// <summary>A step with gradients that depend on step and parameter alone; the last parameter has none in every other step.</summary>
    static void Step(Optimizer optimizer, Tensor[] parameters, int step)
    {
        optimizer.ZeroGrad();
        for (int i = 0; i < parameters.Length; i++)
            parameters[i].Grad = i == 2 && step % 2 == 0 ? null : Tensor.Normal(parameters[i].Shape, new Generator((ulong)((10 * step) + i)), dtype: parameters[i].DType);
        optimizer.Step();
    }

    static double[] Values(Tensor tensor) => tensor.Detach().Cast(DType.Float64).ToArray<double>();

    [Test]
    public void Load_takes_the_settings_of_groups()
    {
        Tensor[] parameters = Parameters(DType.Float64);
        Sgd first = new([new ParameterGroup([parameters[0]]) { LearningRate = 0.3, Momentum = 0.7 }, new([parameters[1]]) { WeightDecay = 0.2 }], 0.1);
        Sgd second = new([new ParameterGroup([parameters[0]]), new([parameters[1]])], 0.5);
        second.LoadStateDict(first.StateDict());
        Assert.That(second.Groups.Select(group => (group.LearningRate, group.Momentum, group.WeightDecay)), Is.EqualTo(first.Groups.Select(group => (group.LearningRate, group.Momentum, group.WeightDecay))));
    }

    [Test]
    public void Load_that_does_not_fit_lists_all_and_changes_nothing()
    {
        Tensor[] parameters = Parameters(DType.Float64);
        Adam adam = new(parameters);
        Step(adam, parameters, 1);
        Sgd sgd = new(parameters[..2], 0.5, momentum: 0.9);
        Assert.That(() => sgd.LoadStateDict(adam.StateDict()), Throws.TypeOf<StateMismatchException>().With.Message.EqualTo(
            """
            LoadStateDict: the saved values do not fit the Sgd: 0 missing (-), 7 unknown (+), 0 of another shape or type (!).
              + parameters.0.mean Float64 [3, 5]
              + parameters.0.square Float64 [3, 5]
              + parameters.1.mean Float64 [4]
              + parameters.1.square Float64 [4]
              + parameters.2.steps Int64 []
              + parameters.2.mean Float64 [2, 2]
              + parameters.2.square Float64 [2, 2]
            Make the Sgd like the one that was saved.
            """.ReplaceLineEndings("\n")));
        Assert.That(sgd.LearningRate, Is.EqualTo(0.5));
        Adam other = new([parameters[1], parameters[0]]);
        Assert.That(() => other.LoadStateDict(new Adam([parameters[0]]).StateDict()), Throws.TypeOf<StateMismatchException>().With.Message.EqualTo(
            "LoadStateDict: the saved values do not fit the Adam: 1 missing (-), 0 unknown (+), 0 of another shape or type (!).\n  - parameters.1.steps Int64 []\nMake the Adam like the one that was saved."));
    }

    [Test]
    public void Lbfgs_goes_on_to_the_bit()
    {
        Tensor[] unbroken = [Leaf(-1.2), Leaf(1)], resumed = [Leaf(0), Leaf(0)];
        Lbfgs first = new(unbroken, iterations: 4, history: 3), second = new(resumed, iterations: 4, history: 3);
        first.Step(() => Valley(unbroken));
        second.LoadStateDict(first.StateDict());
        Copy(unbroken, resumed);
        Assert.That(second.StateDict()["steps"].Shape.Sizes.ToArray(), Is.EqualTo(new[] { 3, 2 }));
        for (int step = 0; step < 3; step++) Assert.That(second.Step(() => Valley(resumed)), Is.EqualTo(first.Step(() => Valley(unbroken))));
        Assert.That(resumed.Select(x => x[0]), Is.EqualTo(unbroken.Select(x => x[0])));
        Assert.That(() => new Lbfgs([unbroken[0]]).LoadStateDict(first.StateDict()), Throws.TypeOf<StateMismatchException>());

        static Tensor Leaf(double value)
        {
            Tensor leaf = Tensor.From([value]);
            leaf.RequiresGrad = true;
            return leaf;
        }

        static Tensor Valley(Tensor[] x) => (((x[1] - (x[0] * x[0])).Square() * 100) + (1 - x[0]).Square()).Sum();
    }

    [Test]
    public void Scheduler_goes_on_with_its_own_initial_rates()
    {
        Tensor[] parameters = Parameters(DType.Float32);
        Sgd sgd = new(parameters, 0.1), resumed = new(parameters, 0.7);
        Scheduler first = new(sgd, Schedule.Cosine(10)), second = new(resumed, Schedule.Cosine(10));
        for (int i = 0; i < Before; i++) first.Step();
        second.LoadStateDict(first.StateDict());
        Assert.That(resumed.LearningRate, Is.EqualTo(sgd.LearningRate));
        for (int i = 0; i < After; i++)
        {
            first.Step();
            second.Step();
            Assert.That(resumed.LearningRate, Is.EqualTo(sgd.LearningRate));
        }
    }

    [Test]
    public void PlateauScheduler_goes_on()
    {
        double[] measures = [1, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9];
        for (int broken = 0; broken < measures.Length; broken++)
        {
            Sgd sgd = new(Parameters(DType.Float32), 0.1);
            PlateauScheduler first = new(sgd, patience: 1, cooldown: 1), second = new(sgd, patience: 1, cooldown: 1);
            for (int i = 0; i < broken; i++) first.Step(measures[i]);
            second.LoadStateDict(first.StateDict());
            for (int i = broken; i < measures.Length; i++) second.Step(measures[i]);
            Assert.That(sgd.LearningRate, Is.EqualTo(1e-3).Within(1e-9), $"broken off after {broken}");
        }
    }

    [Test]
    public void RandomState_puts_generators_where_they_were()
    {
        Generator given = new(ulong.MaxValue), other = new(2);
        Sequential model = new(new Dropout(0.5, given), new Dropout(0.5), new MultiHeadAttention(4, 2, dropout: 0.5, generator: given));
        Assert.That(model.Generators, Is.EqualTo(new[] { given }));
        RandomState state = new([Generator.Default, .. model.Generators, other, given]);
        for (int i = 0; i < 7; i++) (_, _, _) = (given.NextBits(), other.NextBits(), Generator.Default.NextBits());
        OrderedDictionary<string, Tensor> saved = state.StateDict();
        float[] first = model[1].Forward(model[0].Forward(Tensor.Ones([20]))).ToArray<float>();
        state.LoadStateDict(saved);
        Assert.That(model[1].Forward(model[0].Forward(Tensor.Ones([20]))).ToArray<float>(), Is.EqualTo(first));
        Assert.That(saved.Keys, Is.EqualTo(new[] { "0", "1", "2" }));
    }

    [Test]
    public void AddGroup_steps_and_schedules_the_new_parameters()
    {
        Tensor[] parameters = Parameters(DType.Float64);
        Sgd sgd = new(parameters[..1], 0.1);
        Scheduler scheduler = new(sgd, Schedule.Exponential(0.5));
        scheduler.Step();
        sgd.AddGroup(new([parameters[1]]) { LearningRate = 0.4 });
        sgd.AddGroup(new([parameters[2]]));
        Assert.That(sgd.Groups.Select(group => group.LearningRate), Is.EqualTo(new[] { 0.05, 0.4, 0.1 }));
        double start = parameters[1][0];
        parameters[1].Grad = Tensor.Ones([4], DType.Float64);
        sgd.Step();
        Assert.That(parameters[1][0], Is.EqualTo(start - 0.4));
        scheduler.Step();
        Assert.That(sgd.Groups.Select(group => group.LearningRate), Is.EqualTo(new[] { 0.025, 0.1, 0.025 }));
        Assert.That(() => sgd.AddGroup(new([parameters[0]])), Throws.TypeOf<ArgumentException>().With.Message.StartsWith("Sgd: a parameter must be given once, but parameter 3"));
        Assert.That(sgd.Groups, Has.Count.EqualTo(3));
        Assert.That(() => new Sgd(parameters[..1], 0.1, 0.9, nesterov: true).AddGroup(new([parameters[1]]) { Momentum = 0 }), Throws.TypeOf<ArgumentException>().With.Message.EqualTo(
            "Sgd: Nesterov's form needs a momentum above 0 and no dampening, but momentum is 0 and dampening 0. Pass momentum: 0.9, dampening: 0, or leave nesterov out."));
    }
}
