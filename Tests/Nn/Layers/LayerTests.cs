using Autograd.Nn;

namespace Autograd.Tests.Nn.Layers;

public sealed class LayerTests
{
    static void HasBounds(Tensor tensor, double bound)
    {
        double[] values = tensor.Cast(DType.Float64).ToArray<double>();
        Assert.That(values.Select(Math.Abs), Is.All.LessThanOrEqualTo(bound));
        Assert.That(values.Max() - values.Min(), Is.GreaterThan(1.8 * bound));
    }

    static void HasShape(Tensor tensor, params int[] sizes) => Assert.That(tensor.Shape.Sizes.ToArray(), Is.EqualTo(sizes));

    [Test]
    public void Linear_shapes_bounds_and_value()
    {
        Linear layer = new(16, 32, generator: new(1));
        HasShape(layer.Weight, 32, 16);
        HasShape(layer.Bias!, 32);
        HasBounds(layer.Weight, 0.25);
        HasBounds(layer.Bias!, 0.25);
        HasShape(layer.Forward(Tensor.Ones([5, 7, 16])), 5, 7, 32);
        Linear small = new(2, 1, dtype: DType.Float64);
        Init.Constant(small.Weight, 3);
        Init.Constant(small.Bias!, 0.5);
        Assert.That(small.Forward(Tensor.From([1.0, 2.0])).Item(), Is.EqualTo(9.5));
    }

    [Test]
    public void Linear_without_bias_has_one_parameter()
    {
        Linear layer = new(2, 3, bias: false);
        Assert.That(layer.Bias, Is.Null);
        Assert.That(layer.Parameters, Has.Count.EqualTo(1));
    }

    [Test]
    public void Linear_default_generator_repeats_across_threads()
    {
        static float[] Made()
        {
            float[] values = [];
            Thread thread = new(() => values = new Linear(8, 8).Weight.ToArray<float>());
            thread.Start();
            thread.Join();
            return values;
        }
        float[] first = Made(), second = Made();
        Assert.That(second, Is.EqualTo(first));
    }

    [Test]
    public void Linear_bad_size_throws() =>
        Assert.That(() => new Linear(0, 3), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.StartsWith("Linear: inputs must be 1 or more, but it is 0. Pass the size of the input's axis, such as x.Shape[1]. (Parameter 'inputs')\nActual value was 0."));

    [Test]
    public void Conv2d_shapes_bounds_and_groups()
    {
        Conv2d layer = new(4, 8, (3, 5), stride: 2, padding: (1, 2), groups: 2, generator: new(1));
        HasShape(layer.Weight, 8, 2, 3, 5);
        HasBounds(layer.Weight, 1 / Math.Sqrt(30));
        Assert.That(layer.Bias!.Cast(DType.Float64).ToArray<double>().Select(Math.Abs), Is.All.LessThanOrEqualTo(1 / Math.Sqrt(30)));
        HasShape(layer.Forward(Tensor.Ones([2, 4, 8, 10])), 2, 8, 4, 5);
    }

    [Test]
    public void Conv2d_groups_that_do_not_divide_throw() =>
        Assert.That(() => new Conv2d(4, 6, 3, groups: 4), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.StartsWith(
            "Conv2d: groups must divide inputs and outputs, here 4 and 6, but it is 4. Pass 2, or change the sizes. (Parameter 'groups')\nActual value was 4."));

    [Test]
    public void Flatten_keeps_the_first_axis() =>
        HasShape(new Flatten().Forward(Tensor.Zeros([2, 3, 4, 5])), 2, 60);

    [Test]
    public void Pools_have_the_shapes_of_their_windows()
    {
        Tensor x = Tensor.Arange(32).Reshape(1, 2, 4, 4);
        Tensor max = new MaxPool2d(2).Forward(x), mean = new AvgPool2d((2, 4), stride: 2).Forward(x), all = new AdaptiveAvgPool2d(1).Forward(x);
        HasShape(max, 1, 2, 2, 2);
        Assert.That(max.ToArray<float>(), Is.EqualTo(new float[] { 5, 7, 13, 15, 21, 23, 29, 31 }));
        HasShape(mean, 1, 2, 2, 1);
        Assert.That(mean.ToArray<float>(), Is.EqualTo(new[] { 3.5f, 11.5f, 19.5f, 27.5f }));
        Assert.That(all.ToArray<float>(), Is.EqualTo(new[] { 7.5f, 23.5f }));
    }

    [Test]
    public void Activations_apply_their_functions()
    {
        Tensor x = Tensor.From([-1.0, 0.5]);
        Assert.That(new Tanh().Forward(x).ToArray<double>(), Is.EqualTo(x.Tanh().ToArray<double>()));
        Assert.That(new Sigmoid().Forward(x).ToArray<double>(), Is.EqualTo(x.Sigmoid().ToArray<double>()));
        Assert.That(new Relu().Forward(x).ToArray<double>(), Is.EqualTo(new[] { 0, 0.5 }));
        Assert.That(new Lambda(v => v * 2).Forward(x).ToArray<double>(), Is.EqualTo(new[] { -2, 1.0 }));
    }

    [Test]
    public void Sequential_applies_in_order_and_slices()
    {
        Sequential model = new(new Lambda(x => x + 1), new Lambda(x => x * 3));
        Assert.That(model.Forward(Tensor.Scalar(1)).Item(), Is.EqualTo(6));
        Assert.That(model[..1].Forward(Tensor.Scalar(1)).Item(), Is.EqualTo(2));
        Assert.That(new Sequential().Forward(Tensor.Scalar(1)).Item(), Is.EqualTo(1));
    }

    [Test]
    public void Dropout_keeps_the_expected_value_and_its_mask_in_backward([Values] bool wide)
    {
        DType dtype = wide ? DType.Float64 : DType.Float32;
        Tensor x = Tensor.Ones([10_000], dtype);
        x.RequiresGrad = true;
        Tensor y = new Dropout(0.2, new(1)).Forward(x);
        double[] values = y.Detach().Cast(DType.Float64).ToArray<double>();
        Assert.That(values.Average(), Is.EqualTo(1).Within(0.02));
        Assert.That(values.Distinct().Order(), Is.EqualTo(new[] { 0, 1.25 }));
        y.Backward(Tensor.OnesLike(y));
        Assert.That(x.Grad!.Cast(DType.Float64).ToArray<double>(), Is.EqualTo(values));
    }

    [Test]
    public void Dropout_evaluating_passes_on_and_rate_one_drops_all()
    {
        Tensor x = Tensor.Ones([3]);
        Dropout dropout = new(1);
        Assert.That(dropout.Forward(x).ToArray<float>(), Is.All.Zero);
        dropout.Eval();
        Assert.That(dropout.Forward(x), Is.SameAs(x));
        Assert.That(() => new Dropout(1.5), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.StartsWith("Dropout: rate must be in [0, 1], but it is 1.5. Pass 0.1 to drop a tenth. (Parameter 'rate')\nActual value was 1.5."));
    }
}
