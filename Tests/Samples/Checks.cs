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
