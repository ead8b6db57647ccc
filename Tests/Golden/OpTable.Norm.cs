namespace Autograd.GoldenDriver;

static partial class OpTable
{
    static OpEntry[] Normalisation =>
    [
        Unary("normalize", (x, a) => x.Normalize(a.Double("p", 2), a.Int("dim", 1), a.Double("eps", 1e-12))),
        Of("cosine_similarity", "x1 x2", a => a["x1"].CosineSimilarity(a["x2"], a.Int("dim", 1), a.Double("eps", 1e-8))),
        Of("pairwise_distance", "x1 x2", a => a["x1"].PairwiseDistance(a["x2"], a.Double("p", 2), a.Double("eps", 1e-6))),
        Several("batch_norm", "input running_mean running_var weight bias", BatchNorm),
        Of("layer_norm", "input weight bias", a => a["input"].LayerNorm(
            a.Optional("weight"), a.Optional("bias"), a.Ints("normalized_shape").Length, a.Double("eps", 1e-5))),
        Of("group_norm", "input weight bias", a => a["input"].GroupNorm(
            a.Int("num_groups"), a.Optional("weight"), a.Optional("bias"), a.Double("eps", 1e-5))),
        Of("instance_norm", "input weight bias", a => a["input"].InstanceNorm(a.Optional("weight"), a.Optional("bias"), a.Double("eps", 1e-5))),
        Of("rms_norm", "input weight", a => a["input"].RmsNorm(a.Optional("weight"), a.Double("eps", 1e-6))),
    ];

    /// <summary>The running statistics are changed in place, so the library gets copies; they are outputs if they were inputs.</summary>
    static Tensor[] BatchNorm(Arguments a)
    {
        Tensor? mean = a.Optional("running_mean")?.Clone(), variance = a.Optional("running_var")?.Clone();
        Tensor y = a["input"].BatchNorm(
            a.Optional("weight"), a.Optional("bias"), mean, variance, a.Bool("training"), a.Double("momentum", 0.1), a.Double("eps", 1e-5));
        return mean is null || variance is null ? [y] : [y, mean, variance];
    }
}
