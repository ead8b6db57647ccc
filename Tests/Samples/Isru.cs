namespace Autograd.Samples;

// sample: formula
public static class MyOps
{
    extension(Tensor x)
    {
        /// <summary>x / √(1 + a·x²), elementwise; values in (−1/√a, 1/√a). Source: Carlile et al., 2017.</summary>
        public Tensor Isru(double a = 1) => new Map<IsruOp>(new(a)).Apply(x);
    }
}

readonly record struct IsruOp(double A) : IUnaryOp
{
    public T F<T>(T x) where T : struct, IReal<T> => x / T.Sqrt(1 + A * x * x);
    public T D<T>(T x, T y) where T : struct, IReal<T> => 1 / ((1 + A * x * x) * T.Sqrt(1 + A * x * x));
}
// end

public static class IsruSample
{
    public static void Check()
    {
        // sample: check
        GradCheck.That(x => x.Isru(a: 0.5), Tensor.From([-3.0, 0.0, 0.7, 2.0]));
        // end
    }
}
