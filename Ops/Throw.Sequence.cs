namespace Autograd;

static partial class Throw
{
    public static ShapeException AttentionSizes(string op, Shape query, Shape key, Shape value) =>
        new($"{op}: query […, l, e], key […, s, e] and value […, s, v] must agree in e and s, but they are {query}, {key} and {value}.", AttentionHint(query, key, value));

    public static ShapeException AttentionBatch(string op, Shape query, Shape key, Shape value) =>
        new($"{op}: the axes in front of the last two must broadcast, but query is {query}, key {key} and value {value}.", UnsqueezeHint);

    public static ShapeException AttentionMask(string op, Shape mask, Shape scores) =>
        new($"{op}: the mask must broadcast to the scores, one for each query and key, but the mask is {mask} and the scores are {scores}.", $"A mask [{scores[-2]}, {scores[-1]}] serves for all axes in front.");

    public static DTypeException AttentionMaskType(string op, DType mask, DType dtype) =>
        new($"{op}: the mask must be Bool, to choose, or {dtype}, to be added, but it is {mask}.", "Make one by a comparison, or cast it.");

    public static ShapeException AttentionValue(int size, Shape value) =>
        new($"MultiHeadAttention: the last size of the value must be that of the query, but the value is {value} and the query's last size is {size} ({value[-1]} ≠ {size}).",
            "Pass queryWeight, keyWeight and valueWeight in place of inWeight where sizes differ.");

    public static ShapeException AttentionOutWeight(int size, Shape weight) =>
        new($"MultiHeadAttention: outWeight must be [out, {size}], but it is {weight}.", WeightHint("outWeight", weight, [size, size]));

    public static ShapeException AttentionParameter(string name, Shape given, Shape wanted) =>
        new($"MultiHeadAttention: {name} must be {wanted}, one number a row of its weight, but it is {given}.", ParameterHint(given, wanted, "Zeros"));

    public static ShapeException AttentionKeys(Shape query, Shape key, Shape value) =>
        new($"MultiHeadAttention: query […, l, e], key […, s, k] and value […, s, v] must agree in s, but they are {query}, {key} and {value}.", AttentionHint(query, key, value));

    public static ShapeException AttentionProjection(string name, Shape weight, Shape wanted, Shape input) =>
        new($"MultiHeadAttention: {name} must be {wanted}, from the last size of its input {input} to that of the query, but it is {weight}.", WeightHint(name, weight, wanted));

    public static ShapeException AttentionHeads(int size, int heads) =>
        new($"MultiHeadAttention: the last size of the query must be divisible by the number of heads, but they are {size} and {heads}.", $"Use heads: {Divisor(size, heads)}.");

    public static ShapeException AttentionWeight(int size, Shape weight) =>
        new($"MultiHeadAttention: inWeight must be [{3 * size}, {size}], three projections below one another, but it is {weight}.",
            weight.Rank == 2 && weight[0] == size && weight[1] == size ? "Concat the three along axis 0." : WeightHint("inWeight", weight, [3 * size, size]));

    public static ShapeException RecurrentInput(string op, Shape x, bool batchFirst) =>
        new($"{op}: the input must be {(batchFirst ? "[n, time, in]" : "[time, n, in]")} with at least one time, but it is {x}.",
            x.Rank == 2 ? $"Unsqueeze({(batchFirst ? 0 : 1)}) makes a batch of one sequence." : x.Rank == 3 ? "Leave out empty sequences." : "Reshape it to three axes.");

    public static ShapeException RecurrentWeightCount(string op, int count, bool bidirectional) =>
        new($"{op}: there must be {(bidirectional ? "two sets of weights, forward and backward," : "one set of weights")} a layer, but there are {count}.", count == 0 ? "Pass the weights of at least one layer." : "Leave out bidirectional, or add the backward weights of each layer behind its forward ones.");

    public static ShapeException CellInput(string op, Shape x) =>
        new($"{op}: x must be [n, in] or [in], one step, but it is {x}.", $"For a sequence use {op[..^4]}.");

    public static ShapeException CellState(string op, string name, Shape state, Shape x, Shape wanted) =>
        new($"{op}: {name} must be [n, hidden], here {wanted} for x {x}, but it is {state}.", FitHint("it", state, wanted));

    public static ShapeException RecurrentInputWeight(string op, int layer, Shape weight, int inputs) =>
        new($"{op}: the input weight{(op.EndsWith("Cell", StringComparison.Ordinal) ? "" : $" of layer {layer}")} must be [gates·hidden, {inputs}], as {inputs} numbers reach it, but it is {weight} ({weight[-1]} ≠ {inputs}).", $"Give it the shape [{weight[0]}, {inputs}].");

    public static ShapeException RecurrentBias(string op, string name, Shape bias, Shape wanted) =>
        new($"{op}: {name} must be {wanted}, one number a row of its weight, but it is {bias}.", ParameterHint(bias, wanted, "Zeros"));

    public static ShapeException RecurrentState(string op, string name, Shape state, Shape wanted) =>
        new($"{op}: {name} must be [layers·directions, n, hidden], here {wanted}, but it is {state}.", ParameterHint(state, wanted, "Zeros"));

    public static ShapeException RecurrentLengths(string op, Tensor lengths, int count) =>
        new($"{op}: lengths must be Int64 [{count}], one for each sequence, but they are {lengths.DType} {lengths.Shape}.",
            lengths.Rank == 1 && lengths.Count == count ? "Cast them: lengths.Cast(DType.Int64)." : $"Give {count} numbers, or leave them out if all sequences are equally long.");

    public static ShapeException RecurrentLength(string op, int sequence, long length, int times) =>
        new($"{op}: lengths must be in [1, {times}], but that of sequence {sequence} is {length}.", length < 1 ? "Leave out empty sequences." : $"Count its times without padding: the input has {times}.");

    public static ShapeException RecurrentWeight(string op, int gates, int hidden, Shape input, Shape state) =>
        new($"{op}: the weights must be [{gates * hidden}, in] and [{gates * hidden}, {hidden}], {gates} times the hidden size of {hidden}, but they are {input} and {state}.", "Were they made for another kind of layer? Rnn has 1 gate, Gru 3 and Lstm 4.");

    static string AttentionHint(Shape query, Shape key, Shape value)
    {
        if (query.Rank < 2 || key.Rank < 2 || value.Rank < 2) return "Unsqueeze(0) makes a sequence of one vector.";
        if (key[-2] == query[-1] && key[-1] == value[-2]) return "Did you mean key.T?";
        return key[-2] != value[-2] ? $"Give as many values as keys, {key[-2]}." : $"Project the key to {query[-1]} with Linear.";
    }
}
