namespace Autograd;

static partial class Throw
{
    public static ShapeException NormAxes(string op, int axes, Shape shape) => shape.Rank == 0
        ? new($"{op}: the tensor must have at least one axis to be normalized along, but its shape is {shape}.", "Reshape(1) makes a vector of a scalar.")
        : new($"{op}: the number of axes must be in [1, {shape.Rank}] for shape {shape}, but it is {axes}.", "Pass axes: 1 for the last alone.");

    public static ShapeException NormParameter(string op, string name, Shape shape, Shape wanted) =>
        new($"{op}: {name} must be {wanted}, as the normalized tensor has it, but it is {shape}.", ParameterHint(shape, wanted, name is "weight" or "runningVariance" ? "Ones" : "Zeros"));

    public static ShapeException NoChannels(string op, Shape shape) =>
        new($"{op}: the shape must be [n, channels, …], but it is {shape}.", shape.Rank == 0 ? "Reshape it to [n, channels]." : "Unsqueeze(0) adds the axis of samples.");

    public static ShapeException Groups(int groups, Shape shape) =>
        new($"GroupNorm: groups must divide the channels, but {groups} does not divide the {shape[1]} of {shape}.", $"Use groups: {Divisor(shape[1], groups)}.");

    public static ShapeException OneValue(string op, Shape shape) =>
        new($"{op}: training needs more than one value a channel, but the shape is {shape}.", "Use a larger batch, or training: false.");

    public static ShapeException NotHalved(Shape shape) =>
        new($"BatchNorm: halve takes windows of 2 × 2, so the shape must be [n, channels, h, w] with h and w of 2 or more, but it is {shape}.", "Leave out halve.");

    public static GraphException RunningRequireGrad() =>
        new("BatchNorm: training changes the running mean and variance in place, so they must not require a gradient, but one of them does.", "Pass it as a constant: Detach().");

    public static ArgumentNullException RunningNeeded() =>
        new("runningMean", "BatchNorm: without training the running mean and variance are used, but one of them is missing. Pass both, as training left them.");
}
