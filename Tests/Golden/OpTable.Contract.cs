namespace Autograd.GoldenDriver;

static partial class OpTable
{
    const string ConvInputs = "input weight bias";

    static OpEntry[] Contract =>
    [
        Binary("matmul", (x, y) => x.MatMul(y)),
        Binary("mm", (x, y) => x.MatMul(y)),
        Binary("bmm", (x, y) => x.MatMul(y)),
        Binary("dot", (x, y) => x.MatMul(y)),
        Binary("outer", (x, y) => x.Outer(y)),
        Of("mv", "input vec", a => a["input"].MatMul(a["vec"])),
        Of("addmm", "input mat1 mat2", a => (a["input"] * a.Double("beta", 1)) + (a["mat1"].MatMul(a["mat2"]) * a.Double("alpha", 1))),
        Of("linear", "input weight bias", a => a["input"].Linear(a["weight"], a.Optional("bias"))),
        Of("bilinear", "input1 input2 weight bias", a => a["input1"].Bilinear(a["input2"], a["weight"], a.Optional("bias"))),

        Of("conv1d", ConvInputs, a => a["input"].Conv1d(
            a["weight"], a.Optional("bias"), a.Length("stride", 1), a.Length("padding", 0), a.Length("dilation", 1), a.Int("groups", 1))),
        Of("conv2d", ConvInputs, a => a["input"].Conv2d(
            a["weight"], a.Optional("bias"), a.Size("stride", 1), a.Size("padding", 0), a.Size("dilation", 1), a.Int("groups", 1))),
        Of("conv_transpose1d", ConvInputs, a => a["input"].ConvTranspose1d(
            a["weight"], a.Optional("bias"), a.Length("stride", 1), a.Length("padding", 0), a.Length("output_padding", 0), a.Int("groups", 1), a.Length("dilation", 1))),
        Of("conv_transpose2d", ConvInputs, a => a["input"].ConvTranspose2d(
            a["weight"], a.Optional("bias"), a.Size("stride", 1), a.Size("padding", 0), a.Size("output_padding", 0), a.Int("groups", 1), a.Size("dilation", 1))),
    ];
}
