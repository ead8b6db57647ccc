namespace Autograd.GoldenDriver;

static partial class OpTable
{
    static OpEntry[] Elementwise =>
    [
        Unary("neg", x => -x),
        Unary("exp", x => x.Exp()),
        Unary("log", x => x.Log()),
        Unary("sqrt", x => x.Sqrt()),
        Unary("abs", x => x.Abs()),
        Unary("sigmoid", x => x.Sigmoid()),
        Unary("tanh", x => x.Tanh()),
        Unary("relu", x => x.Relu()),

        Unary("add_scalar", (x, a) => x + a.Double("value")),
        Unary("sub_scalar", (x, a) => x - a.Double("value")),
        Unary("rsub_scalar", (x, a) => a.Double("value") - x),
        Unary("mul_scalar", (x, a) => x * a.Double("value")),
        Unary("div_scalar", (x, a) => x / a.Double("value")),
        Unary("rdiv_scalar", (x, a) => a.Double("value") / x),
        Unary("pow_scalar", (x, a) => x.Pow(a.Double("exponent"))),

        Of("add", "input other", a => a["input"] + Scaled(a["other"], a.Double("alpha", 1))),
        Of("sub", "input other", a => a["input"] - Scaled(a["other"], a.Double("alpha", 1))),
        Binary("mul", (x, y) => x * y),
        Binary("div", (x, y) => x / y),
        Binary("pow", (x, y) => x.Pow(y)),
        Binary("maximum", (x, y) => x.Maximum(y)),
        Binary("minimum", (x, y) => x.Minimum(y)),

        Binary("lt", (x, y) => x < y),
        Binary("le", (x, y) => x <= y),
        Binary("gt", (x, y) => x > y),
        Binary("ge", (x, y) => x >= y),
        Binary("eq", (x, y) => x.Equal(y)),
        Binary("ne", (x, y) => x.NotEqual(y)),

        Of("where", "condition x y", a => Tensor.Where(a["condition"], a["x"], a["y"])),
        Unary("cast", (x, a) => x.Cast(GoldenJson.ElementType(a.Text("to")))),
    ];

    static Tensor Scaled(Tensor x, double factor) => factor == 1 ? x : x * factor;
}
