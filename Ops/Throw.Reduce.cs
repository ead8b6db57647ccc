namespace Autograd;

static partial class Throw
{
    public static ShapeException AxisTwice(string op, int axis, Shape shape) =>
        new($"{op}: every axis may be named once, but axis {axis} of shape {shape} is named twice.", $"Leave one out: {axis} and {Other(axis, shape)} are the same axis.");

    public static ShapeException TooManyAxes(string op, Shape shape) =>
        new($"{op}: reductions take up to {AxisSet.MaxRank} axes, but the shape is {shape}.", "Flatten some of them first.");

    public static ShapeException NothingToChoose(string op, Shape shape) =>
        new($"{op}: there must be at least one element to choose from, but the shape is {shape}.", "Ask whether Count is 0 first.");
}
