using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Autograd;

/// <summary>Every error text of the engine.</summary>
[StackTraceHidden]
static partial class Throw
{
    // ---- Shapes.

    public static ShapeException NegativeSize(ReadOnlySpan<int> sizes) =>
        new($"Shape: every size must be 0 or more, but the sizes are {Shape.Format(sizes)}.",
            sizes.Contains(-1) ? "Reshape alone takes -1, for the size that follows from the others." : "Write 0 for an axis without elements.");

    public static ShapeException TooLarge(ReadOnlySpan<int> sizes) =>
        new($"Shape: a tensor holds fewer than 2³¹ elements and bytes, but {Shape.Format(sizes)} is larger.", "Split it along an axis.");

    public static ShapeException NoSuchAxis(string op, int axis, Shape shape) => shape.Rank == 0
        ? new($"{op}: axis {axis} does not exist, a scalar has no axes.", "Reshape(1) gives it one.")
        : new($"{op}: axis must be in [{-shape.Rank}, {shape.Rank - 1}] for shape {shape}, but it is {axis}.",
            $"Count axes from 0, so that the last is {shape.Rank - 1}, or from the end, where it is -1.");

    public static ShapeException WrongCount(int count, Shape shape) =>
        new($"From: the number of values must be that of the shape's elements, but there are {count} values for {shape} ({count} ≠ {shape.ElementCount}).",
            $"Give {shape.ElementCount} values, or the shape [{count}].");

    public static ShapeException NotOneElement(Shape shape) =>
        new($"Item: the tensor must have exactly one element, but its shape is {shape}.", "Reduce it first, or read one element as x[i, j].");

    public static ShapeException WrongIndexCount(int count, Shape shape) =>
        new($"Indexer: one index an axis is needed, but there are {count} for shape {shape} ({count} ≠ {shape.Rank}).",
            count < shape.Rank ? "Take a part with Select or Slice." : $"Leave out {count - shape.Rank} of them.");

    public static ShapeException IndexOutOfRange(int index, int axis, Shape shape) => shape.Sizes[axis] == 0
        ? new($"Indexer: axis {axis} of shape {shape} is empty and has no index {index}.", "Ask whether Count is 0 before reading an element.")
        : new($"Indexer: index {index} of axis {axis} must be in [{-shape.Sizes[axis]}, {shape.Sizes[axis] - 1}] for shape {shape}.",
            $"Count from 0, so that the last index is {shape.Sizes[axis] - 1}, or from the end, where it is -1.");

    public static ShapeException NotDense(string op, Tensor x) =>
        new($"{op}: the elements must be dense in memory, but this view of shape {x.Shape} has strides {Shape.Format(x.Strides)}.", "Use ToArray, or Dense() for a copy.");

    public static ShapeException ReachesBack(string op, Tensor x) =>
        new($"{op}: no stride may be negative, but this view of shape {x.Shape} has strides {Shape.Format(x.Strides)}.", "Use Dense() for a copy in the view's order.");

    public static ShapeException ViewStrides(Shape shape, ReadOnlySpan<int> strides) =>
        new($"View: one stride an axis is needed, but shape {shape} comes with strides {Shape.Format(strides)}.", $"Give {shape.Rank}, such as {Shape.Format(shape.Dense.Strides)}, where the elements follow one another.");

    public static ShapeException ViewOutside(Shape shape, ReadOnlySpan<int> strides, int offset, Tensor x) =>
        new($"View: shape {shape} with strides {Shape.Format(strides)} from offset {offset} reaches outside the memory of {x.Shape}.",
            $"Stay between the positions {-x.Layout.Offset} and {x.LiveStorage.Length / x.DType.Size() - x.Layout.Offset - 1}, counted from its first element.");

    public static ShapeException InPlaceShapes(string op, Tensor target, Tensor x) =>
        new($"{op}: both tensors must have the same shape, but the target is {target.Shape} and the source is {x.Shape}.", Fit("the source", x.Shape, target.Shape));

    public static ShapeException GradMismatch(Tensor grad, Tensor tensor) =>
        new($"Grad: a gradient has its tensor's shape and type, but it is {grad.DType} {grad.Shape} for {tensor.DType} {tensor.Shape}.", FitGradient(grad, tensor.DType, tensor.Shape));

    public static ShapeException SeedNeeded(Tensor y) =>
        new($"Backward: a gradient can be seeded with 1 only for a single element, but the shape is {y.Shape}.", $"Reduce to a scalar (Sum, Mean) or pass a seed of shape {y.Shape}.");

    public static ShapeException SeedShape(string op, string name, Shape seed, string other, Shape shape) =>
        new($"{op}: {name} must have the shape of {other}, but it is {seed} and not {shape}.", Fit("it", seed, shape));

    // ---- Arguments.

    /// <summary>Checks that a function is there.</summary>
    public static void IfNull(string op, [NotNull] Delegate? value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value is null) throw Null(op, name, "Pass a method, or a lambda.");
    }

    /// <summary>Checks that an array is there.</summary>
    public static void IfNull(string op, [NotNull] Array? value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value is null) throw Null(op, name, "Pass [] for none.");
    }

    public static ArgumentException TargetTooShort(int length, int count) =>
        new($"CopyTo: the target must hold all {count} elements, but it holds {length}. Pass {count} of them, or take ToArray().", "target");

    public static ArgumentNullException NullInput(string op, ReadOnlySpan<Tensor> inputs)
    {
        int index = 0;
        while (inputs[index] is not null) index++;
        return new(null, $"{op}: every input must be a tensor, but input {index} of {inputs.Length} is null. {NullTensorHint}");
    }

    // ---- Element types.

    public static DTypeException UnsupportedElementType(Type type) =>
        new($"Tensor: elements are float, double, long or bool, not {type.Name}.", $"Convert them to {Nearest(type)} first.");

    public static DTypeException WrongElementType(Type type, DType dtype) =>
        new($"Tensor: the element type is {dtype}, but {type.Name} was asked for.", $"Cast the tensor, or read it as {NetName(dtype)}.");

    public static DTypeException NotDifferentiable(string what, DType dtype) =>
        new($"{what}: only Float32 and Float64 tensors are differentiable, but this one is {dtype}.", "Cast it to a floating-point type first.");

    public static DTypeException NeedsFloating(string op, DType dtype) =>
        new($"{op}: the element type must be Float32 or Float64, but it is {dtype}.", "Cast the tensor first: x.Cast(DType.Float32).");

    public static DTypeException InPlaceTypes(string op, Tensor target, Tensor x) =>
        new($"{op}: both tensors must have the same element type, but the target is {target.DType} and the source is {x.DType}.", $"Cast the source: source.Cast(DType.{target.DType}).");

    public static DTypeException SeedDType(string op, DType seed, DType dtype) =>
        new($"{op}: the seed must have the tensor's element type, but it is {seed} and not {dtype}.", $"Cast it: seed.Cast(DType.{dtype}).");

    // ---- The graph.

    public static GraphException ScopeEnded() =>
        new("This tensor belongs to a Tape.Scope that has ended, and its memory has been recycled.", "Carry a result out with Keep() before the scope ends, or read its numbers inside.");

    public static GraphException NoMemory(Tensor x) => x.Batched is { } batch
        ? new($"This {x.DType} tensor of shape {x.Shape} stands for {batch.Level.Count} samples at once, so it has no numbers of its own to be read or changed.",
            "Use ops and Tensor.Where instead of reading numbers, and return from the function what is needed outside of it.")
        : ScopeEnded();

    public static ShapeException BatchValue(Shape value, int count) =>
        new($"Batch: the first size of the value must be the number of samples, but the value is {value} for {count} samples.",
            Array.IndexOf([.. value], count) is > 0 and var axis ? $"Put the axis of the samples in front: MoveAxis({axis}, 0)." : "Repeat a value that all samples share: Unsqueeze(0), then Expand.");

    public static GraphException InvalidBatch(Op op, Shape y, int count) =>
        new($"{op.Name}: the rule for a batch must give [samples, result…], but it gave {y} for {count} samples.", "Keep the axis of the samples in front, or return null from Batch to compute them one by one.");

    public static GraphException OfBatched(string op, Tensor x) =>
        new($"{op}: this tensor of shape {x.Shape} stands for all samples of a batch, which have no {(op == "Backward" ? "Grad" : "hook")} of their own.", "Take derivatives inside a function of one sample by Grad.Of or Tape.Gradients.");

    public static GraphException GradientOfShared(int index, Shape shape) =>
        new($"Gradients: input {index} of shape {shape} is the same for all samples of a batch, but the result is each sample's own.", "Use Grad.Of, whose function gets an input for each sample.");

    public static GraphException NothingToDifferentiate(Tensor y) =>
        new($"Backward: this {y.DType} tensor of shape {y.Shape} has no history that requires a gradient.", "Set RequiresGrad on a leaf before computing, outside NoGrad.");

    public static GraphException GraphFreed(Node node) =>
        new($"Backward: the graph was used by an earlier backward, which freed the saved values ({Describe(node)}).", "Pass retainGraph: true to the earlier backward to run it again.");

    public static GraphException GraphBusy(Node node) =>
        new($"Backward: another backward is running over the same recorded ops ({Describe(node)}).", "Start it after the other ends; a hook may only run backward over a graph of its own.");

    public static GraphException NotSaved(Node node, int index) =>
        new($"{node.Name}: the derivative reads {Which(index)}, which the op does not save.", "Add it to what Saves returns.");

    public static GraphException InvalidUnpack(Node node, int index, Tensor value, SavedValue saved) =>
        new($"SavedTensorHooks: unpack must give back {Which(index)} of {Describe(node)} in its shape and type, but it gave {value.DType} {value.Shape} and not {saved.DType} {saved.Layout!.Shape}.",
            "Undo in unpack all that pack does, casts and reshapes too.");

    public static GraphException ChangedInPlace(Node node, int index, SavedValue value, int changes) =>
        new($"Backward: {Which(index)} of {Describe(node)}, {value.DType} {value.Layout!.Shape}, was changed in place {Times(changes)} after it was saved for the derivative{ChangedAt(value)}.", "Clone it before changing it, or change it after backward.");

    public static GraphException RequiresGradOfResult(Node node) =>
        new($"RequiresGrad: can be set on leaves only, but this tensor is the result of {Describe(node)}.", "Use Detach() for a tensor without history.");

    public static GraphException GradOfResult(Node node) =>
        new($"Grad: the gradient of a recorded result is not kept, and this tensor is the result of {Describe(node)}.", "Call RetainGrad() on it before Backward.");

    public static GraphException NoGradient(string op, Tensor x) =>
        new($"{op}: the tensor must require a gradient, but this {x.DType} tensor of shape {x.Shape} does not.", "Set RequiresGrad first.");

    public static GraphException NoGradientOf(Node node, int input) =>
        new($"{node.Name}: input {input} requires no gradient, so there is nowhere to put one of {node.Edge(input).Value.DType} {node.Edge(input).Value.Layout!.Shape}.", "Ask gradients.Needs first, or use TryAsSpan.");

    public static GraphException UnusedInput(int index, Tensor x) =>
        new($"Gradients: input {index} of shape {x.Shape} does not take part in the result.", "Pass allowUnused: true to get null for it.");

    public static GraphException InvalidGradient(Node node, int input, Tensor dx, SavedValue value) =>
        new($"{node.Name}: the gradient of input {input} must have the input's shape and type, but it is {dx.DType} {dx.Shape} and not {value.DType} {value.Layout!.Shape}.", FitGradient(dx, value.DType, value.Layout!.Shape));

    public static GraphException InvalidTangent(Op op, Tensor dy, Tensor y) =>
        new($"{op.Name}: the tangent must have the result's shape and type, but it is {dy.DType} {dy.Shape} and not {y.DType} {y.Shape}.", dy.Shape == y.Shape ? $"Cast it: dy.Cast(DType.{y.DType})." : Fit("it", dy.Shape, y.Shape));

    public static GraphException InvalidHook(Node node, Tensor replaced, Tensor dy) =>
        new($"Hook on {node.Name}: the replaced gradient must have the gradient's shape and type, but it is {replaced.DType} {replaced.Shape} and not {dy.DType} {dy.Shape}.",
            "Return null to leave the gradient as it is, or what ops make of it element by element.");

    public static GraphException ChangeOfResult(string op, Node node) =>
        new($"{op}: a recorded result must not be changed in place, and this tensor is the result of {Describe(node)}.", "Use an op that makes a new tensor, or Detach().Clone().");

    public static GraphException ChangeOfLeaf(string op, Shape shape) =>
        new($"{op}: a leaf that requires a gradient, here of shape {shape}, must not be changed in place while recording.", "Wrap the change in: using (Tape.NoGrad()).");

    public static AnomalyException Anomaly(Node node, int input, Tensor dx) =>
        new($"Anomaly: the derivative of {Describe(node)} with respect to input {input} ({dx.DType} {dx.Shape}) is NaN.",
            node.RecordedAt is null ? "Detect anomalies in the forward pass too, to learn the line." : "Look there for 0/0 and for slopes that are infinite; Clamp keeps inputs away from them.");

    /// <summary>What makes a gradient fit: most often it is that of a tensor that was broadcast.</summary>
    static string FitGradient(Tensor dx, DType dtype, Shape shape) =>
        dx.Shape == shape ? $"Cast it: dx.Cast(DType.{dtype})."
        : Broadcasts(shape, dx.Shape) ? $"Add up what was repeated: dx.SumTo({shape})."
        : Fit("it", dx.Shape, shape);

    /// <summary>What makes a shape fit another.</summary>
    static string Fit(string name, Shape from, Shape to) =>
        from.ElementCount == to.ElementCount ? $"Reshape {name} to {to}."
        : Broadcasts(from, to) ? $"Expand {name} to {to}."
        : "Tensor.OnesLike gives one that fits.";

    /// <summary>Whether one shape broadcasts to another.</summary>
    static bool Broadcasts(Shape from, Shape to)
    {
        for (int axis = 1; axis <= from.Rank; axis++)
        {
            if (axis > to.Rank || (from[-axis] != 1 && from[-axis] != to[-axis])) return false;
        }
        return true;
    }

    /// <summary>The type of elements that holds most values of another type.</summary>
    static string Nearest(Type type) => Type.GetTypeCode(type) switch
    {
        >= TypeCode.Char and <= TypeCode.UInt64 => "long",
        TypeCode.Decimal => "double",
        _ => "float",
    };

    static string Describe(Node node) => node.RecordedAt is { } line ? $"{node.Name} recorded at {line}" : node.Name;

    static string Which(int index) => index < 0 ? "the result" : $"input {index}";

    static string Times(int count) => count == 1 ? "once" : $"{count} times";

    static string ChangedAt(SavedValue value) =>
        value.Storage is { } storage && ChangeLog.Find(storage) is { } line ? $", last at {line}" : "";

    static string NetName(DType dtype) => dtype switch
    {
        DType.Float32 => "float",
        DType.Float64 => "double",
        DType.Int64 => "long",
        _ => "bool",
    };

    public static ArgumentOutOfRangeException NoThreads(int value) =>
        new(nameof(value), $"Parallelism.Threads: there must be 1 or more, but they are set to {value}. Pass 1 for none but the calling thread.");
}
