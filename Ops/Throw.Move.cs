namespace Autograd;

static partial class Throw
{
    const int LongestText = 40;

    public static ShapeException ReshapeCount(Shape from, ReadOnlySpan<int> sizes) =>
        new($"Reshape: the number of elements must stay the same, but {from} has {from.ElementCount} and the new sizes are {Format(sizes)}.", ReshapeHint(from.ElementCount, sizes));

    public static ShapeException ReshapeOpen(Shape from, ReadOnlySpan<int> sizes) =>
        new($"Reshape: one size may be −1 if the others determine it, but the new sizes of {from} are {Format(sizes)}.",
            sizes.Count(-1) > 1 ? "Write the others as numbers." : "Write it as a number: with a size of 0, any would do.");

    public static ShapeException ReshapeNegative(Shape from, ReadOnlySpan<int> sizes) =>
        new($"Reshape: every new size must be 0 or more, or −1 once for the rest, but the new sizes of {from} are {Format(sizes)}.", "Write -1 for a size that follows from the others.");

    public static ShapeException FlattenOrder(int start, int end, Shape shape) =>
        new($"Flatten: start must not lie behind end, but they are {start} and {end} for shape {shape}.", $"Did you mean Flatten({end}, {start})?");

    public static ShapeException NewAxis(string op, int axis, Shape shape) =>
        new($"{op}: the new axis must be in [{-shape.Rank - 1}, {shape.Rank}] for shape {shape}, but it is {axis}.", "Pass 0 to add it in front of all others, or -1 behind them.");

    public static ShapeException TransposeRank(Shape shape) =>
        new($"T: the tensor must have two axes or more, but its shape is {shape}.", "A vector becomes a column by Unsqueeze(-1).");

    public static ShapeException Permutation(ReadOnlySpan<int> axes, Shape shape) =>
        new($"Permute: every axis must be named once, but the axes are {Format(axes)} for shape {shape}.",
            shape.Rank == 0 ? "Pass none for a scalar." : $"Write them in the wanted order, such as [{string.Join(", ", Enumerable.Range(0, shape.Rank).Reverse())}].");

    public static ShapeException MoveAxisCount(ReadOnlySpan<int> sources, ReadOnlySpan<int> destinations) =>
        new($"MoveAxis: every axis needs one destination, but the axes are {Format(sources)} and the destinations {Format(destinations)} ({sources.Length} ≠ {destinations.Length}).",
            $"Give {sources.Length} destinations; axes that are not named keep their order.");

    public static ShapeException MoveAxisTwice(ReadOnlySpan<int> sources, ReadOnlySpan<int> destinations) =>
        new($"MoveAxis: every axis and every destination must be named once, but they are {Format(sources)} and {Format(destinations)}.", "Leave out the second: an axis counted from the end may be one that is named already.");

    public static ShapeException SliceStep(int axis) =>
        new($"Slice: the step must not be 0, but it is along axis {axis}.", "Use a negative step to run backwards.");

    public static ShapeException NoSuchIndex(string op, long index, int axis, Shape shape) => shape.Sizes[axis] == 0
        ? EmptyAxis(op, index, axis, shape)
        : new($"{op}: the index along axis {axis} must be in [{-shape.Sizes[axis]}, {shape.Sizes[axis] - 1}] for shape {shape}, but it is {index}.",
            $"Count from 0, so that the last index is {shape.Sizes[axis] - 1}, or from the end, where it is -1.");

    public static ShapeException SplitSize(int size) =>
        new($"Split: the size of a part must be 1 or more, but it is {size}.", "Chunk takes the number of parts instead.");

    public static ShapeException SplitSizes(ReadOnlySpan<int> sizes, long total, int axis, Shape shape) =>
        new($"Split: the sizes must be 0 or more and add up to Shape[{axis}], but they are {Format(sizes)} for shape {shape}{(total == shape.Sizes[axis] ? "" : $" ({total} ≠ {shape.Sizes[axis]})")}.",
            total < shape.Sizes[axis] && sizes.IndexOfAnyInRange(int.MinValue, -1) < 0 ? $"Add a part of {shape.Sizes[axis] - total}." : "Write 0 for an empty part, and Slice for parts that overlap.");

    public static ShapeException ChunkCount(int chunks) =>
        new($"Chunk: the number of parts must be 1 or more, but it is {chunks}.", "Split takes the size of a part instead.");

    public static ShapeException ChunkEmpty(int chunks, int most, int axis, Shape shape) =>
        new($"Chunk: an empty axis can be cut into at most {most} parts, but axis {axis} of shape {shape} is to be cut into {chunks}.", "Split takes the size of a part instead.");

    public static ShapeException NoTensors(string op) =>
        new($"{op}: at least one tensor is needed, but there is none.", "For an empty result use Tensor.Empty.");

    public static ShapeException ConcatShapes(string text, int axis, int index, Shape first, Shape other) => first.Rank != other.Rank
        ? new($"Concat: all tensors must have the same number of axes, but{In(text)} tensor 0 is {first} and tensor {index} is {other} ({first.Rank} ≠ {other.Rank}).", "Stack adds an axis.")
        : new($"Concat: all sizes but that of axis {axis} must be equal, but{In(text)} tensor 0 is {first} and tensor {index} is {other}.", ConcatHint(axis, index, first, other));

    public static ShapeException ConcatSize(long size) =>
        new($"Concat: the sizes along the axis must add up to less than 2³¹, but they add up to {size}.", "Join fewer at a time.");

    public static ShapeException StackShapes(string text, int index, Shape first, Shape other) =>
        new($"Stack: all tensors must have the same shape, but{In(text)} tensor 0 is {first} and tensor {index} is {other}.",
            first.ElementCount == other.ElementCount ? $"Reshape tensor {index} to {first}." : "Concat joins tensors along an axis that they have, where their sizes may differ.");

    public static DTypeException IndexType(string op, DType dtype) =>
        new($"{op}: the index must be an Int64 tensor, but it is {dtype}.", "Cast it: index.Cast(DType.Int64).");

    public static ShapeException IndexRange(string op, long index, int axis, Shape shape)
    {
        int size = shape.Rank == 0 ? 1 : shape.Sizes[axis];
        return size == 0
            ? EmptyAxis(op, index, axis, shape)
            : new($"{op}: every index along axis {axis} must be in [0, {size - 1}] for shape {shape}, but one is {index}.",
                index < 0 && index >= -size ? $"Indices in a tensor do not count from the end: write {size + index}." : $"Count from 0: the last index is {size - 1}.");
    }

    static ShapeException EmptyAxis(string op, long index, int axis, Shape shape) =>
        new($"{op}: axis {axis} of shape {shape} is empty and has no index {index}.", $"Ask whether Shape[{axis}] is 0 first.");

    public static ShapeException IndexVector(string op, Shape index) =>
        new($"{op}: the index must be a vector, but its shape is {index}.", "Gather takes an index for each element.");

    public static ShapeException IndexRank(string op, Shape index, Shape shape) =>
        new($"{op}: the index must have as many axes as the tensor, but they are {index} and {shape} ({index.Rank} ≠ {shape.Rank}).", index.Rank < shape.Rank ? "Unsqueeze and Expand the index, or use IndexSelect, which takes a vector." : "Take axes of the index away by Squeeze or Select.");

    public static ShapeException IndexSize(string op, int axis, Shape index, Shape shape) =>
        new($"{op}: along axis {axis} the index must not be larger than the tensor, but they are {index} and {shape} ({index.Sizes[axis]} > {shape.Sizes[axis]}).", $"Slice the index to {shape.Sizes[axis]}, or Expand the tensor.");

    public static ShapeException IndexAddShape(Shape source, Shape expected) =>
        new($"IndexAdd: source must have the tensor's shape, with one part for each index, which is {expected}, but it is {source}.", FitHint("source", source, expected));

    public static ShapeException MaskShape(Shape mask, Shape shape) =>
        new($"MaskedFill: the mask must broadcast to the tensor's shape, but they are {mask} and {shape}.", "Expand the tensor first for a larger result.");

    public static ShapeException AxisTwice(string op, ReadOnlySpan<int> axes, Shape shape) =>
        new($"{op}: every axis must be named once, but the axes are {Format(axes)} for shape {shape}.", SameAxisHint(axes, shape));

    public static ShapeException RollCount(ReadOnlySpan<int> shifts, ReadOnlySpan<int> axes) =>
        new($"Roll: every axis needs one shift, but the shifts are {Format(shifts)} and the axes {Format(axes)} ({shifts.Length} ≠ {axes.Length}).", $"Give {axes.Length} shifts, or axis: null to roll all elements as one row.");

    public static ShapeException TileRepeats(ReadOnlySpan<int> repeats, Shape shape) =>
        new($"Tile: every axis needs a number of repeats of 0 or more, but they are {Format(repeats)} for shape {shape}.", $"Give {shape.Rank} or more, 1 for an axis that stays as it is.");

    public static ShapeException NegativeRepeats(int repeats) =>
        new($"RepeatInterleave: the number of repeats must be 0 or more, but it is {repeats}.", "Pass 1 for a copy as it is.");

    public static ShapeException RepeatsCount(int count, int axis, Shape shape) =>
        new($"RepeatInterleave: one number is needed for each index of axis {axis}, but there are {count} for shape {shape} ({count} ≠ {shape.Sizes[axis]}).", "Pass a single number to repeat all alike.");

    public static ShapeException PadPairs(ReadOnlySpan<int> pads, Shape shape) =>
        new($"Pad: the pads must be pairs (before, after), the last axis first, for at most all axes, but they are {Format(pads)} for shape {shape}.", "For the last axis alone write [before, after].");

    public static ShapeException PadRemoves(int axis, int before, int after, Shape shape) =>
        new($"Pad: no more elements can be removed than there are, but axis {axis} of shape {shape} is padded by {before} and {after}.", $"Take off {shape.Sizes[axis]} or fewer.");

    public static ShapeException PadReach(PadMode mode, int axis, int before, int after, int limit, Shape shape) =>
        new($"Pad: {mode} can add at most {limit} elements at an end of axis {axis} of shape {shape}, but the pads are {before} and {after}.", "PadMode.Constant has no limit.");

    public static DTypeException NoArithmetic(string op, DType dtype) =>
        new($"{op}: numbers are needed, but the element type is {dtype}.", "Cast it to Int64 first.");

    public static ShapeException DiagRank(Shape shape) =>
        new($"Diag: the tensor must be a vector or a matrix, but its shape is {shape}.", "Diagonal takes any two axes.");

    public static ShapeException NoMatrix(string op, Shape shape) =>
        new($"{op}: the tensor must be a matrix, but its shape is {shape}.", shape.Rank > 2 ? "Of many matrices take Diagonal(0, -2, -1).Sum(-1)." : "Reshape it to a matrix.");

    public static ShapeException NoMatrices(string op, Shape shape) =>
        new($"{op}: the tensor must have two axes or more, but its shape is {shape}.", "Reshape(1, -1) makes a row of it.");

    public static ShapeException PixelShuffle(int factor, Shape shape) =>
        new($"PixelShuffle: the tensor must be [..., c·factor², h, w] with a factor of 1 or more, but the factor is {factor} and the shape {shape}.",
            shape.Rank < 3 ? "Unsqueeze(0) adds the axis of channels." : factor < 1 ? "PixelUnshuffle goes the other way." : $"Give it a multiple of {(long)factor * factor} channels.");

    public static ShapeException PixelUnshuffle(int factor, Shape shape) =>
        new($"PixelUnshuffle: the tensor must be [..., c, h·factor, w·factor] with a factor of 1 or more, but the factor is {factor} and the shape {shape}.",
            shape.Rank < 3 ? "Unsqueeze(0) adds the axis of channels." : factor < 1 ? "PixelShuffle goes the other way." : $"Pad height and width to multiples of {factor}.");

    public static ShapeException UnfoldRank(string op, Shape shape, string expected) =>
        new($"{op}: the tensor must be {expected}, but its shape is {shape}.", BatchHint(shape, op == "Fold" ? 2 : 3));

    public static ShapeException FoldColumns(Shape shape, int elements, int count) =>
        new($"Fold: the columns must be [n, c·{elements}, {count}] for this image, kernel, stride, padding and dilation, but their shape is {shape}.", "Give Fold the settings of the Unfold that made them.");

    public static ShapeException UnfoldWindow(string op, Size2 kernel, Size2 dilation, Size2 image) =>
        new($"{op}: the window must fit into the padded image, but the kernel is {kernel} with dilation {dilation} and the image {image.H} × {image.W}.", "Add padding or use a smaller kernel.");

    public static ShapeException UnfoldTooLarge(string op, Size2 image, Size2 kernel, Size2 padding, Size2 dilation) =>
        new($"{op}: the padded image and the kernel with its dilation must be shorter than 2³⁰, but the image is {image.H} × {image.W}, the kernel {kernel}, the padding {padding} and the dilation {dilation}.", "Cut the image into parts, or use less padding.");

    public static ShapeException UnfoldSetting(string op, string name, Size2 value, int least) =>
        new($"{op}: {name} must be {least} or more, but it is {value}.", SettingHint(name));

    public static ShapeException InterpolateNearest(int factor, Shape shape) =>
        new($"InterpolateNearest: the tensor must be [..., h, w] and the factor 1 or more, but the shape is {shape} and the factor {factor}.", shape.Rank < 2 ? "Reshape it to [h, w]." : "To make an image smaller use AvgPool2d.");

    public static ShapeException InterpolateBilinear(int height, int width, Shape shape) =>
        new($"InterpolateBilinear: the tensor must be [..., h, w] with no empty axis and the new sizes in [1, 2²⁷), but the shape is {shape} and the sizes are [{height}, {width}].", shape.Rank < 2 ? "Reshape it to [h, w]." : "Pass the sizes of the result, not factors, and leave out empty images.");

    public static ShapeException TopKCount(int k, int axis, Shape shape) =>
        new($"TopK: k must be in [0, {(shape.Rank == 0 ? 1 : shape.Sizes[axis])}] for axis {axis} of shape {shape}, but it is {k}.", k < 0 ? "For the smallest pass largest: false." : "For all of them use Sort.");

    static string ReshapeHint(int count, ReadOnlySpan<int> sizes)
    {
        long known = 1;
        foreach (int size in sizes) known *= size == -1 || known > int.MaxValue ? 1 : size;
        if (sizes.IsEmpty) return "Sum or Mean make a scalar of many elements.";
        if (sizes.Contains(-1)) return $"Write numbers whose product divides {count}.";
        for (int axis = sizes.Length - 1; axis >= 0 && known <= int.MaxValue; axis--)
        {
            if (sizes[axis] == 0 || known == 0 || count % (known / sizes[axis]) != 0) continue;
            int[] fitting = sizes.ToArray();
            fitting[axis] = (int)(count / (known / sizes[axis]));
            return $"Did you mean {Format(fitting)}?";
        }
        return $"Write sizes whose product is {count}.";
    }

    static string ConcatHint(int axis, int index, Shape first, Shape other)
    {
        int[] different = [.. Enumerable.Range(0, first.Rank).Where(i => first[i] != other[i])];
        return different is [int only] ? $"Did you mean axis {only}?" : $"Slice or Pad axis {different.First(i => i != axis)} of tensor {index}.";
    }

    static string SameAxisHint(ReadOnlySpan<int> axes, Shape shape)
    {
        int second = 0;
        while (!axes[..second].Contains(axes[second]) && !axes[..second].Contains(Other(axes[second], shape))) second++;
        return $"Leave out the {axes[second]}: it is axis {shape.Axis(axes[second])}, which is named in front of it.";
    }

    /// <summary>The other number of an axis, from the other end.</summary>
    static int Other(int axis, Shape shape) => axis < 0 ? axis + shape.Rank : axis - shape.Rank;

    /// <summary>The user's expression for a list of tensors, where it is short enough to help.</summary>
    static string In(string text) => text.Length is > 0 and <= LongestText && !text.Contains('\n') ? $" in {text}" : "";

    static string Format(ReadOnlySpan<int> numbers) => $"[{string.Join(", ", numbers.ToArray())}]";
}
