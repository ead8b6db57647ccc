using System.Text.Json;

namespace Autograd.GoldenDriver;

static partial class OpTable
{
    static OpEntry[] Move =>
    [
        Unary("reshape", (x, a) => x.Reshape(a.Ints("shape"))),
        Unary("flatten", (x, a) => x.Flatten(a.Int("start_dim", 0), a.Int("end_dim", -1))),
        Unary("squeeze", (x, a) => a.OptionalInt("dim") is { } axis ? x.Squeeze(axis) : x.Squeeze()),
        Unary("unsqueeze", (x, a) => x.Unsqueeze(a.Int("dim"))),
        Unary("transpose", (x, a) => x.Transpose(a.Int("dim0"), a.Int("dim1"))),
        Unary("permute", (x, a) => x.Permute(a.Ints("dims"))),
        Unary("movedim", (x, a) => x.MoveAxis(a.Ints("source"), a.Ints("destination"))),
        Unary("expand", (x, a) => x.Expand(Kept(x.Shape, a.Ints("shape")))),
        Unary("slice", (x, a) => a.List("slices").Aggregate(x, Sliced)),
        Unary("select", (x, a) => x.Select(a.Int("dim"), a.Int("index"))),
        Several("unbind", "input", a => a["input"].Unbind(a.Int("dim", 0))),
        Several("split", "input", a => a.IsNumber("size")
            ? a["input"].Split(a.Int("size"), a.Int("dim", 0)) : a["input"].Split(a.Ints("size"), a.Int("dim", 0))),
        Several("chunk", "input", a => a["input"].Chunk(a.Int("chunks"), a.Int("dim", 0))),
        Of("concat", "", a => Tensor.Concat(a.All, a.Int("dim", 0))),
        Of("stack", "", a => Tensor.Stack(a.All, a.Int("dim", 0))),
    ];

    /// <summary>The shape in which −1 keeps the size of the axis, counted from the end.</summary>
    static Shape Kept(Shape shape, int[] sizes) => [.. sizes.Select((size, i) => size == -1 ? shape[i - sizes.Length] : size)];

    static Tensor Sliced(Tensor x, JsonElement slice)
    {
        Arguments a = new([], slice);
        return x.Slice(a.Int("dim"), a.OptionalInt("start"), a.OptionalInt("stop"), a.Int("step", 1));
    }
}
