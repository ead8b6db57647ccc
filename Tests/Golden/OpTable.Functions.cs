namespace Autograd.GoldenDriver;

static partial class OpTable
{
    static OpEntry[] Functions =>
    [
        Unary("acos", x => x.Acos()), Unary("acosh", x => x.Acosh()), Unary("asin", x => x.Asin()), Unary("asinh", x => x.Asinh()),
        Unary("atan", x => x.Atan()), Unary("atanh", x => x.Atanh()), Unary("ceil", x => x.Ceiling()), Unary("cos", x => x.Cos()),
        Unary("cosh", x => x.Cosh()), Unary("erf", x => x.Erf()), Unary("erfc", x => x.Erfc()), Unary("exp2", x => x.Exp2()),
        Unary("expm1", x => x.Expm1()), Unary("floor", x => x.Floor()), Unary("frac", x => x.Frac()), Unary("hardsigmoid", x => x.Hardsigmoid()),
        Unary("hardswish", x => x.Hardswish()), Unary("log10", x => x.Log10()), Unary("log1p", x => x.Log1p()), Unary("log2", x => x.Log2()),
        Unary("logsigmoid", x => x.LogSigmoid()), Unary("mish", x => x.Mish()), Unary("reciprocal", x => x.Reciprocal()), Unary("relu6", x => x.Relu6()),
        Unary("round", x => x.Round()), Unary("rsqrt", x => x.Rsqrt()), Unary("selu", x => x.Selu()), Unary("sign", x => x.Sign()),
        Unary("silu", x => x.Silu()), Unary("sin", x => x.Sin()), Unary("sinh", x => x.Sinh()), Unary("softsign", x => x.Softsign()),
        Unary("square", x => x.Square()), Unary("tan", x => x.Tan()), Unary("tanhshrink", x => x.Tanhshrink()), Unary("trunc", x => x.Truncate()),
        Unary("celu", (x, a) => x.Celu(a.Double("alpha", 1))),
        Unary("clamp", (x, a) => x.Clamp(a.Double("min", double.NegativeInfinity), a.Double("max", double.PositiveInfinity))),
        Unary("elu", (x, a) => x.Elu(a.Double("alpha", 1))),
        Unary("gelu", (x, a) => a.Text("approximate", "none") == "tanh" ? x.GeluTanh() : x.Gelu()),
        Unary("hardshrink", (x, a) => x.Hardshrink(a.Double("lambd", 0.5))),
        Unary("hardtanh", (x, a) => x.Hardtanh(a.Double("min_val", -1), a.Double("max_val", 1))),
        Unary("leaky_relu", (x, a) => x.LeakyRelu(a.Double("negative_slope", 0.01))),
        Unary("nan_to_num", (x, a) => x.NanToNum(a.Double("nan", 0), a.OptionalDouble("posinf"), a.OptionalDouble("neginf"))),
        Unary("rpow_scalar", (x, a) => Tensor.Pow(a.Double("base"), x)),
        Unary("softplus", (x, a) => x.Softplus(a.Double("beta", 1), a.Double("threshold", 20))),
        Unary("softshrink", (x, a) => x.Softshrink(a.Double("lambd", 0.5))),
        Unary("threshold", (x, a) => x.Threshold(a.Double("threshold"), a.Double("value"))),
        Unary("glu", (x, a) => x.Glu(a.Int("dim", -1))),
        Unary("dropout", (x, a) => x.Dropout(a.Double("p", 0.5) * (a.Bool("training", true) ? 1 : 0), new Generator(1))),
        Of("prelu", "input weight", a => a["input"].Prelu(a["weight"])),
        Of("clamp_tensor", "input min max", a => a["input"].Clamp(a["min"], a["max"])),
        Of("lerp", "start end weight", a => a["start"].Lerp(a["end"], a["weight"])),
        Of("addcmul", "input tensor1 tensor2", a => a["input"].AddProduct(a["tensor1"], a["tensor2"], a.Double("value", 1))),
        Of("addcdiv", "input tensor1 tensor2", a => a["input"].AddQuotient(a["tensor1"], a["tensor2"], a.Double("value", 1))),
        Binary("atan2", (x, y) => x.Atan2(y)), Binary("hypot", (x, y) => x.Hypot(y)), Binary("logaddexp", (x, y) => x.LogAddExp(y)),
        Binary("fmax", (x, y) => x.FMax(y)), Binary("fmin", (x, y) => x.FMin(y)), Binary("fmod", (x, y) => x.Fmod(y)),
        Binary("remainder", (x, y) => x.Remainder(y)), Binary("copysign", (x, y) => x.CopySign(y)), Binary("xlogy", (x, y) => x.XLogY(y)),
    ];
}
