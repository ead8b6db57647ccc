using System.Diagnostics;

namespace Autograd.Nn;

/// <summary>Every error text of the modules, initial values and optimizers; ranges, metrics and training have files of their own.</summary>
[StackTraceHidden]
static partial class Throw
{
    // ---- Modules and initial values.

    public static DTypeException NeedsFloating(string op, DType dtype) => new(
        $"{op}: the element type must be Float32 or Float64, but it is {dtype}.",
        "Cast(DType.Float32) the tensor first.");

    public static DTypeException NeedsFloatingType(string op, DType dtype) => new(
        $"{op}: the element type must be Float32 or Float64, but it is {dtype}.",
        "Pass DType.Float32, the type that layers have unless told otherwise.");

    public static ModuleException ParameterInForward(Type running, Shape shape) => new(
        $"{Name(running)}: a parameter, {shape}, was made while the module computed: an optimizer made before would not train it.",
        "Make it, or the layer that it belongs to, in the constructor.");

    public static ModuleException NotHeld(Type root, Type running, Type module, int trained) => new(
        $"{Name(root)}: what a module computes with it must hold, but {Name(running)} called a {Name(module)} with {trained} trained parameters that {Name(root)} does not hold.",
        $"{HoldIt}, or freeze it.");

    public static ModuleException LooseLeaf(Type root, Type running, string op, Shape shape) => new(
        $"{Name(root)}: what a module computes with it must hold, but {op} in {Name(running)} read a tensor, {shape}, that requires a gradient and is neither input nor parameter of {Name(root)}.",
        $"{HoldIt}, or Detach() it.");

    public static ModuleException HiddenInField(Type module, string field, Type value) => new(
        $"{Name(module)}.{field}: modules and parameters in a {Name(value)} are not found.",
        $"{HoldIt}.");

    public static ModuleException NotCopied(Type module, string field, Type value) => new(
        $"{Name(module)}.{field}: a {Name(value)} cannot be copied.",
        "Hold modules and parameters in fields, an array, a List or a Dictionary.");

    const string HoldIt = "Hold it in a field, an array, a List or a Dictionary of a module";

    /// <summary>A type's name as C# writes it, without its namespace.</summary>
    public static string Name(Type type)
    {
        if (type.IsArray) return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        int arity = type.Name.IndexOf('`');
        return arity < 0 ? type.Name : $"{type.Name[..arity]}<{string.Join(", ", type.GenericTypeArguments.Select(Name))}>";
    }

    public static ShapeException NoFans(string op, Shape shape) => new(
        $"{op}: inputs and outputs are counted from a weight of at least 2 axes, [outputs, inputs, …], but its shape is {shape}.",
        "Fill it with Init.Uniform or Init.Normal.");

    public static ShapeException BadAxes(string layer, string expected, Shape shape, string hint) => new(
        $"{layer}: the input must be {expected}, but its shape is {shape}.", hint);

    /// <summary>What to do about an input that lacks an axis, or has one too many.</summary>
    public static string AxesHint(Shape shape, int rank) =>
        shape.Rank == rank - 1 ? "Put the axis of examples in front: x.Unsqueeze(0)."
        : shape.Rank > rank ? "Bring the axes in front together: x.Flatten(0, 1)."
        : $"Reshape it to {rank} axes.";

    /// <summary>What to do about an input with another number of channels.</summary>
    public static string ChannelsHint(Shape shape) => $"Make the layer for {shape[1]} channels, or bring the channels to axis 1 with Permute.";

    /// <summary>What to do about an input whose last axes have other sizes.</summary>
    public static string LastAxesHint(Shape shape, int axes) => shape.Rank < axes
        ? $"Reshape it to {axes} axes or more."
        : $"Make the layer for [{string.Join(", ", shape.Sizes[^axes..].ToArray())}], or bring the axes that are meant to the end with Permute.";

    public static ShapeException ShortcutDiffers(Shape result, Shape shortcut) => new(
        $"Residual: the body's result and the shortcut must have one shape, but they are {result} and {shortcut}.",
        $"Give the Residual a shortcut that makes {result} of the input.");

    public static ShapeException BadValid(Tensor valid, Shape key) => new(
        $"MultiHeadAttention: valid must be Bool {Shape.Create(key.Sizes[..^1])}, one for each key of {key}, but it is {valid.DType} {valid.Shape}.",
        "Make it true where a key counts: by the lengths of the sequences, Tensor.Arange(l, DType.Int64) < lengths.Unsqueeze(1).");

    // ---- Optimizers.

    public static ArgumentException NoParameters(string optimizer) =>
        new($"{optimizer}: at least one parameter is needed, but the list is empty. Does the model hold its layers in fields or properties?");

    public static GraphException NotLeaf(string optimizer, int index, Tensor parameter) => new(
        $"{optimizer}: parameters must be leaves, but parameter {index} of shape {parameter.Shape} is the result of {parameter.Node!.Name}.",
        "Pass the tensor it was computed from.");

    public static GraphException NotTrained(string optimizer, int index, Tensor parameter) => new(
        $"{optimizer}: parameters must require gradients, but parameter {index}, {parameter.DType} {parameter.Shape}, does not.",
        "Set RequiresGrad first.");

    public static ShapeException NotDense(string optimizer, int index, Tensor parameter) => new(
        $"{optimizer}: parameters must be dense in memory, but parameter {index} of shape {parameter.Shape} is a strided view.",
        "Use a Clone() of it.");

    public static ArgumentException Twice(string optimizer, int index, Tensor parameter) =>
        new($"{optimizer}: a parameter must be given once, but parameter {index} of shape {parameter.Shape} was given before and would be stepped twice. Pass each once, such as by parameters.Distinct().");

    public static ArgumentException BadNesterov(double momentum, double dampening) =>
        new(Invariant($"Sgd: Nesterov's form needs a momentum above 0 and no dampening, but momentum is {momentum} and dampening {dampening}. Pass momentum: 0.9, dampening: 0, or leave nesterov out."));

    static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
