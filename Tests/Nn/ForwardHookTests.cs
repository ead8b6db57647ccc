using Autograd.Nn;

namespace Autograd.Tests.Nn;

public sealed class ForwardHookTests
{
    static Tensor Number(double value) => Tensor.Scalar(value, DType.Float64);

    [Test]
    public void Hooks_run_in_order_replace_and_end()
    {
        Lambda layer = new(x => x * 10);
        List<string> seen = [];
        IDisposable doubled = layer.RegisterForwardPreHook(x => x * 2);
        layer.RegisterForwardPreHook(x => { seen.Add($"in {x.Item()}"); return null; });
        IDisposable raised = layer.RegisterForwardHook((x, y) => y + 1);
        layer.RegisterForwardHook((x, y) => { seen.Add($"{x.Item()} → {y.Item()}"); return null; });
        Assert.That(layer.Forward(Number(3)).Item(), Is.EqualTo(61));
        doubled.Dispose();
        doubled.Dispose();
        raised.Dispose();
        Assert.That(layer.Forward(Number(3)).Item(), Is.EqualTo(30));
        Assert.That(seen, Is.EqualTo(new[] { "in 6", "6 → 61", "in 3", "3 → 30" }));
    }

    // Without hooks a Sequential makes a rectifier and the pooling behind it one pass.
    [Test]
    public void Hook_between_a_rectifier_and_its_pooling_sees_what_the_pooling_gets()
    {
        Relu relu = new();
        Sequential model = new(relu, new MaxPool2d(2));
        Tensor x = Tensor.From([-1f, -2, 3, -4, -5, -6, -7, 8], [1, 2, 4]);
        Tensor unseen = model.Forward(x), between = unseen;
        relu.RegisterForwardHook((_, y) => between = y);
        Assert.That(model.Forward(x).ToArray<float>(), Is.EqualTo(unseen.ToArray<float>()));
        Assert.That(unseen.ToArray<float>(), Is.EqualTo(new float[] { 0, 8 }));
        Assert.That(between.ToArray<float>(), Is.EqualTo(new float[] { 0, 0, 3, 0, 0, 0, 0, 8 }));
    }

    // Without hooks it makes a normalisation, a rectifier and a pooling one pass.
    [TestCase(20)]
    [TestCase(6)]
    public void Hooks_between_a_normalisation_and_its_pooling_change_nothing(int size)
    {
        (BatchNorm2d norm, Relu relu, MaxPool2d pool) = (new(3), new(), new(2));
        Sequential model = new(norm, relu, pool), begin = new(norm, relu), wide = new(norm, relu, new MaxPool2d(3, stride: 2));
        Tensor x = Tensor.Normal([4, 3, size, size], new Generator(3));
        (float[] unseen, float[] rectified, float[] wider) = (Gradient(model), Gradient(begin), Gradient(wide));
        List<Shape> seen = [];
        norm.RegisterForwardHook((_, y) => { seen.Add(y.Shape); return null; });
        relu.RegisterForwardHook((_, y) => { seen.Add(y.Shape); return null; });
        Assert.That(Gradient(model), Is.EqualTo(unseen));
        Assert.That(Gradient(begin), Is.EqualTo(rectified));
        Assert.That(Gradient(wide), Is.EqualTo(wider));
        Assert.That(seen, Is.EqualTo(Enumerable.Repeat(x.Shape, 6)));

        float[] Gradient(Module module)
        {
            Tensor leaf = x.Detach();
            leaf.RequiresGrad = true;
            module.ZeroGrad();
            Tensor y = module.Forward(leaf);
            (y * y * y).Sum().Backward();
            return [.. y.ToArray<float>(), .. leaf.Grad!.ToArray<float>(), .. norm.Weight!.Grad!.ToArray<float>(), .. norm.Bias!.Grad!.ToArray<float>()];
        }
    }

    // And a layer and its activation.
    [Test]
    public void Hooks_between_a_layer_and_its_activation_change_nothing()
    {
        Generator random = new(4);
        Sequential model = new(
            new Conv2d(1, 2, 3, generator: random), new Tanh(), new Conv2d(2, 3, 3, generator: random), new Relu(), new MaxPool2d(2), new Flatten(2),
            new Conv1d(3, 4, 2, generator: random), new Sigmoid(), new Flatten(), new Linear(12, 5, generator: random), new Relu(), new Linear(5, 2, generator: random), new Sigmoid());
        Tensor x = Tensor.Normal([6, 1, 8, 8], random);
        float[] unseen = Gradients();
        int seen = 0;
        foreach (Module module in model) module.RegisterForwardHook((_, _) => { seen++; return null; });
        Assert.That(Gradients(), Is.EqualTo(unseen));
        Assert.That(seen, Is.EqualTo(model.Count));

        float[] Gradients()
        {
            model.ZeroGrad();
            Tensor y = model.Forward(x);
            (y * y).Sum().Backward();
            return [.. y.ToArray<float>(), .. model.Parameters.SelectMany(parameter => parameter.Grad!.ToArray<float>())];
        }
    }

    [Test]
    public void Hook_may_remove_itself_while_it_runs()
    {
        Identity layer = new();
        int calls = 0;
        IDisposable? hook = null;
        hook = layer.RegisterForwardHook((_, _) =>
        {
            calls++;
            hook!.Dispose();
            return null;
        });
        layer.Forward(Number(1));
        layer.Forward(Number(1));
        Assert.That(calls, Is.EqualTo(1));
    }

    [Test]
    public void Hooks_of_inner_modules_run_and_gradients_flow_through_them()
    {
        Linear inner = new(2, 2);
        Sequential model = new(new Relu(), inner);
        Tensor? captured = null;
        inner.RegisterForwardHook((_, y) => captured = y * 3);
        Tensor result = model.Forward(Tensor.Ones([1, 2]));
        Assert.That(result, Is.SameAs(captured));
        result.Sum().Backward();
        Assert.That(inner.Bias!.Grad!.ToArray<float>(), Is.All.EqualTo(3));
    }

    [Test]
    public void Hooks_see_calls_with_more_arguments()
    {
        Lstm lstm = new(2, 3);
        MultiHeadAttention attention = new(4, 2);
        TransformerEncoder encoder = new(1, () => new(4, 2, 8));
        TransformerDecoder decoder = new(1, () => new(4, 2, 8));
        List<string> seen = [];
        foreach (Module module in new Module[] { lstm, attention, encoder, encoder.Layers[0] })
            module.RegisterForwardHook((x, y) => { seen.Add($"{module.GetType().Name} {x.Shape} → {y.Shape}"); return null; });
        decoder.RegisterForwardHook((x, y) => { seen.Add($"{x.First.Shape}, {x.Second.Shape} → {y.Shape}"); return null; });
        lstm.Forward(Tensor.Ones([5, 1, 2]), null, null);
        attention.Forward(Tensor.Ones([1, 2, 4]), Tensor.Ones([1, 3, 4]), Tensor.Ones([1, 3, 4]));
        encoder.Forward(Tensor.Ones([1, 2, 4]), null, isCausal: true);
        decoder.Forward(Tensor.Ones([1, 2, 4]), Tensor.Ones([1, 3, 4]), isCausal: true);
        Assert.That(seen, Is.EqualTo(new[]
        {
            "Lstm [5, 1, 2] → [5, 1, 3]", "MultiHeadAttention [1, 2, 4] → [1, 2, 4]", "TransformerEncoderLayer [1, 2, 4] → [1, 2, 4]",
            "TransformerEncoder [1, 2, 4] → [1, 2, 4]", "[1, 2, 4], [1, 3, 4] → [1, 2, 4]",
        }));
    }

    sealed class Distance : Module<Tensor, Tensor, (Tensor Sum, int Count)>
    {
        protected override (Tensor Sum, int Count) Compute(Tensor first, Tensor second) => ((first - second).Abs().Sum(), first.Count);
    }

    sealed class Middle : Module<Tensor, Tensor?, double, Tensor>
    {
        protected override Tensor Compute(Tensor first, Tensor? second, double third) => second is null ? first : first + (third * (second - first));
    }

    [Test]
    public void Modules_of_several_inputs_have_hooks_for_all_of_them()
    {
        Distance distance = new();
        distance.RegisterForwardPreHook(x => (x.First, x.First));
        distance.RegisterForwardHook((x, y) => (y.Sum + 7, y.Count + 1));
        (Tensor sum, int count) = distance.Forward(Number(3), Number(5));
        Assert.That((sum.Item(), count), Is.EqualTo((7.0, 2)));
        Middle middle = new();
        Assert.That((middle.Forward(Number(3), Number(5), 0.5).Item(), middle.Forward(Number(3), null, 0.5).Item()), Is.EqualTo((4.0, 3.0)));
    }

    [Test]
    public void Forward_without_hooks_allocates_nothing_more()
    {
        Identity layer = new();
        Sequential model = new(layer, layer);
        Tensor x = Number(1);
        for (int i = 0; i < 3; i++) model.Forward(x);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) model.Forward(x);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }
}
