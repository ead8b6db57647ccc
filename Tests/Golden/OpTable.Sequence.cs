using Autograd.Nn;

namespace Autograd.GoldenDriver;

static partial class OpTable
{
    static OpEntry[] Sequences =>
    [
        Several("rnn_tanh", "", a => RunRnn(a, relu: false)),
        Several("rnn_relu", "", a => RunRnn(a, relu: true)),
        Several("gru", "", RunGru),
        Several("lstm", "", RunLstm),
        Several("lstm_cell", "input hx cx weight_ih weight_hh bias_ih bias_hh", RunLstmCell),
        Of("gru_cell", "input hx weight_ih weight_hh bias_ih bias_hh", a => Recurrent.GruCell(a["input"], a["hx"], Weights(a, ""))),
        Of("scaled_dot_product_attention", "query key value attn_mask", a => Tensor.ScaledDotProductAttention(
            a["query"], a["key"], a["value"], a.Optional("attn_mask"), a.Bool("is_causal"), a.OptionalDouble("scale"))),
        Several("multi_head_attention", "query key value in_proj_weight in_proj_bias out_proj_weight out_proj_bias attn_mask key_padding_mask", RunAttention),
        Of("transformer_encoder_layer", "src", RunEncoderLayer),
        Of("einsum", "", a => Tensor.Einsum(a.Text("equation"), a.All)),
    ];

    static Tensor[] RunRnn(Arguments a, bool relu)
    {
        (Tensor output, Tensor h) = Recurrent.Rnn(a["input"], Layers(a), a.Optional("h0"), relu, a.Bool("bidirectional"), a.Bool("batch_first"));
        return [output, h];
    }

    static Tensor[] RunGru(Arguments a)
    {
        (Tensor output, Tensor h) = Recurrent.Gru(a["input"], Layers(a), a.Optional("h0"), a.Bool("bidirectional"), a.Bool("batch_first"));
        return [output, h];
    }

    static Tensor[] RunLstm(Arguments a)
    {
        (Tensor output, Tensor h, Tensor c) = Recurrent.Lstm(
            a["input"], Layers(a), a.Optional("h0"), a.Optional("c0"), a.Bool("bidirectional"), a.Bool("batch_first"));
        return [output, h, c];
    }

    static Tensor[] RunLstmCell(Arguments a)
    {
        (Tensor h, Tensor c) = Recurrent.LstmCell(a["input"], a["hx"], a["cx"], Weights(a, ""));
        return [h, c];
    }

    static RecurrentWeights[] Layers(Arguments a)
    {
        List<RecurrentWeights> layers = [];
        _ = (a.OptionalInt("hidden_size"), a.Bool("bias"));
        for (int layer = 0; layer < a.Int("num_layers", 1); layer++)
        {
            layers.Add(Weights(a, $"_l{layer}"));
            if (a.Bool("bidirectional")) layers.Add(Weights(a, $"_l{layer}_reverse"));
        }
        return [.. layers];
    }

    static RecurrentWeights Weights(Arguments a, string suffix) => new(
        a["weight_ih" + suffix], a["weight_hh" + suffix], a.Optional("bias_ih" + suffix), a.Optional("bias_hh" + suffix));

    static Tensor[] RunAttention(Arguments a)
    {
        bool batchFirst = a.Bool("batch_first");
        Tensor query = a["query"], key = a["key"], value = a["value"];
        if (!batchFirst) (query, key, value) = (query.Transpose(0, 1), key.Transpose(0, 1), value.Transpose(0, 1));
        Tensor? mask = Mask(a.Optional("attn_mask"), a.Optional("key_padding_mask"), query.DType, a.Int("num_heads"));
        (Tensor output, Tensor? weights) = Tensor.MultiHeadAttention(
            query, key, value, a["in_proj_weight"], a.Optional("in_proj_bias"), a["out_proj_weight"], a.Optional("out_proj_bias"), a.Int("num_heads"), mask);
        return [batchFirst ? output : output.Transpose(0, 1), weights!.Mean(-3)];
    }

    /// <summary>The files mark what is blocked, the library what may be seen: both masks become one that is added to the scores.</summary>
    static Tensor? Mask(Tensor? attention, Tensor? padding, DType dtype, int heads)
    {
        if (attention is { Rank: 3 } perHead) attention = perHead.Reshape(-1, heads, perHead.Shape[1], perHead.Shape[2]);
        Tensor? added = attention is null ? null : Blocked(attention, dtype);
        if (padding is null) return added;
        Tensor keys = Blocked(padding, dtype).Reshape(padding.Shape[0], 1, 1, padding.Shape[1]);
        return added is null ? keys : added + keys;
    }

    static Tensor Blocked(Tensor mask, DType dtype) => mask.DType == DType.Bool
        ? Tensor.Where(mask, Tensor.Scalar(double.NegativeInfinity, dtype), Tensor.Scalar(0, dtype))
        : mask;

    /// <summary>The layer with the leaves as its parameters.</summary>
    static Tensor RunEncoderLayer(Arguments a)
    {
        Tensor src = a["src"], weight = a["linear1_weight"];
        Func<Tensor, Tensor>? activation = a.Text("activation", "relu") == "gelu" ? x => x.Gelu() : null;
        TransformerEncoderLayer layer = new(
            src.Shape[-1], a.Int("nhead"), weight.Shape[0], dropout: 0, activation, a.Bool("norm_first"), a.Double("layer_norm_eps", 1e-5), dtype: src.DType);
        (layer.SelfAttn.InProjWeight, layer.SelfAttn.InProjBias) = (a["in_proj_weight"], a["in_proj_bias"]);
        (layer.SelfAttn.OutProj.Weight, layer.SelfAttn.OutProj.Bias) = (a["out_proj_weight"], a["out_proj_bias"]);
        (layer.Linear1.Weight, layer.Linear1.Bias) = (weight, a["linear1_bias"]);
        (layer.Linear2.Weight, layer.Linear2.Bias) = (a["linear2_weight"], a["linear2_bias"]);
        (layer.Norm1.Weight, layer.Norm1.Bias) = (a["norm1_weight"], a["norm1_bias"]);
        (layer.Norm2.Weight, layer.Norm2.Bias) = (a["norm2_weight"], a["norm2_bias"]);
        return layer.Forward(src, Mask(a.Optional("src_mask"), null, src.DType, a.Int("nhead")));
    }
}
