namespace Autograd;

static partial class Throw
{
    const int LongestExpression = 40;

    /// <summary>Checks that two arguments of a loss are floating-point, of one type and one shape: broadcasting them would average over pairs nobody meant.</summary>
    public static void IfUnlike(string loss, Tensor a, string nameA, string? textA, Tensor b, string nameB, string? textB)
    {
        IfNull(loss, a, nameA);
        IfNull(loss, b, nameB);
        IfNotFloating(loss, a, b);
        if (a.Shape == b.Shape) return;
        throw new ShapeException($"{loss}: {nameA} and {nameB} must have the same shape, but {Text(textA, nameA)} is {a.Shape} and {Text(textB, nameB)} is {b.Shape}.", UnlikeHint(loss, a.Shape, b.Shape));
    }

    public static ShapeException NoClasses(string loss, string name, string? text, Shape shape) =>
        new($"{loss}: {name} must be [n, classes, …] or [classes], but {Text(text, name)} is {shape}.", "Stack the numbers of all classes.");

    public static ShapeException NoVectors(string loss, string name, string? text, Shape shape) =>
        new($"{loss}: {name} must be [..., size], vectors along the last axis, but {Text(text, name)} is {shape}.", "Reshape(1) makes a vector of a scalar.");

    public static ShapeException LossWeight(string loss, string name, Shape weight, Shape shape) =>
        new($"{loss}: {name} must broadcast to the prediction's shape, but it is {weight} for {shape}.", weight.Rank == 1 && shape.Rank > 1 && weight[0] == shape[0]
            ? $"For one number a row, Reshape it to [{weight[0]}{string.Concat(Enumerable.Repeat(", 1", shape.Rank - 1))}]."
            : ParameterHint(weight, shape, "Ones"));

    public static ShapeException LabelShape(string loss, string name, string? textA, Shape logits, string? textB, Shape labels, Shape wanted) =>
        new($"{loss}: labels must be {wanted}, the shape of {name} without the class axis, but {Text(textA, name)} is {logits} and {Text(textB, "labels")} is {labels}.",
            labels == logits ? $"ArgMax({(logits.Rank > 1 ? 1 : 0)}) makes class numbers of one-hot labels."
            : labels.ElementCount == wanted.ElementCount ? $"Reshape the labels to {wanted}."
            : $"Give {wanted.ElementCount} labels, one for each prediction.");

    public static ShapeException ClassWeights(string loss, Shape weights, int classes) =>
        new($"{loss}: classWeights must hold one weight a class, [{classes}], but its shape is {weights}.", ParameterHint(weights, [classes], "Ones"));

    public static DTypeException LabelType(string loss, DType dtype) =>
        new($"{loss}: labels must be Int64 class numbers, but they are {dtype}.", "Cast them: labels.Cast(DType.Int64).");

    public static ShapeException LabelRange(string loss, long label, Shape labels, int position, int classes) =>
        new($"{loss}: labels must be in [0, {classes - 1}], but the label at {Position(labels, position)} is {label}.",
            label == classes ? "Count the classes from 0: subtract 1 from the labels." : $"Leave such labels out with ignoreIndex: {label}, or predict more classes.");

    public static ArgumentOutOfRangeException Smoothing(double value) =>
        new("labelSmoothing", $"CrossEntropy: labelSmoothing must be in [0, 1], but it is {value}. {FractionHint(value)}");

    public static ArgumentOutOfRangeException NegativeParameter(string loss, string name, double value) =>
        new(name, $"{loss}: {name} must be 0 or more, but it is {value}. {(value < 0 ? $"Did you mean {-value}?" : "Leave it out for its default.")}");

    static string UnlikeHint(string loss, Shape a, Shape b)
    {
        if (a.ElementCount == b.ElementCount) return $"Reshape one of them: the numbers of elements agree ({a.ElementCount}).";
        if (a.Rank == 2 && b.Rank == 1 && a[0] == b[0]) return loss == "CrossEntropy" ? "Cast class numbers: labels.Cast(DType.Int64)." : "For class numbers use CrossEntropy.";
        return Broadcasts(b, a) ? $"Losses do not broadcast: Expand the second to {a}."
            : Broadcasts(a, b) ? $"Losses do not broadcast: Expand the first to {b}."
            : "Select or Slice what is to be compared from the larger one.";
    }

    /// <summary>The user's expression, one line of up to 40 characters, or the parameter's name.</summary>
    static string Text(string? expression, string name)
    {
        if (string.IsNullOrEmpty(expression)) return name;
        string line = string.Join(' ', expression.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= LongestExpression ? line : string.Concat(line.AsSpan(0, LongestExpression - 1), "…");
    }

    static string Position(Shape shape, int position)
    {
        int[] indices = new int[shape.Rank];
        for (int i = shape.Rank - 1; i >= 0; i--) (position, indices[i]) = (position / shape[i], position % shape[i]);
        return $"[{string.Join(", ", indices)}]";
    }
}
