namespace Autograd.Samples;

// sample: formula
public static class Softsigns
{
    static readonly Map<SoftsignOp> Softsign1 = new(default);

    extension(Tensor x)
    {
        /// <summary>x / (1 + |x|), elementwise; values in (−1, 1).</summary>
        public Tensor Softsign() => Softsign1.Apply(x);
    }
}

readonly record struct SoftsignOp : IUnaryOp
{
    public T F<T>(T x) where T : struct, IReal<T> => x / (1 + T.Abs(x));

    // 1/(1 + |x|) = 1 − |y|
    public T D<T>(T x, T y) where T : struct, IReal<T> => (1 - T.Abs(y)) * (1 - T.Abs(y));
}
// end

public static class SoftsignSample
{
    public static void Check()
    {
        // sample: check
        GradCheck.That(x => x.Softsign(), Tensor.From([-3.0, -0.5, 0.7, 2.0]));
        // end
    }
}
