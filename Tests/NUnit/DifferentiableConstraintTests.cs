using Autograd.NUnit;
using Autograd.Tests.Support;
using NUnit.Framework.Internal;

namespace Autograd.Tests.Constraints;

[Parallelizable(ParallelScope.All)]
public sealed class DifferentiableConstraintTests
{
    static readonly Tensor X = Tensor.From([0.5, -1.25, 2]), W = Tensor.From([1.5, 0.75, -2]);

    static Tensor WrongSquare(Tensor x) => new StubOp("WrongSquare", t => t[0] * t[0], (_, dy, v) => dy * v.A).Apply(x);

    [Test]
    public void FunctionsOfAllKinds_AreDifferentiable()
    {
        Assert.That((Tensor x) => x.Tanh(), Is.Differentiable.At(X));
        Assert.That((Tensor a, Tensor b) => a * b, Is.Differentiable.At(X, W));
        Assert.That((Tensor a, Tensor b, Tensor c) => a * b - c, Is.Differentiable.At(X, W, X));
        Assert.That((Tensor[] t) => t[0] * t[1], Is.Differentiable.At(X, W).ToOrder(1));
        Assert.That((Tensor x) => x.Exp().Sum(), Is.Differentiable.At(Tensor.Zeros([100, 100], DType.Float64)).AlongDirections());
        Assert.That((Tensor x) => x.Tanh(), Is.Differentiable.At(X.Cast(DType.Float32)));
        Assert.That((Tensor x) => x.Tanh(), Is.Differentiable.At(X).Using(GradCheckOptions.Fast));
    }

    [Test]
    public void AWrongOne_IsNot()
    {
        Assert.That(Is.Differentiable.At(X).ApplyTo<Func<Tensor, Tensor>>(WrongSquare).IsSuccess, Is.False);
        Assert.That((Func<Tensor, Tensor>)WrongSquare, !Is.Differentiable.At(X));
    }

    [Test]
    public void AFailure_SaysWhat()
    {
        TextMessageWriter writer = new();
        Is.Differentiable.At(X).ToOrder(1).ApplyTo<Func<Tensor, Tensor>>(WrongSquare).WriteMessageTo(writer);
        Assert.That(writer.ToString(), Does.Match(
            @"^\s*Expected: differentiable to order 1 at tensors of shape \[3\]\r?\n\s*But was:\s+GradCheck failed: 9 derivatives of WrongSquare; 3 wrong, 0 at kinks\.\r?\n\s*wrong, order 1: input 0 element \[0\]"));
    }

    [Test]
    public void AMisuse_IsAnError()
    {
        Fails.With<InvalidOperationException>(() => Is.Differentiable.ApplyTo((Tensor x) => x), "Is.Differentiable: the constraint must say where, but it does not. Write Is.Differentiable.At(x).");
        Assert.That(() => Is.Differentiable.At(), Throws.ArgumentException.With.Message.StartsWith("At: there must be at least one tensor, but there is none. Give one for each parameter of the function."));
        Assert.That(() => Is.Differentiable.At(X).ApplyTo((Tensor a, Tensor b) => a + b), Throws.ArgumentException.With.Message.Contains("and At gives 1."));
        Assert.That(() => Is.Differentiable.At(X).ApplyTo(3), Throws.ArgumentException.With.Message.Contains("but it is System.Int32 and At gives 1."));
    }
}
