using Autograd.NUnit;
using NUnit.Framework;

namespace Autograd.Samples;

public static class Checks
{
    // sample: wrong
    readonly record struct WrongSquareOp : IUnaryOp
    {
        public T F<T>(T x) where T : struct, IReal<T> => x * x;
        public T D<T>(T x, T y) where T : struct, IReal<T> => x;      // 2x is right
    }
    // end

    public static void Passing()
    {
        // sample: that
        Tensor x = Tensor.From([-1.5, 0.3, 2.0]), w = Tensor.From([0.5, -1.0, 4.0]);
        GradCheck.That((x, w) => (x * w).Tanh().Sum(), x, w);         // throws a GradCheckException where a derivative is wrong
        // end
    }

    public static void Large()
    {
        // sample: fast
        Tensor x = Tensor.Uniform([64, 100], new Generator(1), -1, 1, DType.Float64);
        GradCheck.That(x => x.Softmax(1), x, GradCheckOptions.Fast);
        // end
    }

    public static void Composition()
    {
        // sample: suspect
        Map<WrongSquareOp> square = new(default);
        Console.WriteLine(GradCheck.Run(x => square.Apply(x.Tanh()).Sum(), Tensor.From([1.0, 3.0]), new GradCheckOptions { Order = 1 }));
        // end
    }

    public static void Constraint()
    {
        // sample: nunit
        Tensor x = Tensor.From([-1.5, 0.3, 2.0]), w = Tensor.From([0.5, -1.0, 4.0]);
        Assert.That((Tensor x) => x.Tanh(), Is.Differentiable.At(x));
        Assert.That((Tensor x, Tensor w) => (x * w).Tanh().Sum(), Is.Differentiable.At(x, w).ToOrder(1));
        Assert.That((Tensor x) => x.Softmax(0), Is.Differentiable.At(x.Cast(DType.Float32)).AlongDirections(8));
        // end
    }

    public static void Run()
    {
        // sample: run
        GradReport wrong = GradCheck.Run(x => new Map<WrongSquareOp>(default).Apply(x), Tensor.From([1.0, 3.0]));
        Console.WriteLine(wrong);

        GradReport kink = GradCheck.Run(x => x.Relu(), Tensor.From([-1.0, 0.0, 2.0]), new GradCheckOptions { Order = 1 });
        Console.WriteLine(kink);
        // end
    }
}
