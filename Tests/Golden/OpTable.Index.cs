namespace Autograd.GoldenDriver;

static partial class OpTable
{
    static OpEntry[] Index =>
    [
        Unary("flip", (x, a) => x.Flip(a.Ints("dims"))),
        Unary("roll", (x, a) => a.OptionalInts("dims") is { } axes ? x.Roll(a.Ints("shifts"), axes) : x.Roll(a.Int("shifts"), null)),
        Unary("repeat", (x, a) => x.Tile(a.Ints("repeats"))),
        Unary("repeat_interleave", (x, a) => x.RepeatInterleave(a.Int("repeats"), a.OptionalInt("dim"))),
        Unary("pad", (x, a) => x.Pad(a.Ints("pad"), Padding(a.Text("mode", "constant")), a.Double("value", 0))),
        Unary("diag", (x, a) => x.Diag(a.Int("diagonal", 0))),
        Unary("diagonal", (x, a) => x.Diagonal(a.Int("offset", 0), a.Int("dim1", 0), a.Int("dim2", 1))),
        Unary("trace", x => x.Trace()),
        Unary("tril", (x, a) => x.Tril(a.Int("diagonal", 0))),
        Unary("triu", (x, a) => x.Triu(a.Int("diagonal", 0))),
        Of("gather", "input index", a => a["input"].Gather(a.Int("dim"), a["index"])),
        Of("take_along_dim", "input index", a => a["input"].TakeAlongAxis(a.Int("dim"), a["index"])),
        Of("scatter", "input index src", a => a["input"].Scatter(a.Int("dim"), a["index"], a["src"])),
        Of("scatter_add", "input index src", a => a["input"].ScatterAdd(a.Int("dim"), a["index"], a["src"])),
        Of("index_select", "input index", a => a["input"].IndexSelect(a.Int("dim"), a["index"])),
        Of("index_add", "input index source", a => a["input"].IndexAdd(a.Int("dim"), a["index"], a["source"])),
        Of("embedding", "index weight", a => Tensor.Embedding(a["index"], a["weight"], a.OptionalInt("padding_idx"))),
        Of("masked_fill", "input mask", a => a["input"].MaskedFill(a["mask"], a.Double("value"))),
        Of("masked_select", "input mask", a => a["input"].MaskedSelect(a["mask"])),
        Unary("cumsum", (x, a) => x.CumSum(a.Int("dim"))),
        Unary("cumprod", (x, a) => x.CumProd(a.Int("dim"))),
        Several("sort", "input", a => Both(a["input"].Sort(a.Int("dim", -1), a.Bool("descending")))),
        Several("topk", "input", a => Both(a["input"].TopK(a.Int("k"), a.Int("dim", -1), a.Bool("largest", true)))),
        Binary("kron", (x, y) => x.Kron(y)),
        Unary("pixel_shuffle", (x, a) => x.PixelShuffle(a.Int("upscale_factor"))),
        Unary("interpolate_nearest", (x, a) => x.InterpolateNearest(a.Int("scale_factor"))),
        Unary("interpolate_bilinear", (x, a) => Bilinear(x, a.Ints("size"), a.Bool("align_corners"))),
        Unary("unfold", (x, a) => x.Unfold(a.Size("kernel_size", 1), a.OptionalSize("stride"), a.OptionalSize("padding"), a.OptionalSize("dilation"))),
        Unary("fold", (x, a) => x.Fold(
            a.Size("output_size", 1), a.Size("kernel_size", 1), a.OptionalSize("stride"), a.OptionalSize("padding"), a.OptionalSize("dilation"))),
    ];

    static PadMode Padding(string mode) => mode switch
    {
        "constant" => PadMode.Constant,
        "reflect" => PadMode.Reflect,
        "replicate" => PadMode.Replicate,
        "circular" => PadMode.Circular,
        _ => throw new NotOfferedException($"mode {mode}"),
    };

    static Tensor[] Both((Tensor Values, Tensor Indices) pair) => [pair.Values, pair.Indices];

    static Tensor Bilinear(Tensor x, int[] size, bool alignCorners) => x.InterpolateBilinear(size[0], size[^1], alignCorners);
}
