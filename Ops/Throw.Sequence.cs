namespace Autograd;

static partial class Throw
{
    public static ShapeException AttentionSizes(string op, Shape query, Shape key, Shape value) =>
        new($"{op}: query […, l, e], key […, s, e] and value […, s, v] must agree in e and s, but they are {query}, {key} and {value}.");

    public static ShapeException AttentionHeads(int size, int heads) =>
        new($"MultiHeadAttention: the last size of the query must be divisible by the number of heads, but they are {size} and {heads}.");

    public static ShapeException AttentionWeight(int size, Shape weight) =>
        new($"MultiHeadAttention: inWeight must be [{3 * size}, {size}], three projections below one another, but it is {weight}.");

    public static ShapeException RecurrentInput(string op, Shape x, bool batchFirst) =>
        new($"{op}: the input must be {(batchFirst ? "[n, time, in]" : "[time, n, in]")} with at least one time, but it is {x}.");

    public static ShapeException RecurrentWeightCount(string op, int count, bool bidirectional) =>
        new($"{op}: there must be {(bidirectional ? "two sets of weights, forward and backward," : "one set of weights")} a layer, but there are {count}.");

    public static ShapeException RecurrentState(string op, string name, Shape state, Shape wanted) =>
        new($"{op}: {name} must be [layers·directions, n, hidden], here {wanted}, but it is {state}.");

    public static ShapeException RecurrentWeight(string op, int gates, int hidden, Shape input, Shape state) =>
        new($"{op}: the weights must be [{gates * hidden}, in] and [{gates * hidden}, {hidden}], {gates} times the hidden size of {hidden}, but they are {input} and {state}.");
}
