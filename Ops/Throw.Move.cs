namespace Autograd;

static partial class Throw
{
    const int LongestText = 40;

    public static ShapeException ReshapeCount(Shape from, ReadOnlySpan<int> sizes) =>
        new($"Reshape: the number of elements must stay the same, but {from} has {from.Count} and the new sizes are {Format(sizes)}.");

    public static ShapeException ReshapeOpen(Shape from, ReadOnlySpan<int> sizes) =>
        new($"Reshape: one size may be −1 if the others determine it, but the new sizes of {from} are {Format(sizes)}.");

    public static ShapeException FlattenOrder(int start, int end, Shape shape) =>
        new($"Flatten: start must not lie behind end, but they are {start} and {end} for shape {shape}.");

    public static ShapeException NewAxis(string op, int axis, Shape shape) =>
        new($"{op}: the new axis must be in [{-shape.Rank - 1}, {shape.Rank}] for shape {shape}, but it is {axis}.");

    public static ShapeException TransposeRank(Shape shape) =>
        new($"T: the tensor must have two axes or more, but its shape is {shape}. A vector becomes a column by Unsqueeze(-1).");

    public static ShapeException Permutation(ReadOnlySpan<int> axes, Shape shape) =>
        new($"Permute: every axis must be named once, but the axes are {Format(axes)} for shape {shape}.");

    public static ShapeException MoveAxisCount(ReadOnlySpan<int> sources, ReadOnlySpan<int> destinations) =>
        new($"MoveAxis: every axis needs one destination, but the axes are {Format(sources)} and the destinations {Format(destinations)} ({sources.Length} ≠ {destinations.Length}).");

    public static ShapeException MoveAxisTwice(ReadOnlySpan<int> sources, ReadOnlySpan<int> destinations) =>
        new($"MoveAxis: every axis and every destination must be named once, but they are {Format(sources)} and {Format(destinations)}.");

    public static ShapeException SliceStep(int axis) =>
        new($"Slice: the step must not be 0, but it is along axis {axis}. Use a negative step to run backwards.");

    public static ShapeException NoSuchIndex(string op, long index, int axis, Shape shape) => new(shape.Sizes[axis] == 0
        ? $"{op}: axis {axis} of shape {shape} is empty and has no index {index}."
        : $"{op}: the index along axis {axis} must be in [{-shape.Sizes[axis]}, {shape.Sizes[axis] - 1}] for shape {shape}, but it is {index}.");

    public static ShapeException SplitSize(int size) =>
        new($"Split: the size of a part must be 1 or more, but it is {size}.");

    public static ShapeException SplitSizes(ReadOnlySpan<int> sizes, long total, int axis, Shape shape) =>
        new($"Split: the sizes must be 0 or more and add up to Shape[{axis}], but they are {Format(sizes)} for shape {shape} ({total} ≠ {shape.Sizes[axis]}).");

    public static ShapeException ChunkCount(int chunks) =>
        new($"Chunk: the number of parts must be 1 or more, but it is {chunks}.");

    public static ShapeException NoTensors(string op) =>
        new($"{op}: at least one tensor is needed, but there is none.");

    public static ShapeException ConcatShapes(string text, int axis, int index, Shape first, Shape other) => new(first.Rank != other.Rank
        ? $"Concat: all tensors must have the same number of axes, but{In(text)} tensor 0 is {first} and tensor {index} is {other} ({first.Rank} ≠ {other.Rank}). Stack adds an axis."
        : $"Concat: all sizes but that of axis {axis} must be equal, but{In(text)} tensor 0 is {first} and tensor {index} is {other}.");

    public static ShapeException ConcatSize(long size) =>
        new($"Concat: the sizes along the axis must add up to less than 2³¹, but they add up to {size}.");

    public static ShapeException StackShapes(string text, int index, Shape first, Shape other) =>
        new($"Stack: all tensors must have the same shape, but{In(text)} tensor 0 is {first} and tensor {index} is {other}.");

    /// <summary>The user's expression for a list of tensors, where it is short enough to help.</summary>
    static string In(string text) => text.Length is > 0 and <= LongestText && !text.Contains('\n') ? $" in {text}" : "";

    static string Format(ReadOnlySpan<int> numbers) => $"[{string.Join(", ", numbers.ToArray())}]";
}
