namespace Autograd.GoldenDriver;

static partial class OpTable
{
    static OpEntry[] Losses =>
    [
        Of("cross_entropy", "input target weight", a => Loss.CrossEntropy(
            a["input"], a["target"], a.Optional("weight"), a.Int("ignore_index", -100), a.Double("label_smoothing", 0), Reduced(a))),
        Of("nll_loss", "input target weight", a => Loss.Nll(a["input"], a["target"], a.Optional("weight"), a.Int("ignore_index", -100), Reduced(a))),
        Of("mse_loss", "input target", a => Loss.Mse(a["input"], a["target"], Reduced(a))),
        Of("l1_loss", "input target", a => Loss.L1(a["input"], a["target"], Reduced(a))),
        Of("smooth_l1_loss", "input target", a => Loss.SmoothL1(a["input"], a["target"], a.Double("beta", 1), Reduced(a))),
        Of("huber_loss", "input target", a => Loss.Huber(a["input"], a["target"], a.Double("delta", 1), Reduced(a))),
        Of("binary_cross_entropy", "input target weight", a => Loss.Bce(a["input"], a["target"], a.Optional("weight"), Reduced(a))),
        Of("bce_with_logits", "input target weight pos_weight", a => Loss.BceWithLogits(
            a["input"], a["target"], a.Optional("weight"), a.Optional("pos_weight"), Reduced(a))),
        Of("kl_div", "input target", a => a.Text("reduction", "mean") == "batchmean"
            ? Loss.KLDiv(a["input"], a["target"], a.Bool("log_target"), Reduction.Sum) / a["input"].Shape[0]
            : Loss.KLDiv(a["input"], a["target"], a.Bool("log_target"), Reduced(a))),
        Of("hinge_embedding_loss", "input target", a => Loss.HingeEmbedding(a["input"], a["target"], a.Double("margin", 1), Reduced(a))),
        Of("margin_ranking_loss", "x1 x2 target", a => Loss.MarginRanking(a["x1"], a["x2"], a["target"], a.Double("margin", 0), Reduced(a))),
        Of("triplet_margin_loss", "anchor positive negative", a => Loss.TripletMargin(
            a["anchor"], a["positive"], a["negative"], a.Double("margin", 1), reduction: Reduced(a))),
    ];

    static Reduction Reduced(Arguments a) => a.Text("reduction", "mean") switch
    {
        "mean" => Reduction.Mean,
        "sum" => Reduction.Sum,
        "none" => Reduction.None,
        var other => throw new NotOfferedException($"reduction {other}"),
    };
}
