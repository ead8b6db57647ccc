using System.Diagnostics;

namespace Autograd;

/// <summary>Every error text of the ops.</summary>
[StackTraceHidden]
static partial class Throw
{
    /// <summary>Checks that all inputs are floating-point and of one type.</summary>
    public static void IfNotFloating(Op op, ReadOnlySpan<Tensor> inputs)
    {
        DType dtype = inputs[0].DType;
        if (!dtype.IsFloating()) throw NeedsFloating(op.Name, dtype);
        for (int i = 1; i < inputs.Length; i++)
        {
            if (inputs[i].DType != dtype) throw DifferentTypes(op.Name, dtype, inputs[i].DType);
        }
    }

    public static DTypeException NeedsFloating(string op, DType dtype) =>
        new($"{op}: the element type must be Float32 or Float64, but it is {dtype}.", "Cast the tensor first: x.Cast(DType.Float32).");

    public static DTypeException RandomType(string op, DType dtype) =>
        new($"{op}: the element type must be Float32 or Float64, but it is {dtype}.", "Draw floating-point numbers, and Cast the result.");

    public static DTypeException DifferentTypes(string op, DType a, DType b) =>
        new($"{op}: all inputs must have the same element type, but they are {a} and {b}.", $"Cast one of them: x.Cast(DType.{(a.IsFloating() ? a : b.IsFloating() ? b : DType.Int64)}).");

    public static ShapeException Broadcast(string op, Shape a, Shape b)
    {
        int axis = 1;
        while (a[-axis] == b[-axis] || a[-axis] == 1 || b[-axis] == 1) axis++;
        return new($"{op}: the shapes must broadcast, but {a} and {b} differ in axis −{axis} from the end ({a[-axis]} ≠ {b[-axis]}, and neither is 1).", UnsqueezeHint);
    }

    public static DTypeException NoComparison(string op, DType dtype) =>
        new($"{op}: numbers can be compared, but the element type is {dtype}.", "Cast it to Int64 first.");

    public static DTypeException MaskType(string op, DType dtype) =>
        new($"{op}: the mask must be a Bool tensor, but it is {dtype}.", "Make one by a comparison, such as x > 0.");

    public static ShapeException Expand(Shape from, Shape to) =>
        new($"Expand: {from} must broadcast to {to}: aligned at the end, every size must be equal or 1.", from.Rank > to.Rank
            ? "Take an axis away by Select, or by Sum."
            : "Unsqueeze adds an axis of size 1 where one is missing; Tile repeats an axis that is longer.");

    public static ShapeException SumTo(Shape from, Shape to) =>
        new($"SumTo: {to} must broadcast to {from}: aligned at the end, every size must be equal or 1.", Broadcasts(from, to)
            ? $"The other way round it is Expand({to})."
            : "Use Sum with the numbers of the axes; keepAxis: true leaves a 1.");

    public static ShapeException BadRange(double start, double stop, double step) =>
        new($"Arange: the step must lead from start to stop in fewer than 2³¹ steps, but start is {start}, stop {stop} and step {step}.",
            step == 0 ? "Give another step; Tensor.Full repeats a number." : double.IsFinite(start + stop + step) ? "Give a larger step." : "Give finite numbers.");

    public static ShapeException StepCount(string op, int steps) =>
        new($"{op}: steps must be 0 or more, but it is {steps}.", "Pass the number of elements.");

    public static DTypeException NoNumbers(string op) =>
        new($"{op}: the element type must hold numbers, but it is Bool.", "Ask for Float32, Float64 or Int64, and compare the result.");

    public static ArgumentOutOfRangeException BadEnds(string op, double start, double end) =>
        new(double.IsFinite(start) ? "end" : "start", $"{op}: the distance from start to end must be finite, but start is {start} and end {end}. Give finite numbers.");

    public static ShapeException EyeSize(int n) =>
        new($"Eye: the number of rows must be 0 or more, but it is {n}.", "Pass the number of rows and columns of the square matrix.");

    public static ArgumentOutOfRangeException DropoutRate(double rate, string op = "Dropout", string name = "rate") =>
        new(name, $"{op}: {name} must be in [0, 1], but it is {rate}. {FractionHint(rate)}");

    public static ArgumentOutOfRangeException NoBound(int bound) =>
        new(nameof(bound), $"NextInt: bound must be 1 or more, but it is {bound}. Pass the number of values to choose from.");

    public static ShapeException Slopes(Shape slope, Shape x, int channels) =>
        new($"Prelu: there must be one slope, or one a channel, but slope is {slope} and x is {x} with {channels} channels.", $"Begin with Tensor.Full([{channels}], 0.25).");

    public static ShapeException OddAxis(string op, int axis, Shape shape) =>
        new($"{op}: the axis is split into halves, so its size must be even, but axis {axis} of {shape} has size {shape[axis]}.", $"Compute {shape[axis] + 1L} in front of it, or cut one off with Slice.");
}
