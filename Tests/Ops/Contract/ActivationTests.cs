namespace Autograd.Tests.Ops.Contract;

/// <summary>Activations within other ops give the numbers that they give apart.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ActivationTests
{
    static readonly Activation[] All = [Activation.Relu, Activation.Sigmoid, Activation.Tanh];

    static readonly (int[] X, int[] W, Func<Tensor[], Activation, Tensor> Op)[] Ops =
    [
        ([4, 2], [3, 2], (t, f) => t[0].Linear(t[1], t[2], f)),
        ([5], [3, 5], (t, f) => t[0].Linear(t[1], t[2], f)),
        ([0, 5], [3, 5], (t, f) => t[0].Linear(t[1], t[2], f)),
        ([2, 33, 70], [90, 70], (t, f) => t[0].Linear(t[1], t[2], f)),
        ([270, 20], [250, 20], (t, f) => t[0].Linear(t[1], t[2], f)),
        ([70, 33], [90, 70], (t, f) => t[0].T.Linear(t[1], t[2], f)),
        ([33, 70], [90, 70], (t, f) => t[0].Linear(t[1], null, f)),
        ([2, 3, 9, 8], [4, 3, 3, 3], (t, f) => t[0].Conv2d(t[1], t[2], stride: 2, padding: 1, activation: f)),
        ([2, 4, 9, 8], [4, 2, 3, 3], (t, f) => t[0].Conv2d(t[1], null, groups: 2, activation: f)),
        ([3, 17], [5, 3, 4], (t, f) => t[0].Conv1d(t[1], t[2], dilation: 2, activation: f)),
    ];

    [Test]
    public void Within_an_op_has_the_bits_of_its_own_op(
        [ValueSource(nameof(All))] Activation activation, [Range(0, 9)] int op, [Values(DType.Float32, DType.Float64)] DType dtype, [Values] bool repeats)
    {
        (int[] x, int[] w, Func<Tensor[], Activation, Tensor> apply) = Ops[op];
        Generator random = new(5);
        Tensor[] leaves = [Tensor.Normal(Shape.Create(x), random, dtype: dtype), Tensor.Normal(Shape.Create(w), random, dtype: dtype), Tensor.Normal([w[0]], random, dtype: dtype)];
        Tensor?[] together = Values(y => apply(y, activation)), apart = Values(y => Alone(apply(y, Activation.Identity), activation));
        Assert.That(together.Select(Numbers), Is.EqualTo(apart.Select(Numbers)));
        Assert.That(together[1], Is.Not.Null);

        Tensor?[] Values(Func<Tensor[], Tensor> model)
        {
            Tensor[] all = [.. leaves.Select(leaf => leaf.Detach())];
            foreach (Tensor leaf in all) leaf.RequiresGrad = true;
            Tensor y = model(all);
            // The gradient of a sum repeats one number in memory, that of the other is dense.
            (repeats ? y : y * y * y).Sum().Backward();
            return [y, .. all.Select(leaf => leaf.Grad)];
        }
    }

    // Its memory may take the gradient of the sums only while nobody else reads it.
    [Test]
    public void Leaves_the_gradient_of_its_result_to_those_who_look()
    {
        Tensor x = Leaf(3, 4), w = Leaf(2, 4), b = Leaf(2), seed = Tensor.Full([3, 2], 2);
        Tensor y = x.Linear(w, b, Activation.Sigmoid);
        y.Backward(seed, retainGraph: true);
        Assert.That(seed.ToArray<float>(), Is.All.EqualTo(2));

        Tensor hooked = null!;
        using IDisposable hook = y.RegisterHook(dy => { hooked = dy; return null; });
        y.RetainGrad();
        (2 * y).Sum().Backward(retainGraph: true);
        Assert.That(y.Grad!.ToArray<float>(), Is.All.EqualTo(2));
        Assert.That(hooked.ToArray<float>(), Is.All.EqualTo(2));

        Tensor?[] gradients = Tape.Gradients((2 * y).Sum(), [y, w]);
        Assert.That(gradients[0]!.ToArray<float>(), Is.All.EqualTo(2));

        // One gradient for two: the identity hands on the memory that it gets.
        Tensor u = x.Linear(w, b, Activation.Tanh), v = x.Linear(w, b, Activation.Tanh);
        foreach (Tensor leaf in (Tensor[])[x, w, b]) leaf.ZeroGrad();
        ((u + v) * Tensor.Full([3, 2], 3)).Sum().Backward();
        float[] twice = x.Grad!.ToArray<float>();
        x.ZeroGrad();
        (x.Linear(w, b).Tanh() * Tensor.Full([3, 2], 6)).Sum().Backward();
        Assert.That(twice, Is.EqualTo(x.Grad!.ToArray<float>()).Within(1e-5));
    }

    static Tensor Leaf(params int[] shape)
    {
        Tensor leaf = Tensor.Normal(Shape.Create(shape), new Generator(7));
        leaf.RequiresGrad = true;
        return leaf;
    }

    static Tensor Alone(Tensor z, Activation activation) => activation switch
    {
        Activation.Relu => z.Relu(),
        Activation.Sigmoid => z.Sigmoid(),
        _ => z.Tanh(),
    };

    static double[]? Numbers(Tensor? x) => x?.Cast(DType.Float64).ToArray<double>();
}
