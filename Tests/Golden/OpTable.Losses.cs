namespace Autograd.GoldenDriver;

static partial class OpTable
{
    static OpEntry[] Losses =>
    [
        Of("cross_entropy", "input target weight", a => Loss.CrossEntropy(
            a["input"], a["target"], a.Optional("weight"), a.Int("ignore_index", -100), a.Double("label_smoothing", 0), Reduced(a))),
        Of("mse_loss", "input target", a => Loss.Mse(a["input"], a["target"], Reduced(a))),
    ];

    static Reduction Reduced(Arguments a) => a.Text("reduction", "mean") switch
    {
        "mean" => Reduction.Mean,
        "sum" => Reduction.Sum,
        "none" => Reduction.None,
        var other => throw new NotOfferedException($"reduction {other}"),
    };
}
