namespace Autograd.GoldenDriver;

static partial class OpTable
{
    delegate Tensor OverAxes(ReadOnlySpan<int> axes, bool keep);

    delegate Tensor OverAxesWith(ReadOnlySpan<int> axes, double parameter, bool keep);

    static OpEntry[] Reduce =>
    [
        Unary("sum", (x, a) => Reduced(a, x.Sum, x.Sum, x.Sum)),
        Unary("mean", (x, a) => Reduced(a, x.Mean, x.Mean, x.Mean)),
        Unary("amax", (x, a) => Reduced(a, x.AMax, x.AMax, x.AMax)),
        Unary("amin", (x, a) => Reduced(a, x.AMin, x.AMin, x.AMin)),
        Several("max", "input", a => Chosen(a, a["input"].Max, a["input"].Max)),
        Several("min", "input", a => Chosen(a, a["input"].Min, a["input"].Min)),
        Unary("argmax", (x, a) => a.OptionalInt("dim") is { } axis ? x.ArgMax(axis, a.Bool("keepdim")) : x.ArgMax()),
        Unary("argmin", (x, a) => a.OptionalInt("dim") is { } axis ? x.ArgMin(axis, a.Bool("keepdim")) : x.ArgMin()),
        Unary("prod", (x, a) => Reduced(a, x.Prod, x.Prod, x.Prod)),
        Unary("norm", (x, a) => Reduced(a, p => x.Norm(p), (axes, p, keep) => x.Norm(axes, p, keep), a.Double("p", 2))),
        Unary("var", (x, a) => Reduced(a, c => x.Var(c), (axes, c, keep) => x.Var(axes, c, keep), a.Double("correction", 1))),
        Unary("std", (x, a) => Reduced(a, c => x.Std(c), (axes, c, keep) => x.Std(axes, c, keep), a.Double("correction", 1))),
        Unary("logsumexp", (x, a) => Reduced(a, x.LogSumExp, x.LogSumExp, x.LogSumExp)),
        Unary("softmax", (x, a) => x.Softmax(a.Int("dim"))),
        Unary("log_softmax", (x, a) => x.LogSoftmax(a.Int("dim"))),
        Unary("softmin", (x, a) => x.Softmin(a.Int("dim"))),
    ];

    /// <summary>The overload that the attributes call for: over all axes, one axis or several.</summary>
    static Tensor Reduced(Arguments a, Func<Tensor> all, Func<int, bool, Tensor> one, OverAxes several)
    {
        if (a.IsNumber("dim")) return one(a.Int("dim"), a.Bool("keepdim"));
        if (a.OptionalInts("dim") is { } axes) return several(axes, a.Bool("keepdim"));
        return a.Bool("keepdim") ? several(Enumerable.Range(0, a["input"].Rank).ToArray(), true) : all();
    }

    /// <summary>The overload that the attributes call for, of a reduction with a parameter.</summary>
    static Tensor Reduced(Arguments a, Func<double, Tensor> all, OverAxesWith several, double parameter) =>
        Reduced(a, () => all(parameter), (axis, keep) => several([axis], parameter, keep), (axes, keep) => several(axes, parameter, keep));

    static Tensor[] Chosen(Arguments a, Func<Tensor> all, Func<int, bool, (Tensor Values, Tensor Indices)> one)
    {
        if (a.OptionalInt("dim") is not { } axis) return [all()];
        return Both(one(axis, a.Bool("keepdim")));
    }
}
