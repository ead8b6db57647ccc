using System.Reflection;
using System.Text.RegularExpressions;
using Autograd.Tests.Support;

namespace Autograd.Tests.Docs;

/// <summary>docs/pytorch-names.md against the public surface.</summary>
public sealed partial class PyTorchNamesTests
{
    /// <summary>The ops of the golden files, as they are named there.</summary>
    const string GoldenOps = """
        abs acos acosh adaptive_avg_pool1d adaptive_avg_pool2d adaptive_max_pool2d add add_scalar addcdiv addcmul addmm amax amin argmax argmin asin asinh
        atan atan2 atanh avg_pool1d avg_pool2d batch_norm bce_with_logits bilinear binary_cross_entropy bmm cast ceil celu chunk clamp clamp_tensor concat
        conv1d conv2d conv_transpose1d conv_transpose2d copysign cos cosh cosine_similarity cross_entropy cumprod cumsum diag diagonal div div_scalar dot
        dropout einsum elu embedding eq erf erfc exp exp2 expand expm1 flatten flip floor fmax fmin fmod fold frac gather ge gelu glu group_norm gru gru_cell
        gt hardshrink hardsigmoid hardswish hardtanh hinge_embedding_loss huber_loss hypot index_add index_select instance_norm interpolate_bilinear
        interpolate_nearest kl_div kron l1_loss layer_norm le leaky_relu lerp linear log log10 log1p log2 log_softmax logaddexp logsigmoid logsumexp lstm
        lstm_cell lt margin_ranking_loss masked_fill masked_select matmul max max_pool1d max_pool2d maximum mean min minimum mish mm movedim mse_loss mul
        mul_scalar multi_head_attention mv nan_to_num ne neg nll_loss norm normalize outer pad pairwise_distance permute pixel_shuffle pow pow_scalar prelu
        prod rdiv_scalar reciprocal relu relu6 remainder repeat repeat_interleave reshape rms_norm rnn_relu rnn_tanh roll round rpow_scalar rsqrt rsub_scalar
        scaled_dot_product_attention scatter scatter_add select selu sigmoid sign silu sin sinh slice smooth_l1_loss softmax softmin softplus softshrink
        softsign sort split sqrt square squeeze stack std sub sub_scalar sum take_along_dim tan tanh tanhshrink threshold topk trace transformer_encoder_layer
        transpose tril triplet_margin_loss triu trunc unbind unfold unsqueeze var where xlogy
        """;

    static readonly Assembly[] Layers = [typeof(Tensor).Assembly, typeof(TensorOps).Assembly, Assembly.Load("Autograd.Nn")];

    static readonly Dictionary<string, string> Operators = new()
    {
        ["+"] = "op_Addition", ["-"] = "op_Subtraction", ["*"] = "op_Multiply", ["/"] = "op_Division",
        ["<"] = "op_LessThan", ["<="] = "op_LessThanOrEqual", [">"] = "op_GreaterThan", [">="] = "op_GreaterThanOrEqual",
    };

    [Test]
    public void EveryNameOnTheRight_Exists()
    {
        string[] unknown = [.. Rows().SelectMany(row => Code().Matches(row[^1])).Select(match => match.Groups[1].Value).Where(code => !Exists(code))];
        Assert.That(unknown, Is.Empty);
    }

    [Test]
    public void EveryRow_NamesSomething() => Assert.That(Rows().Where(row => !Code().IsMatch(row[^1])).Select(row => row[0]), Is.Empty);

    [Test]
    public void EveryGoldenOp_HasItsRow()
    {
        string[] rows = [.. Rows().Where(row => row.Length == 3).Select(row => row[0])];
        Assert.That(rows, Is.EqualTo(GoldenOps.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)));
    }

    /// <summary>The cells of all rows, heads and rulers left out.</summary>
    static IEnumerable<string[]> Rows() =>
        from line in Repository.Read("docs/pytorch-names.md").Split('\n')
        where line.StartsWith("| ", StringComparison.Ordinal)
        let cells = line.Trim('|', ' ').Split(" | ")
        where cells[^1] is not ("here" or "---")
        select cells;

    static bool Exists(string code)
    {
        if (!code.Contains('.') && !code.Contains(' ') && code != "-x") return Layers.Any(layer => layer.GetExportedTypes().Any(type => type.Name == code));
        if (code == "-x") return Has(typeof(TensorOps), "op_UnaryNegation");
        bool operators = Sign().Matches(code).All(match => Has(typeof(TensorOps), Operators[match.Groups[1].Value]));
        return operators && Member().Matches(code).All(match => HasMember(match.Groups[1].Value, match.Groups[2].Value));
    }

    /// <summary>A lower-case letter stands for a tensor; else the name is that of a type.</summary>
    static bool HasMember(string owner, string member)
    {
        if (char.IsLower(owner[0])) return Has(typeof(Tensor), member) || Has(typeof(TensorOps), member) || Has(typeof(TensorOps), "get_" + member);
        if (owner == "Tensor" && Has(typeof(TensorOps), member)) return true;
        return Layers.SelectMany(layer => layer.GetExportedTypes()).Any(type => type.Name == owner && Has(type, member));
    }

    static bool Has(Type type, string member) => type.GetMember(member, BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static).Length > 0;

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@" ([-+*/<>]=?) ")]
    private static partial Regex Sign();

    [GeneratedRegex(@"\b([A-Za-z]+)\.([A-Za-z0-9]+)")]
    private static partial Regex Member();
}
