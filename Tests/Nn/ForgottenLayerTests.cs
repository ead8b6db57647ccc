using Autograd.Nn;

namespace Autograd.Tests.Nn;

/// <summary>Every place where a layer or a parameter can be kept: it is found, or an error says so.</summary>
public sealed class ForgottenLayerTests
{
    const string HoldIt = "Hold it in a field, an array, a List or a Dictionary of a module";

    static readonly Linear Static;
    static readonly Sequential Teachers;

    // Made before any module computes, which an initializer would not promise.
    static ForgottenLayerTests()
    {
        Static = new(2, 2);
        Teachers = new(new Linear(2, 2), new Relu());
        Teachers.Freeze();
    }

    static Tensor Weight()
    {
        Tensor weight = Tensor.Ones([2]);
        weight.RequiresGrad = true;
        return weight;
    }

    /// <summary>A class of the user's own that is no module.</summary>
    sealed class Block
    {
        public Linear Linear { get; } = new(2, 2);
    }

    struct Pair
    {
        public Linear First;
    }

    interface IScorer
    {
        Tensor Forward(Tensor x);
    }

    sealed class Scorer : Module, IScorer
    {
        readonly Linear _linear = new(2, 2);

        protected override Tensor Compute(Tensor x) => _linear.Forward(x);
    }

    // ---- Found.

    class Parent : Module
    {
        readonly Linear _hidden = new(2, 2, bias: false);

        protected override Tensor Compute(Tensor x) => _hidden.Forward(x);
    }

    sealed class Everything : Parent
    {
        readonly IScorer _byInterface = new Scorer();
        readonly object _byObject = new Linear(2, 2, bias: false);
        readonly Linear? _nullable = new(2, 2, bias: false);
        readonly Linear[][] _arrays = [[new(2, 2, bias: false)], [new(2, 2, bias: false)]];
        readonly Dictionary<string, List<Module>> _tables = new() { ["a"] = [new Linear(2, 2, bias: false)] };
        readonly IReadOnlyList<Linear> _list = [new(2, 2, bias: false)];
        readonly IEnumerable<Tensor> _weights = [Weight()];

        protected override Tensor Compute(Tensor x)
        {
            x = base.Compute(_byInterface.Forward(x));
            x = ((Linear)_byObject).Forward(_nullable!.Forward(x));
            return _arrays[1][0].Forward(_arrays[0][0].Forward(_list[0].Forward(_tables["a"][0].Forward(x)))) * _weights.First();
        }
    }

    [Test]
    public void Fields_of_any_visibility_type_and_depth_are_found()
    {
        Everything model = new();
        Assert.That(model.NamedParameters().Select(parameter => parameter.Name), Is.EqualTo(new[]
        {
            "weights.0", "hidden.weight", "by_interface.linear.weight", "by_interface.linear.bias", "by_object.weight", "nullable.weight",
            "arrays.0.0.weight", "arrays.1.0.weight", "tables.a.0.weight", "list.0.weight",
        }));
        model.Forward(Tensor.Ones([1, 2])).Sum().Backward();
        Assert.That(model.Parameters.Select(parameter => parameter.Grad), Is.All.Not.Null);
    }

    // ---- Refused when the fields are looked at.

    sealed class Tuples : Module
    {
        readonly (Linear First, Linear Second) _pair = (new(2, 2), new(2, 2));

        protected override Tensor Compute(Tensor x) => _pair.Second.Forward(_pair.First.Forward(x));
    }

    sealed class Sets : Module
    {
        public HashSet<Linear> Layers { get; } = [new(2, 2)];

        protected override Tensor Compute(Tensor x) => Layers.First().Forward(x);
    }

    sealed class Tables : Module
    {
        readonly Linear[,] _grid = { { new(2, 2) } };

        protected override Tensor Compute(Tensor x) => _grid[0, 0].Forward(x);
    }

    sealed class ListsOfTuples : Module
    {
        readonly List<(string Name, Linear Layer)> _named = [("a", new(2, 2))];

        protected override Tensor Compute(Tensor x) => _named[0].Layer.Forward(x);
    }

    sealed class TensorTuple : Module
    {
        readonly (Tensor W, int N) _weight = (Weight(), 1);

        protected override Tensor Compute(Tensor x) => x * _weight.W;
    }

    static IEnumerable<TestCaseData> Refused() =>
    [
        Case(new Tuples(), $"Tuples._pair: modules and parameters in a ValueTuple<Linear, Linear> are not found. {HoldIt}."),
        Case(new Sets(), $"Sets.Layers: modules and parameters in a HashSet<Linear> are not found. {HoldIt}."),
        Case(new Tables(), $"Tables._grid: modules and parameters in a Linear[,] are not found. {HoldIt}."),
        Case(new ListsOfTuples(), $"ListsOfTuples._named: modules and parameters in a List<ValueTuple<String, Linear>> are not found. {HoldIt}."),
        Case(new TensorTuple(), $"TensorTuple._weight: modules and parameters in a ValueTuple<Tensor, Int32> are not found. {HoldIt}."),
    ];

    [TestCaseSource(nameof(Refused))]
    public void Fields_that_hide_modules_are_refused(Module model, string message)
    {
        Assert.That(() => model.Parameters, Throws.TypeOf<ModuleException>().With.Message.EqualTo(message));
        Assert.That(() => model.Forward(Tensor.Ones([1, 2])), Throws.TypeOf<ModuleException>().With.Message.EqualTo(message));
    }

    // ---- Refused in the first forward pass.

    sealed class Local : Module
    {
        protected override Tensor Compute(Tensor x) => new Linear(2, 2).Forward(x);
    }

    sealed class LazyField : Module
    {
        Linear? _linear;

        protected override Tensor Compute(Tensor x) => (_linear ??= new(2, 2)).Forward(x);
    }

    sealed class LazyOf : Module
    {
        readonly Lazy<Linear> _linear = new(() => new(2, 2));

        protected override Tensor Compute(Tensor x) => _linear.Value.Forward(x);
    }

    sealed class UsesStatic : Module
    {
        protected override Tensor Compute(Tensor x) => Static.Forward(x);
    }

    sealed class OwnClass : Module
    {
        readonly Block _block = new();

        protected override Tensor Compute(Tensor x) => _block.Linear.Forward(x);
    }

    sealed class OwnStruct : Module
    {
        readonly Pair _pair = new() { First = new(2, 2) };

        protected override Tensor Compute(Tensor x) => _pair.First.Forward(x);
    }

    sealed class LocalTensor : Module
    {
        protected override Tensor Compute(Tensor x) => x * Weight();
    }

    sealed class Inner : Module
    {
        readonly Sequential _body = new(new Relu(), new UsesStatic());

        protected override Tensor Compute(Tensor x) => _body.Forward(x);
    }

    static Module Closure()
    {
        Linear linear = new(2, 2);
        return new Sequential(new Lambda(x => linear.Forward(x)));
    }

    static Module TensorClosure()
    {
        Tensor weight = Weight();
        return new Lambda(x => x * weight);
    }

    static string NotHeld(string root, string running) =>
        $"{root}: what a module computes with it must hold, but {running} called a Linear with 2 trained parameters that {root} does not hold. {HoldIt}, or freeze it.";

    static string Loose(string root) =>
        $"{root}: what a module computes with it must hold, but Multiply in {root} read a tensor, [2], that requires a gradient and is neither input nor parameter of {root}. {HoldIt}, or Detach() it.";

    static string Made(string running) =>
        $"{running}: a parameter, [2, 2], was made while the module computed: an optimizer made before would not train it. Make it, or the layer that it belongs to, in the constructor.";

    static IEnumerable<TestCaseData> Hidden() =>
    [
        Case(new Local(), Made("Local")),
        Case(new LazyField(), Made("LazyField")),
        Case(new LazyOf(), Made("LazyOf")),
        Case(new UsesStatic(), NotHeld("UsesStatic", "UsesStatic")),
        Case(new Inner(), NotHeld("Inner", "UsesStatic")),
        Case(new OwnClass(), NotHeld("OwnClass", "OwnClass")),
        Case(new OwnStruct(), NotHeld("OwnStruct", "OwnStruct")),
        Case(Closure(), NotHeld("Sequential", "Lambda")),
        Case(new LocalTensor(), Loose("LocalTensor")),
        Case(TensorClosure(), Loose("Lambda")),
    ];

    [TestCaseSource(nameof(Hidden))]
    public void Forward_with_what_is_not_held_is_an_error(Module model, string message)
    {
        Assert.That(() => model.Forward(Tensor.Ones([1, 2])), Throws.TypeOf<ModuleException>().With.Message.EqualTo(message));
        // The failed pass leaves nothing behind on the thread.
        Assert.That(new Linear(2, 2).Forward(Tensor.Ones([1, 2])).Shape.ToString(), Is.EqualTo("[1, 2]"));
    }

    static TestCaseData Case(Module model, string message) => new TestCaseData(model, message).SetArgDisplayNames(model.GetType().Name + message.Length);

    // ---- Allowed.

    sealed class Teacher : Module
    {
        readonly Linear _linear = new(2, 2);

        protected override Tensor Compute(Tensor x) => Teachers.Forward(_linear.Forward(x));
    }

    [Test]
    public void Frozen_modules_need_not_be_held() =>
        Assert.That(new Teacher().Forward(Tensor.Ones([1, 2])).Shape.ToString(), Is.EqualTo("[1, 2]"));

    sealed class Slices : Module
    {
        readonly Sequential _all = new(new Linear(2, 2), new Relu(), new Linear(2, 2));

        protected override Tensor Compute(Tensor x) => _all[1..].Forward(_all[..1].Forward(x));
    }

    [Test]
    public void Modules_made_of_held_parts_are_held() =>
        Assert.That(new Slices().Forward(Tensor.Ones([1, 2])).Shape.ToString(), Is.EqualTo("[1, 2]"));

    /// <summary>The force of a learned energy: differentiates inside of Forward, by a leaf made of its input.</summary>
    sealed class Force : Module
    {
        readonly Linear _energy = new(2, 1);

        protected override Tensor Compute(Tensor x)
        {
            Tensor place = x.Detach();
            place.RequiresGrad = true;
            return -Tape.Gradients(_energy.Forward(place).Tanh().Sum(), [place], createGraph: true)[0]!;
        }
    }

    [Test]
    public void Leaves_made_of_the_input_are_allowed()
    {
        Force force = new();
        force.Forward(Tensor.Ones([1, 2])).Sum().Backward();
        Assert.That(force.Parameters[0].Grad, Is.Not.Null);
        Tensor x = Weight();
        Assert.That(new Relu().Forward(x).RequiresGrad, Is.True);
    }

    sealed class Grows : Module
    {
        public List<Linear> Layers { get; } = [new(2, 2)];

        protected override Tensor Compute(Tensor x) => Layers.Aggregate(x, (y, layer) => layer.Forward(y));
    }

    [Test]
    public void Modules_that_come_later_are_held()
    {
        Grows model = new();
        model.Forward(Tensor.Ones([1, 2]));
        model.Layers.Add(new(2, 3));
        Assert.That(model.Forward(Tensor.Ones([1, 2])).Shape.ToString(), Is.EqualTo("[1, 3]"));
    }

    sealed class Borrows(Module layer) : Module
    {
        readonly Func<Tensor, Tensor> _call = layer.Forward;
        readonly Linear _own = new(2, 2);

        protected override Tensor Compute(Tensor x) => _own.Forward(_call(x));
    }

    [Test]
    public void A_layer_that_one_model_holds_is_not_held_by_another_or_by_a_copy()
    {
        Linear layer = new(2, 2);
        Sequential model = new(layer, new Relu());
        Tensor x = Tensor.Ones([1, 2]);
        model.Forward(x);
        model.Forward(x);
        Assert.That(() => new Borrows(layer).Forward(x), Throws.TypeOf<ModuleException>());
        Sequential copy = model.Clone();
        Assert.That(copy.Forward(x).ToArray<float>(), Is.EqualTo(model.Forward(x).ToArray<float>()));
        Assert.That(() => new Borrows(copy[0]).Forward(x), Throws.TypeOf<ModuleException>());
    }
}
