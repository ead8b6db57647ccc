using Autograd.Tests.Support;

namespace Autograd.Tests.Ops.Transforms;

[Parallelizable(ParallelScope.All)]
public sealed class CustomOpTests
{
    static readonly Func<Tensor, Tensor> Cube = CustomOp.Create(
        "Cube",
        x =>
        {
            Tensor y = Tensor.Empty(x.Shape, x.DType);
            Span<double> values = y.AsWritableSpan<double>();
            x.CopyTo(values);
            foreach (ref double value in values) value = value * value * value;
            return y;
        },
        (x, _, dy) => dy * x * x * 3);

    [Test]
    public void Create_AnOp_HasEveryDerivative()
    {
        Tensor x = Tensor.From([0.5, -1.5]);
        GradCheck.That(Cube, x);
        Assert.That(GradCheck.Run(Cube, x).Ops, Is.EqualTo(new[] { "Cube" }));
        Tensor three = Tensor.Scalar(3, DType.Float64);
        Assert.That(Grad.Of(Grad.Of(Grad.Of(Cube)))(three).Item(), Is.EqualTo(6));
    }

    [Test]
    public void Create_WithoutJvp_TransposesTheVjp()
    {
        Tensor x = Tensor.From([0.5, -1.5]), v = Tensor.From([1.0, 2]);
        Close.To(Grad.Jvp(Cube, x, v).Tangent, v * x * x * 3, 1e-15);
        Close.To(Grad.HessianVectorProduct(u => Cube(u).Sum(), x, v), v * x * 6, 1e-15);
        Close.To(Grad.Jvp(u => Grad.Jvp(Cube, u, v).Tangent, x, v).Tangent, v * v * x * 6, 1e-14);
        using (Tape.NoGrad()) Close.To(Grad.Jvp(Cube, x, v).Tangent, v * x * x * 3, 1e-15);
    }

    [Test]
    public void Create_WithJvp_UsesIt()
    {
        Func<Tensor, Tensor> op = CustomOp.Create("Tanh", x => x.Tanh(), (_, y, dy) => dy * (1 - (y * y)), (_, dx, y) => dx * (1 - (y * y)));
        Tensor at = Tensor.From([0.5, -1.5]), v = Tensor.From([1.0, 2]);
        GradCheck.That(op, at);
        Close.To(Grad.Jvp(op, at, v).Tangent, Grad.Jvp(x => x.Tanh(), at, v).Tangent, 1e-15);
    }

    [Test]
    public void Create_WithSeveralInputs()
    {
        Func<Tensor, Tensor, Tensor> product = CustomOp.Create("Product", (a, b) => a * b, (a, b, _, dy) => (dy * b, dy * a));
        Func<Tensor[], Tensor> first = CustomOp.Create("First", t => t[0] * 2, (_, _, dy) => [dy * 2, null]);
        Tensor x = Tensor.From([0.5, -1.5]), z = Tensor.From([2.0, 3]);
        GradCheck.That(product, x, z);
        GradCheck.That(t => first(t) * t[1], [x, z]);
        Close.To(Grad.Jvp(t => product(t[0], t[1]), [x, z], [z, x]).Tangent, (z * z) + (x * x), 1e-15);
        Func<Tensor[], Tensor> wrong = CustomOp.Create("Wrong", t => t[0] * t[1], (_, _, dy) => [dy]);
        Fails.With<GraphException>(
            () => Grad.Of((a, b) => wrong([a, b]).Sum())(x, z),
            "Wrong: vjp must give one gradient an input, null where it is zero, but there are 1 for 2 inputs (1 ≠ 2). Return 2, in the order of the inputs.");
    }

    [Test]
    public void Create_AWrongDerivative_IsFoundByGradCheck()
    {
        Func<Tensor, Tensor> op = CustomOp.Create("Square", x => x * x, (x, _, dy) => dy * x);
        Assert.That(() => GradCheck.That(op, Tensor.From([1.0])), Throws.TypeOf<GradCheckException>());
    }
}
