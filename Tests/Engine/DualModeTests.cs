using Autograd.Tests.Support;

namespace Autograd.Tests.Engine;

[Parallelizable(ParallelScope.All)]
public sealed class DualModeTests
{
    static Tensor Number(double value) => Tensor.Scalar(value, DType.Float64);

    /// <summary>df/dx at x by forward mode; a constant result moves with 0.</summary>
    static Tensor D(Func<Tensor, Tensor> f, Tensor x)
    {
        using DualLevel level = DualMode.Enter();
        return level.TangentOf(f(level.With(x, Tensor.OnesLike(x)))) ?? Tensor.ZerosLike(x);
    }

    [Test]
    public void Tangent_OfAComposition_IsTheChainRule()
    {
        double x = 0.7, y = Math.Tanh(x * x);
        Assert.That(D(t => (t * t).Tanh() * t, Number(x)).Item(), Is.EqualTo((y + (x * (1 - (y * y)) * 2 * x))).Within(1e-15));
    }

    [Test]
    public void Levels_Nest_ToThirdDerivatives()
    {
        Tensor Power(Tensor x) => x * x * x * x;
        Tensor x = Number(2);
        Assert.That(D(t => D(Power, t), x).Item(), Is.EqualTo(48));
        Assert.That(D(t => D(u => D(Power, u), t), x).Item(), Is.EqualTo(48));
        Assert.That(D(t => D(u => u.Tanh(), t), x).Item(), Is.EqualTo(-2 * Math.Tanh(2) * (1 - Math.Pow(Math.Tanh(2), 2))).Within(1e-15));
    }

    // Siskind and Pearlmutter, "Nesting forward-mode AD in a functional framework", 2008: d/dx (x · d/dy (x + y)) = 1, not 2.
    [Test]
    public void Levels_DoNotConfusePerturbations()
    {
        Assert.That(D(x => x * D(y => x + y, Number(1)), Number(1)).Item(), Is.EqualTo(1));
        Assert.That(D(x => D(y => x * y, Number(3)), Number(5)).Item(), Is.EqualTo(1));
        Assert.That(D(x => D(_ => x * x, Number(3)), Number(5)).Item(), Is.EqualTo(0));
    }

    [Test]
    public void ATangentLeftOver_IsNotTakenForThatOfALaterLevel()
    {
        Tensor leftover;
        using (DualLevel level = DualMode.Enter()) leftover = level.With(Number(3), Number(1)) * 2;
        using (DualLevel level = DualMode.Enter())
        {
            Tensor x = level.With(Number(5), Number(1));
            Assert.That(level.TangentOf(leftover), Is.Null);
            Assert.That(level.TangentOf(x * leftover)!.Item(), Is.EqualTo(6));
        }
    }

    [Test]
    public void ForwardOverReverse_IsTheHessianVectorProduct()
    {
        Tensor at = Tensor.From([0.3, -0.8, 1.1]), v = Tensor.From([1.0, 2, -0.5]);
        Tensor F(Tensor x) => Make.Total((x * x * x) + (x.Tanh() * x.View([3], [-1], 2).Clone()) + (x * Make.Total(x * x)));
        Tensor leaf = at.Clone();
        leaf.RequiresGrad = true;
        Tensor dx = Tape.Gradients(F(leaf), [leaf], createGraph: true)[0]!;
        double[] twice = Make.Numbers(Tape.Gradients(dx, [leaf], v)[0]);

        using DualLevel level = DualMode.Enter();
        Tensor second = at.Clone();
        second.RequiresGrad = true;
        Tensor moving = level.With(second, v);
        Tensor gradient = Tape.Gradients(F(moving), [second])[0]!;
        Assert.That(Make.Numbers(gradient), Is.EqualTo(Make.Numbers(dx)).Within(1e-14));
        Assert.That(Make.Numbers(level.TangentOf(gradient)), Is.EqualTo(twice).Within(1e-13));
    }

    [Test]
    public void ReverseOverForward_IsTheHessianVectorProduct()
    {
        Tensor x = Make.Leaf(0.3, -0.8), v = Tensor.From([1.0, 2]);
        using (DualLevel level = DualMode.Enter())
        {
            Tensor y = Make.Total(level.With(x, v).Tanh() * x.Detach());
            level.TangentOf(y)!.Backward();
        }
        for (int i = 0; i < 2; i++)
        {
            double t = Math.Tanh(x[i]);
            Assert.That(x.Grad![i], Is.EqualTo(v[i] * x[i] * -2 * t * (1 - (t * t))).Within(1e-14));
        }
    }

    [Test]
    public void ATensorUsedTwice_AddsItsTangents()
    {
        Assert.That(D(x => x + x, Number(1)).Item(), Is.EqualTo(2));
        Assert.That(D(x => (x * x) - (x * 3), Number(5)).Item(), Is.EqualTo(7));
    }

    [Test]
    public void Constants_AndDetachedTensors_DoNotMove()
    {
        using DualLevel level = DualMode.Enter();
        Tensor x = level.With(Number(2), Number(1));
        Assert.That(level.TangentOf(x.Detach() * 3), Is.Null);
        Assert.That(level.TangentOf(Number(2) * 3), Is.Null);
        Assert.That(level.TangentOf(x * 0)!.Item(), Is.Zero);
    }

    [Test]
    public void With_LeavesTheTensorItself_AtRest()
    {
        using DualLevel level = DualMode.Enter();
        Tensor x = Make.Number(2), moving = level.With(x, Number(1));
        Assert.That(level.TangentOf(x), Is.Null);
        Assert.That(level.TangentOf(x * x), Is.Null);
        Assert.That(level.TangentOf(moving * x)!.Item(), Is.EqualTo(2));
    }

    [Test]
    public void With_AnUnfitTangent_IsAnError()
    {
        Fails.With<ShapeException>(() => With(Number(1), Tensor.Ones([2], DType.Float64)), "Tangent: tangent must have the shape of x, but it is [2] and not []. Tensor.OnesLike gives one that fits.");
        Fails.With<DTypeException>(() => With(Number(1), Tensor.Ones([])), "Tangent: the seed must have the tensor's element type, but it is Float32 and not Float64. Cast it: seed.Cast(DType.Float64).");
        Fails.With<DTypeException>(
            () => With(Tensor.Ones([], DType.Int64), Tensor.Ones([], DType.Int64)),
            "A tangent: only Float32 and Float64 tensors are differentiable, but this one is Int64. Cast it to a floating-point type first.");

        static void With(Tensor x, Tensor tangent)
        {
            using DualLevel level = DualMode.Enter();
            level.With(x, tangent);
        }
    }

    [Test]
    public void ATangentOfTheWrongShape_FromAUsersOp_IsAnError()
    {
        WrongJvp op = new();
        using (DualLevel level = DualMode.Enter())
        {
            Tensor x = level.With(Tensor.Ones([2]), Tensor.Ones([2]));
            Fails.With<GraphException>(
                () => op.Apply(x), "WrongJvp: the tangent must have the result's shape and type, but it is Float32 [3] and not Float32 [2]. Tensor.OnesLike gives one that fits.");
        }
        Assert.That(op.Apply(Tensor.Ones([2])).Shape.ToString(), Is.EqualTo("[2]"));
    }

    [Test]
    public void Levels_EndOnException_AndBelongToOneThread()
    {
        Assert.That(() =>
        {
            using DualLevel level = DualMode.Enter();
            throw new InvalidOperationException();
        }, Throws.InvalidOperationException);
        using DualLevel outer = DualMode.Enter();
        Tensor x = outer.With(Number(2), Number(1));
        Tensor? y = null;
        Thread thread = new(() => y = x * x);
        thread.Start();
        thread.Join();
        Assert.That(outer.TangentOf(y!), Is.Null, "the other thread is in no level");
        Assert.That(outer.TangentOf(x * x)!.Item(), Is.EqualTo(4));
    }

    [Test]
    public void Levels_WorkInsideScopes()
    {
        for (int i = 0; i < 3; i++)
        {
            using TapeScope scope = Tape.Scope();
            Assert.That(D(t => D(u => u * u * u, t), Number(2)).Item(), Is.EqualTo(12));
        }
    }

    sealed class WrongJvp : Op
    {
        protected internal override Tensor Forward(ReadOnlySpan<Tensor> inputs) => inputs[0];

        protected internal override Tensor? Vjp(int input, Tensor dy, Recorded values) => dy;

        protected internal override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => Tensor.Ones([3]);
    }
}
