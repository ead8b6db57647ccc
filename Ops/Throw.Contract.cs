namespace Autograd;

static partial class Throw
{
    public static ShapeException MatMulScalar(Tensor x, string? text, string name) =>
        new($"MatMul: both factors need at least one axis, but {Named(text, name)} is {x.Shape}.", "Multiply by a scalar with *.");

    public static ShapeException MatMulInner(Tensor a, Tensor b, string? aText, string? bText)
    {
        int axisA = a.Rank - 1, axisB = Math.Max(b.Rank - 2, 0);
        return new($"MatMul: a.Shape[{axisA}] must equal b.Shape[{axisB}], but {Named(aText, "a")} is {a.Shape} and {Named(bText, "b")} is {b.Shape} " +
            $"({a.Shape[-1]} ≠ {b.Shape[axisB]}).", MatMulHint(a, b, axisB, Named(aText, "a"), Named(bText, "b")));
    }

    public static ShapeException MatMulBatch(Tensor a, Tensor b, string? aText, string? bText) =>
        new($"MatMul: the axes in front of the last two must broadcast, but {Named(aText, "a")} is {a.Shape} and {Named(bText, "b")} is {b.Shape}.", UnsqueezeHint);

    public static ShapeException OuterRank(Shape a, Shape b) =>
        new($"Outer: both factors must be vectors, but their shapes are {a} and {b}.", "Flatten them first.");

    public static ShapeException LinearWeight(Tensor weight, string? text) =>
        new($"Linear: the weight must be [out, in], but {Named(text, "weight")} is {weight.Shape}.",
            weight.Rank > 2 ? "Flatten(1) makes it a matrix." : "For one output it is [1, in]: Reshape(1, -1).");

    public static ShapeException LinearInput(Tensor x, Tensor weight, string? xText, string? weightText)
    {
        string sizes = x.Rank > 0 ? $" ({x.Shape[-1]} ≠ {weight.Shape[1]})" : "";
        return new($"Linear: the last size of x must equal weight.Shape[1], but {Named(xText, "x")} is {x.Shape} and " +
            $"{Named(weightText, "weight")} is {weight.Shape}{sizes}.", LinearHint(x, weight, Named(xText, "x"), Named(weightText, "weight")));
    }

    public static ShapeException LinearBias(Tensor bias, Tensor weight, string? weightText) =>
        new($"Linear: the bias must be [{weight.Shape[0]}], one number an output, but it is {bias.Shape} and {Named(weightText, "weight")} is {weight.Shape}.", ParameterHint(bias.Shape, [weight.Shape[0]], "Zeros"));

    public static ArgumentOutOfRangeException NoActivation(string op, Activation activation) =>
        new(nameof(activation), $"{op}: there is no activation {activation}. Pass one of {string.Join(", ", Enum.GetNames<Activation>())}.");

    public static ShapeException EinsumCount(string equation, int groups, int operands) =>
        new($"Einsum: the equation must have one group of letters an operand, but \"{equation}\" has {groups} and there are {operands} operands.", operands == 1 ? "Write one group in front of ->." : $"Write {operands} groups in front of ->, with commas between them.");

    public static ShapeException EinsumRank(string equation, string group, Shape shape) =>
        new($"Einsum: a group must have one letter an axis, but \"{group}\" in \"{equation}\" stands for {shape}.", "Use ... for axes without a letter.");

    public static ShapeException EinsumLetters(string equation, string group) =>
        new($"Einsum: a group is made of the letters a–z and A–Z and at most one ..., but \"{equation}\" contains \"{group}\".", "Write it as in \"ij,jk->ik\".");

    public static ShapeException EinsumResult(string equation, string group) =>
        new($"Einsum: every letter of the result must occur in an operand and only once in the result, but \"{equation}\" asks for \"{group}\".", $"Choose each once from \"{string.Concat(equation.Split("->")[0].Where(char.IsAsciiLetter).Distinct())}\".");

    public static ShapeException EinsumSizes(string equation, char letter, int a, int b) =>
        new($"Einsum: the axes of one letter must have one size, but {(char.IsAsciiLetter(letter) ? $"{letter} in \"{equation}\"" : $"an axis of ... in \"{equation}\"")} is {a} and {b} ({a} ≠ {b}).",
            char.IsAsciiLetter(letter) ? "Give one of the axes another letter, or transpose its operand." : UnsqueezeHint);

    public static ShapeException Bilinear(Shape x, Shape z, Shape weight, Shape? bias) =>
        new($"Bilinear: the inputs must be […, i] and […, j] for a weight [o, i, j] and a bias [o], but they are {x} and {z}, the weight is {weight}" +
            (bias is null ? "." : $" and the bias {bias}."),
            x.Rank > 0 && z.Rank > 0 && x.Sizes[..^1].SequenceEqual(z.Sizes[..^1])
                ? $"For these inputs the weight is [o, {x[-1]}, {z[-1]}]."
                : "Give both inputs the same axes in front of the last.");

    static string MatMulHint(Tensor a, Tensor b, int axisB, string aText, string bText)
    {
        if (b.Rank >= 2 && a.Shape[-1] == b.Shape[-1]) return $"Did you mean {Receiver(bText)}.T?";
        if (a.Rank >= 2 && a.Shape[-2] == b.Shape[axisB]) return $"Did you mean {Receiver(aText)}.T?";
        return FlattenHint(a.Shape, b.Shape[axisB], aText) ??
            $"Give {aText} the shape {With(a.Shape, a.Rank - 1, b.Shape[axisB])}, or {bText} {With(b.Shape, axisB, a.Shape[-1])}.";
    }

    static string LinearHint(Tensor x, Tensor weight, string xText, string weightText)
    {
        if (x.Rank > 0 && x.Shape[-1] == weight.Shape[0]) return $"Did you mean {Receiver(weightText)}.T?";
        return FlattenHint(x.Shape, weight.Shape[1], xText) ??
            (x.Rank == 0 ? "Reshape(1) makes a vector of a scalar." : $"Give {weightText} the shape {With(weight.Shape, 1, x.Shape[-1])}.");
    }

    /// <summary>The call that joins the last axes where they hold as many elements as are wanted, as after a convolution.</summary>
    static string? FlattenHint(Shape shape, int wanted, string text)
    {
        long size = shape.Rank > 0 ? shape[-1] : 0;
        for (int axis = shape.Rank - 2; axis >= 0; axis--)
        {
            size *= shape[axis];
            if (size == wanted) return $"Did you mean {Receiver(text)}.Flatten({axis})?";
        }
        return null;
    }

    /// <summary>The user's expression if it is short and on one line, else the parameter's name.</summary>
    static string Named(string? text, string name) =>
        string.IsNullOrEmpty(text) || text.Length > LongestText || text.Contains('\n') ? name : text;

    /// <summary>The expression in a form that a member can be asked of.</summary>
    static string Receiver(string text)
    {
        int depth = 0;
        foreach (char c in text)
        {
            if (c is ')' or ']') depth--;
            if (depth == 0 && !char.IsLetterOrDigit(c) && c is not ('_' or '.' or '@' or '(' or '[' or ')' or ']')) return $"({text})";
            if (c is '(' or '[') depth++;
        }
        return text;
    }
}
