using System.Diagnostics;

namespace Autograd.Nn;

/// <summary>Every error text of the modules, initial values and optimizers.</summary>
[StackTraceHidden]
static class Throw
{
    // ---- Modules and initial values.

    public static DTypeException NeedsFloating(string op, DType dtype) =>
        new($"{op}: the element type must be Float32 or Float64, but it is {dtype}.");

    public static ModuleException ParameterInForward(Type running, Shape shape) =>
        new($"{Name(running)}: a parameter, {shape}, was made while the module computed: an optimizer made before would not train it. Make it, or the layer that it belongs to, in the constructor.");

    public static ModuleException NotHeld(Type root, Type running, Type module, int trained) =>
        new($"{Name(root)}: what a module computes with it must hold, but {Name(running)} called a {Name(module)} with {trained} trained parameters that {Name(root)} does not hold. {HoldIt}, or freeze it.");

    public static ModuleException LooseLeaf(Type root, Type running, string op, Shape shape) =>
        new($"{Name(root)}: what a module computes with it must hold, but {op} in {Name(running)} read a tensor, {shape}, that requires a gradient and is neither input nor parameter of {Name(root)}. {HoldIt}, or Detach() it.");

    public static ModuleException HiddenInField(Type module, string field, Type value) =>
        new($"{Name(module)}.{field}: modules and parameters in a {Name(value)} are not found. {HoldIt}.");

    public static ModuleException NotCopied(Type module, string field, Type value) =>
        new($"{Name(module)}.{field}: a {Name(value)} cannot be copied. Hold modules and parameters in fields, an array, a List or a Dictionary.");

    const string HoldIt = "Hold it in a field, an array, a List or a Dictionary of a module";

    /// <summary>A type's name as C# writes it, without its namespace.</summary>
    public static string Name(Type type)
    {
        if (type.IsArray) return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        int arity = type.Name.IndexOf('`');
        return arity < 0 ? type.Name : $"{type.Name[..arity]}<{string.Join(", ", type.GenericTypeArguments.Select(Name))}>";
    }

    public static ShapeException NoFans(string op, Shape shape) =>
        new($"{op}: inputs and outputs are counted from a weight of at least 2 axes, [outputs, inputs, …], but its shape is {shape}. Fill it with Init.Uniform or Init.Normal.");

    public static ArgumentOutOfRangeException BadLayer(string layer, string name, object value, string rule) =>
        new(name, value, $"{layer}: {name} {rule}, but it is {value}.");

    public static ShapeException BadAxes(string layer, string expected, Shape shape) =>
        new($"{layer}: the input must be {expected}, but its shape is {shape}.");

    public static ShapeException ShortcutDiffers(Shape result, Shape shortcut) =>
        new($"Residual: the body's result and the shortcut must have one shape, but they are {result} and {shortcut}. Give the Residual a shortcut that makes {result} of the input.");

    public static ShapeException BadValid(Tensor valid, Shape key) =>
        new($"MultiHeadAttention: valid must be Bool {Shape.Create(key.Sizes[..^1])}, one for each key of {key}, but it is {valid.DType} {valid.Shape}.");

    // ---- Optimizers.

    public static ArgumentException NoParameters(string optimizer) =>
        new($"{optimizer}: at least one parameter is needed, but the list is empty. Does the model hold its layers in fields or properties?");

    public static GraphException NotLeaf(string optimizer, int index, Tensor parameter) =>
        new($"{optimizer}: parameters must be leaves, but parameter {index} of shape {parameter.Shape} is the result of {parameter.Node!.Name}. Pass the tensor it was computed from.");

    public static GraphException NotTrained(string optimizer, int index, Tensor parameter) =>
        new($"{optimizer}: parameters must require gradients, but parameter {index}, {parameter.DType} {parameter.Shape}, does not. Set RequiresGrad first.");

    public static ShapeException NotDense(string optimizer, int index, Tensor parameter) =>
        new($"{optimizer}: parameters must be dense in memory, but parameter {index} of shape {parameter.Shape} is a strided view. Use a Clone() of it.");

    public static ArgumentException Twice(string optimizer, int index, Tensor parameter) =>
        new($"{optimizer}: a parameter must be given once, but parameter {index} of shape {parameter.Shape} was given before. It would be stepped twice.");

    public static ArgumentOutOfRangeException BadSetting(string optimizer, string name, double value, string rule) =>
        new(name, value, $"{optimizer}: {name} {rule}, but it is {value}.");

    public static ArgumentException BadNesterov(double momentum, double dampening) =>
        new($"Sgd: Nesterov's form needs a momentum above 0 and no dampening, but momentum is {momentum} and dampening {dampening}.");

    // ---- Metrics and training.

    public static DTypeException MetricLabels(string metric, DType dtype) =>
        new($"{metric}: labels must be classes, Int64, but are {dtype}.");

    public static ShapeException MetricScores(string metric, Shape scores, Shape labels) =>
        new($"{metric}: scores must be [n, classes, …] and labels [n, …], but are {scores} and {labels}.");

    public static ShapeException MetricShapes(string metric, Shape predictions, Shape labels) =>
        new($"{metric}: predictions and labels must have one shape, but are {predictions} and {labels}.");

    public static ShapeException MetricClasses(int classes, Shape scores) =>
        new($"ConfusionMatrix: scores must be [n, {classes}, …], but are {scores}.");

    public static ArgumentOutOfRangeException MetricLabel(int classes, long label) =>
        new("labels", label, $"ConfusionMatrix: labels must be below {classes}, but one is {label}.");

    public static ArgumentException MetricTwice(string name) =>
        new($"Trainer: metrics must have different names, but two are called \"{name}\".");

    public static ArgumentException NoMetric(string name, string[] names) =>
        new($"Trainer: EarlyStopping watches the metric \"{name}\", but Metrics has {(names.Length == 0 ? "none" : string.Join(", ", names))}.");

    public static InvalidOperationException NoForward(Type model) =>
        new($"Trainer: {model.Name} does not take one tensor, so say how it predicts: Forward = batch => model.Forward(…).");

    public static ArgumentException NoBatches(string member) =>
        new($"Trainer.{member}: there must be at least one batch, but there is none. Is dropLast given with fewer examples than a batch?", "batches");

    public static ArgumentException NoCheckpoint() =>
        new("Trainer: CheckpointEvery is given, but Checkpoint does not say where to.");

    public static DivergenceException NonFiniteLoss(double loss, int epoch, int batch) => new(
        FormattableString.Invariant($"Trainer: the loss became {loss} in epoch {epoch}, batch {batch}. The model is as it was before this batch. Try a lower learning rate or ClipNorm; Tape.DetectAnomaly() finds the op that makes NaN."),
        epoch, batch);

    public static DivergenceException NonFiniteParameter(string name, int epoch, int batch) => new(
        FormattableString.Invariant($"Trainer: {name} has become NaN or infinite by epoch {epoch}, batch {batch}. The checkpoint was not written: the last one stays. Try a lower learning rate or ClipNorm."),
        epoch, batch);

    public static StateMismatchException OtherBatches(long saved, int batches) => new(
        FormattableString.Invariant($"Trainer: the checkpoint is of a training with {saved} batches an epoch, but this one has {batches}. Delete it to start anew."));

    public static StateMismatchException BadPosition(long epoch, long batch) => new(
        FormattableString.Invariant($"Trainer: the checkpoint says that {epoch} epochs and {batch} batches are over, which fits neither its own history nor the batches."));
}
