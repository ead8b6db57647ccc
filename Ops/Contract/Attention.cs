namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor)
    {
        /// <summary>Attention: softmax(query·keyᵀ·scale + mask)·value.</summary>
        /// <param name="query">[…, l, e].</param>
        /// <param name="key">[…, s, e].</param>
        /// <param name="value">[…, s, v].</param>
        /// <param name="mask">
        /// Broadcasts to […, l, s]: a Bool tensor, true where a query may look at a key, or numbers that are added to the scores.
        /// </param>
        /// <param name="isCausal">Query i looks at the keys 0 … i only.</param>
        /// <param name="scale">1/√e when left out.</param>
        /// <returns>[…, l, v].</returns>
        /// <remarks>A query that may look at no key gets NaN. Source: Vaswani and others, Attention is all you need, 2017, equation 1.</remarks>
        /// <exception cref="ShapeException">The sizes do not fit together.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public static Tensor ScaledDotProductAttention(
            Tensor query, Tensor key, Tensor value, Tensor? mask = null, bool isCausal = false, double? scale = null)
        {
            Attention.Check("ScaledDotProductAttention", query, key, value);
            Attention.CheckMask("ScaledDotProductAttention", mask, Attention.Scores("ScaledDotProductAttention", query, key, value), query.DType);
            if (mask is { Rank: > 2 }) mask = mask.Unsqueeze(-3);
            return Attention.Fused([query, key, value], 1, mask, null, isCausal, scale ?? 1 / Math.Sqrt(query.Shape[-1]));
        }

        /// <summary>Attention by several heads, each on its own projection of the inputs.</summary>
        /// <param name="query">[…, l, e].</param>
        /// <param name="key">[…, s, e].</param>
        /// <param name="value">[…, s, e].</param>
        /// <param name="inWeight">[3·e, e]: the projections of query, key and value, one below the other.</param>
        /// <param name="inBias">[3·e], or null for none.</param>
        /// <param name="outWeight">[e, e], applied to the heads' results side by side.</param>
        /// <param name="outBias">[e], or null for none.</param>
        /// <param name="heads">The number of heads, a divisor of e.</param>
        /// <param name="mask">Broadcasts to […, heads, l, s]: true where a query may look at a key, or numbers that are added to the scores.</param>
        /// <param name="isCausal">Query i looks at the keys 0 … i only.</param>
        /// <param name="dropout">The probability with which a weight is left out, the others growing in turn.</param>
        /// <param name="generator">What decides that; <see cref="Generator.Default"/> when left out.</param>
        /// <param name="needWeights">Whether the weights are returned, too; without them attention is one op, and long sequences need no memory for them.</param>
        /// <returns>The result […, l, e] and, if they are needed, the weights of each head […, heads, l, s].</returns>
        /// <exception cref="ShapeException">The sizes do not fit together.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public static (Tensor Output, Tensor? Weights) MultiHeadAttention(
            Tensor query, Tensor key, Tensor value, Tensor inWeight, Tensor? inBias, Tensor outWeight, Tensor? outBias, int heads,
            Tensor? mask = null, bool isCausal = false, double dropout = 0, Generator? generator = null, bool needWeights = true)
        {
            Attention.Check("MultiHeadAttention", query, key, value);
            if (!(dropout is >= 0 and <= 1)) throw Throw.DropoutRate(dropout, "MultiHeadAttention", nameof(dropout));
            Attention.CheckProjections(query, key, value, inWeight, inBias, outWeight, outBias, heads, mask);
            Tensor[] projected = Attention.Project(query, key, value, inWeight, inBias, query.Shape[-1]);
            Shape scores = Attention.Scores("MultiHeadAttention", query, key, value);
            return Attention.Heads(projected, scores, outWeight, outBias, heads, mask, isCausal, dropout, generator, needWeights);
        }

        /// <summary>Attention by several heads to keys and values of other sizes than the query's.</summary>
        /// <param name="query">[…, l, e].</param>
        /// <param name="key">[…, s, k].</param>
        /// <param name="value">[…, s, v].</param>
        /// <param name="queryWeight">[e, e].</param>
        /// <param name="keyWeight">[e, k].</param>
        /// <param name="valueWeight">[e, v].</param>
        /// <param name="inBias">[3·e], those of the three projections one after the other, or null for none.</param>
        /// <param name="outWeight">[e, e], applied to the heads' results side by side.</param>
        /// <param name="outBias">[e], or null for none.</param>
        /// <param name="heads">The number of heads, a divisor of e.</param>
        /// <param name="mask">Broadcasts to […, heads, l, s]: true where a query may look at a key, or numbers that are added to the scores.</param>
        /// <param name="isCausal">Query i looks at the keys 0 … i only.</param>
        /// <param name="dropout">The probability with which a weight is left out, the others growing in turn.</param>
        /// <param name="generator">What decides that; <see cref="Generator.Default"/> when left out.</param>
        /// <param name="needWeights">Whether the weights are returned, too; without them attention is one op, and long sequences need no memory for them.</param>
        /// <returns>The result […, l, e] and, if they are needed, the weights of each head […, heads, l, s].</returns>
        /// <exception cref="ShapeException">The sizes do not fit together.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public static (Tensor Output, Tensor? Weights) MultiHeadAttention(
            Tensor query, Tensor key, Tensor value, Tensor queryWeight, Tensor keyWeight, Tensor valueWeight, Tensor? inBias, Tensor outWeight, Tensor? outBias, int heads,
            Tensor? mask = null, bool isCausal = false, double dropout = 0, Generator? generator = null, bool needWeights = true)
        {
            if (!(dropout is >= 0 and <= 1)) throw Throw.DropoutRate(dropout, "MultiHeadAttention", nameof(dropout));
            Attention.CheckSizes(query, key, value, queryWeight, keyWeight, valueWeight);
            Attention.CheckHeads(query, key, value, inBias, outWeight, outBias, heads, mask);
            Tensor[]? biases = inBias?.Split(query.Shape[-1], 0);
            Tensor[] projected = [query.Linear(queryWeight, biases?[0]), key.Linear(keyWeight, biases?[1]), value.Linear(valueWeight, biases?[2])];
            Shape scores = Attention.Scores("MultiHeadAttention", query, key, value);
            return Attention.Heads(projected, scores, outWeight, outBias, heads, mask, isCausal, dropout, generator, needWeights);
        }
    }
}

/// <summary>The steps of attention.</summary>
static class Attention
{
    const string Op = "MultiHeadAttention";

    public static void Check(string op, Tensor query, Tensor key, Tensor value)
    {
        Throw.IfNull(op, query);
        Throw.IfNull(op, key);
        Throw.IfNull(op, value);
        Throw.IfNotFloating(op, query, key, value);
        bool fits = query.Rank >= 2 && key.Rank >= 2 && value.Rank >= 2 && query.Shape[-1] == key.Shape[-1] && key.Shape[-2] == value.Shape[-2];
        if (!fits) throw Throw.AttentionSizes(op, query.Shape, key.Shape, value.Shape);
    }

    /// <summary>The shape of the scores, […, l, s], the axes in front broadcast over all three.</summary>
    public static Shape Scores(string op, Tensor query, Tensor key, Tensor value)
    {
        Shape a = Shape.Create(query.Shape.Sizes[..^2]), b = Shape.Create(key.Shape.Sizes[..^2]), c = Shape.Create(value.Shape.Sizes[..^2]);
        bool fits = Shape.TryBroadcast(a, b, out Shape batch) & Shape.TryBroadcast(batch, c, out _);
        return fits ? [.. batch.Sizes, query.Shape[-2], key.Shape[-2]] : throw Throw.AttentionBatch(op, query.Shape, key.Shape, value.Shape);
    }

    /// <summary>A mask chooses or is added: it is Bool or of the scores' type, and broadcasts to their shape.</summary>
    public static void CheckMask(string op, Tensor? mask, Shape scores, DType dtype)
    {
        if (mask is null) return;
        if (mask.DType != DType.Bool && mask.DType != dtype) throw Throw.AttentionMaskType(op, mask.DType, dtype);
        if (!Shape.TryBroadcast(mask.Shape, scores, out Shape all) || all != scores) throw Throw.AttentionMask(op, mask.Shape, scores);
    }

    /// <summary>softmax(query·keyᵀ·scale + mask) over the keys.</summary>
    public static Tensor Weights(Tensor query, Tensor key, Tensor? mask, bool isCausal, double scale)
    {
        Tensor scores = (query * scale).MatMul(key.T);
        if (mask is not null) scores = mask.DType == DType.Bool ? Tensor.Where(mask, scores, double.NegativeInfinity) : scores + mask;
        if (isCausal) scores = Tensor.Where(Causal(scores.Shape[-2], scores.Shape[-1]), scores, double.NegativeInfinity);
        return scores.Softmax(-1);
    }

    /// <summary>The rules of the parameters of several heads.</summary>
    public static void CheckProjections(
        Tensor query, Tensor key, Tensor value, Tensor inWeight, Tensor? inBias, Tensor outWeight, Tensor? outBias, int heads, Tensor? mask)
    {
        Throw.IfNull(Op, inWeight);
        Throw.IfNull(Op, outWeight);
        Throw.IfNotFloating(Op, query, inWeight);
        int size = query.Shape[-1];
        if (heads < 1 || size % heads != 0) throw Throw.AttentionHeads(size, heads);
        if (value.Shape[-1] != size) throw Throw.AttentionValue(size, value.Shape);
        if (inWeight.Rank != 2 || inWeight.Shape[0] != 3 * size || inWeight.Shape[1] != size) throw Throw.AttentionWeight(size, inWeight.Shape);
        CheckHeads(query, key, value, inBias, outWeight, outBias, heads, mask);
    }

    /// <summary>The rules of inputs and projections whose sizes differ.</summary>
    public static void CheckSizes(Tensor query, Tensor key, Tensor value, Tensor queryWeight, Tensor keyWeight, Tensor valueWeight)
    {
        Tensor[] inputs = [query, key, value], weights = [queryWeight, keyWeight, valueWeight];
        string[] names = [nameof(queryWeight), nameof(keyWeight), nameof(valueWeight)];
        Throw.IfNull(Op, query);
        Throw.IfNull(Op, key);
        Throw.IfNull(Op, value);
        for (int i = 0; i < weights.Length; i++) Throw.IfNull(Op, weights[i], names[i]);
        Throw.IfNotFloating(Op, query, key, value, queryWeight, keyWeight, valueWeight);
        if (query.Rank < 2 || key.Rank < 2 || value.Rank < 2 || key.Shape[-2] != value.Shape[-2]) throw Throw.AttentionKeys(query.Shape, key.Shape, value.Shape);
        for (int i = 0; i < weights.Length; i++)
        {
            Shape wanted = [query.Shape[-1], inputs[i].Shape[-1]];
            if (weights[i].Shape != wanted) throw Throw.AttentionProjection(names[i], weights[i].Shape, wanted, inputs[i].Shape);
        }
    }

    /// <summary>The rules that hold whatever the sizes of keys and values are.</summary>
    public static void CheckHeads(
        Tensor query, Tensor key, Tensor value, Tensor? inBias, Tensor outWeight, Tensor? outBias, int heads, Tensor? mask)
    {
        Throw.IfNull(Op, outWeight);
        Throw.IfNotFloating(Op, query, inBias, outWeight, outBias);
        int size = query.Shape[-1];
        if (heads < 1 || size % heads != 0) throw Throw.AttentionHeads(size, heads);
        CheckBias(nameof(inBias), inBias, 3 * size);
        if (outWeight.Rank != 2 || outWeight.Shape[1] != size) throw Throw.AttentionOutWeight(size, outWeight.Shape);
        CheckBias(nameof(outBias), outBias, outWeight.Shape[0]);
        Shape scores = Scores(Op, query, key, value);
        CheckMask(Op, mask, [.. scores.Sizes[..^2], heads, .. scores.Sizes[^2..]], query.DType);
    }

    static void CheckBias(string name, Tensor? bias, int size)
    {
        if (bias is not null && (bias.Rank != 1 || bias.Count != size)) throw Throw.AttentionParameter(name, bias.Shape, [size]);
    }

    /// <summary>The three projections; side by side in one tensor, by one product, where all inputs are the same tensor.</summary>
    public static Tensor[] Project(Tensor query, Tensor key, Tensor value, Tensor weight, Tensor? bias, int size)
    {
        if (ReferenceEquals(query, key) && ReferenceEquals(key, value)) return [query.Linear(weight, bias)];
        Tensor[] inputs = [query, key, value], weights = weight.Split(size, 0);
        Tensor[]? biases = bias?.Split(size, 0);
        return [.. inputs.Select((x, i) => x.Linear(weights[i], biases?[i]))];
    }

    /// <summary>The heads' results of projected query, key and value, side by side and projected once more, and their weights if they are needed.</summary>
    /// <remarks>What is projected is three tensors, or one in which they lie side by side; the scores are […, l, s].</remarks>
    public static (Tensor Output, Tensor? Weights) Heads(
        Tensor[] projected, Shape scores, Tensor outWeight, Tensor? outBias, int heads, Tensor? mask, bool isCausal, double dropout, Generator? generator, bool needWeights)
    {
        if (!needWeights)
        {
            int size = projected[0].Shape[-1] / (projected.Length == 1 ? 3 : 1);
            Tensor? factors = null;
            if (dropout > 0)
            {
                Shape each = [.. scores.Sizes[..^2], heads, .. scores.Sizes[^2..]];
                factors = new DropoutMaskOp(each, dropout, generator ?? Generator.Default).Apply(projected[0].Detach());
            }
            return (Fused(projected, heads, mask, factors, isCausal, 1 / Math.Sqrt(size / heads)).Linear(outWeight, outBias), null);
        }
        if (projected.Length == 1) projected = projected[0].Split(projected[0].Shape[-1] / 3, -1);
        Tensor query = SplitHeads(projected[0], heads), key = SplitHeads(projected[1], heads), value = SplitHeads(projected[2], heads);
        Tensor weights = Weights(query, key, mask, isCausal, 1 / Math.Sqrt(query.Shape[-1]));
        if (dropout > 0) weights = weights.Dropout(dropout, generator ?? Generator.Default);
        return (JoinHeads(weights.MatMul(value)).Linear(outWeight, outBias), weights);
    }

    /// <summary>Attention in one op.</summary>
    public static Tensor Fused(Tensor[] projected, int heads, Tensor? mask, Tensor? factors, bool isCausal, double scale)
    {
        Tensor[] inputs = new Tensor[projected.Length + (mask is null ? 0 : 1) + (factors is null ? 0 : 1)];
        Shape batch = Shape.Create(projected[0].Shape.Sizes[..^2]);
        foreach (Tensor x in projected) Shape.TryBroadcast(batch, Shape.Create(x.Shape.Sizes[..^2]), out batch);
        for (int i = 0; i < projected.Length; i++) inputs[i] = projected[i].Expand([.. batch.Sizes, .. projected[i].Shape.Sizes[^2..]]);
        // Where a query must not look it cannot, whatever is there.
        if (mask is { DType: DType.Bool }) mask = Tensor.Where(mask, Tensor.Zeros([], projected[0].DType), double.NegativeInfinity);
        if (mask is not null) inputs[projected.Length] = mask;
        if (factors is not null) inputs[^1] = factors;
        return new AttentionOp(heads, projected.Length == 1, mask is not null, factors is not null, isCausal, scale).Apply(inputs);
    }

    /// <summary>[…, l, heads·d] as […, heads, l, d].</summary>
    public static Tensor SplitHeads(Tensor x, int heads) =>
        x.Reshape([.. x.Shape.Sizes[..^1], heads, x.Shape[-1] / heads]).Transpose(-3, -2);

    /// <summary>[…, heads, l, d] as […, l, heads·d].</summary>
    public static Tensor JoinHeads(Tensor x) => x.Transpose(-3, -2).Reshape([.. x.Shape.Sizes[..^3], x.Shape[-2], x.Shape[-3] * x.Shape[-1]]);

    static Tensor Causal(int queries, int keys)
    {
        bool[] allowed = new bool[queries * keys];
        for (int i = 0; i < queries; i++) allowed.AsSpan(i * keys, Math.Min(i + 1, keys)).Fill(true);
        return Tensor.From(allowed, [queries, keys]);
    }
}
