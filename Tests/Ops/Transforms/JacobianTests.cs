using Autograd.Tests.Support;

namespace Autograd.Tests.Ops.Transforms;

[Parallelizable(ParallelScope.All)]
public sealed class JacobianTests
{
    static Tensor Random(Shape shape, ulong seed) => Tensor.Uniform(shape, new Generator(seed), -1, 1, DType.Float64);

    [Test]
    public void Jacobian_OfALinearMap_IsItsMatrix([Values] JacobianMode mode)
    {
        Tensor a = Random([4, 3], 1);
        Tensor j = Grad.Jacobian(x => a.MatMul(x), Random([3], 2), mode);
        Assert.That(j.Shape.ToString(), Is.EqualTo("[4, 3]"));
        Assert.That(Make.Numbers(j), Is.EqualTo(Make.Numbers(a)));
    }

    [Test]
    public void Jacobian_HasTheAxesOfResultThenInput([Values] JacobianMode mode)
    {
        Tensor x = Random([2, 3], 3), w = Random([3, 4], 4);
        Tensor j = Grad.Jacobian(u => u.Tanh().MatMul(w), x, mode);
        Assert.That(j.Shape.ToString(), Is.EqualTo("[2, 4, 2, 3]"));
        for (int i = 0; i < 2; i++)
        {
            for (int k = 0; k < 4; k++)
            {
                for (int p = 0; p < 2; p++)
                {
                    for (int q = 0; q < 3; q++)
                    {
                        double expected = i == p ? (1 - Math.Pow(Math.Tanh(x[p, q]), 2)) * w[q, k] : 0;
                        Assert.That(j[i, k, p, q], Is.EqualTo(expected).Within(1e-14));
                    }
                }
            }
        }
    }

    [Test]
    public void Jacobian_BothModes_AgreeOnSeveralInputs()
    {
        Tensor[] x = [Random([3], 5), Random([2, 3], 6)];
        Tensor F(Tensor[] t) => (t[1] * t[0]).Exp().Sum(1);
        Tensor[] rows = Grad.Jacobian(F, x, JacobianMode.Reverse), columns = Grad.Jacobian(F, x, JacobianMode.Forward);
        Assert.That(rows.Select(r => r.Shape.ToString()), Is.EqualTo(new[] { "[2, 3]", "[2, 2, 3]" }));
        for (int i = 0; i < 2; i++) Close.To(columns[i], rows[i], 1e-14, $"input {i}");
    }

    [Test]
    public void Jacobian_Auto_TakesTheShorterWay()
    {
        int calls = 0;
        Tensor Wide(Tensor x)
        {
            calls++;
            return x.Sum(0, keepAxis: true);
        }
        Grad.Jacobian(Wide, Random([9], 1));
        Assert.That(calls, Is.EqualTo(1));
        calls = 0;
        Tensor Tall(Tensor x)
        {
            calls++;
            return x.Expand([9]);
        }
        Grad.Jacobian(Tall, Random([1], 1));
        Assert.That(calls, Is.EqualTo(2));
    }

    [Test]
    public void Jacobian_OfConstantsAndOfNothing_IsZero([Values] JacobianMode mode)
    {
        Tensor c = Random([2], 1);
        Assert.That(Make.Numbers(Grad.Jacobian(_ => c, Random([3], 2), mode)), Is.EqualTo(new double[6]));
        Assert.That(Grad.Jacobian(x => x.Sum(0), Random([0, 3], 2), mode).Shape.ToString(), Is.EqualTo("[3, 0, 3]"));
        Assert.That(Grad.Jacobian(x => x.Slice(0, 0, 0), Random([3], 2), mode).Shape.ToString(), Is.EqualTo("[0, 3]"));
    }

    [Test]
    public void Jacobian_UnderNoGrad_AndOfFloat32([Values] JacobianMode mode)
    {
        using (Tape.NoGrad())
        {
            Tensor x = Make.Leaf(1, 2);
            Tensor j = Grad.Jacobian(u => (u * u).Cast(DType.Float32), x, mode);
            Assert.That((j.DType, j.RequiresGrad), Is.EqualTo((mode == JacobianMode.Forward ? DType.Float32 : DType.Float64, false)));
            Assert.That(Close.Numbers(j), Is.EqualTo(new[] { 2.0, 0, 0, 4 }));
        }
    }

    [Test]
    public void Jacobian_OfParametersInTheClosure_CanBeDifferentiatedByThem([Values] JacobianMode mode)
    {
        Tensor w = Make.Leaf(2, -1);
        Tensor j = Grad.Jacobian(u => u * u * w, Tensor.From([3.0, 5]), mode);
        (j * j).Sum().Backward();
        // Σ (2xw)² ⇒ 8x²w
        Assert.That(Make.Numbers(w.Grad), Is.EqualTo(new[] { 144.0, -200 }));
    }

    [Test]
    public void ByColumns_OfMoreThanAFewAtOnce_CallsTheFunctionOnceForEvery64()
    {
        int calls = 0;
        Tensor x = Tensor.Uniform([130], new Generator(1), -1, 1, DType.Float64);
        Tensor F(Tensor t)
        {
            calls++;
            // Values are there to be read: tangents are all that is batched.
            return t[129] > 2 ? t : t.Square() * t.Sum();
        }
        Tensor columns = Grad.Jacobian(F, x, JacobianMode.Forward);
        Assert.That(calls, Is.EqualTo(3));
        Close.To(columns, Grad.Jacobian(F, x, JacobianMode.Reverse), 1e-13);
        calls = 0;
        Tensor hessian = Grad.Hessian(t => F(t).Sum(), x);
        Assert.That(calls, Is.EqualTo(3));
        Close.To(hessian, Grad.Jacobian(Grad.Of(t => F(t).Sum()), x, JacobianMode.Reverse), 1e-12);
    }

    [Test]
    public void Hessian_OfAPolynomial_IsThatByHand()
    {
        // f = x₀²x₁ + x₁³
        Tensor h = Grad.Hessian(x => (x.Select(0, 0) * x.Select(0, 0) * x.Select(0, 1)) + (x.Select(0, 1) * x.Select(0, 1) * x.Select(0, 1)), Tensor.From([2.0, 3]));
        Assert.That(h.Shape.ToString(), Is.EqualTo("[2, 2]"));
        Assert.That(Make.Numbers(h), Is.EqualTo(new[] { 6.0, 4, 4, 18 }));
        Assert.That(Make.Numbers(Grad.Hessian(x => x.Sum(), Tensor.From([2.0, 3]))), Is.EqualTo(new double[4]), "of a linear function");
    }

    [Test]
    public void HessianVectorProduct_IsHessianTimesVector_InEveryOrderOfModes()
    {
        Tensor a = Random([3, 3], 8), x = Random([3], 9), v = Random([3], 10);
        Tensor F(Tensor u) => (a.MatMul(u.Tanh()) * u.Exp()).Sum();
        Tensor expected = Grad.Hessian(F, x).MatMul(v);
        Close.To(Grad.HessianVectorProduct(F, x, v), expected, 1e-13);
        Close.To(Grad.Of(u => Grad.Jvp(F, u, v).Tangent)(x), expected, 1e-13, "reverse over forward");
        Close.To(Grad.Of(u => (Grad.Of(F)(u) * v).Sum())(x), expected, 1e-13, "reverse over reverse");
        Close.To(Grad.Jvp(u => Grad.Jacobian(F, u, JacobianMode.Forward), x, v).Tangent, expected, 1e-13, "forward over forward");
        Close.To(Grad.Jacobian(Grad.Of(F), x, JacobianMode.Reverse).MatMul(v), expected, 1e-13, "Jacobian of the gradient");
    }

    [Test]
    public void Hessian_OfSeveralInputs_ComesInBlocks()
    {
        Tensor[] x = [Random([2], 11), Random([2, 2], 12)];
        Tensor[][] h = Grad.Hessian(t => t[1].MatMul(t[0]).Tanh().Sum(), x);
        Assert.That(h.SelectMany(row => row.Select(b => b.Shape.ToString())), Is.EqualTo(new[] { "[2, 2]", "[2, 2, 2]", "[2, 2, 2]", "[2, 2, 2, 2]" }));
        Close.To(h[0][1], h[1][0].Permute(2, 0, 1), 1e-14, "symmetry");
        Tensor[] v = [Random([2], 13), Random([2, 2], 14)];
        Tensor[] product = Grad.HessianVectorProduct(t => t[1].MatMul(t[0]).Tanh().Sum(), x, v);
        Close.To(product[0], h[0][0].MatMul(v[0]) + h[0][1].Reshape(2, 4).MatMul(v[1].Reshape(4)), 1e-14);
        Fails.With<ShapeException>(() => Grad.HessianVectorProduct(t => t[0].Sum(), x, [v[0]]), "Grad.HessianVectorProduct: there must be one direction an input, but there are 1 for 2 inputs (1 ≠ 2). Tensor.ZerosLike(x) stands for an input that stays where it is.");
    }
}
