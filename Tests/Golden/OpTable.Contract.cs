namespace Autograd.GoldenDriver;

static partial class OpTable
{
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
    ];
}
