namespace Autograd;

static partial class Throw
{
    public static ShapeException NotScalar(string op, Shape shape) =>
        new($"{op}: the function must return a single element, but its result has shape {shape}.", $"Reduce it to a scalar (Sum, Mean){(op is "Grad.Of" or "Grad.ValueAndGrad" ? ", or use Grad.Jacobian" : "")}.");

    public static InvalidOperationException NoResult(string op) =>
        new($"{op}: the function must return a tensor, but it returned null. {NullTensorHint}");

    public static DTypeException ResultNotFloating(string op, DType dtype) =>
        new($"{op}: the function must return a Float32 or Float64 tensor, but its result is {dtype}.", "Return a floating-point result, no indices and no mask.");

    public static GraphException Unused(string op, int index, Shape shape) =>
        new($"{op}: the function's result does not depend on input {index} of shape {shape}.", "Compute with the function's own argument, or pass allowUnused: true to get zeros.");

    public static ShapeException Cotangent(Shape dy, Shape y) =>
        new($"Grad.Vjp: the pullback's argument must have the result's shape, but it is {dy} and not {y}.", FitHint("it", dy, y));

    public static DTypeException CotangentType(DType dy, DType y) =>
        new($"Grad.Vjp: the pullback's argument must have the result's element type, but it is {dy} and not {y}.", $"Cast it: dy.Cast(DType.{y}).");

    public static ShapeException TangentCount(string op, int tangents, int inputs) =>
        new($"{op}: there must be one direction an input, but there are {tangents} for {inputs} inputs ({tangents} ≠ {inputs}).", "Tensor.ZerosLike(x) stands for an input that stays where it is.");

    public static ShapeException Samples(string op, Tensor[] inputs) => inputs.Length == 0
        ? new($"{op}: there must be at least one input, whose axis 0 counts the samples, but there is none.", "Pass the tensors of the batch, [samples, …].")
        : new($"{op}: all inputs must have the same number of samples along axis 0, but their shapes are {string.Join(", ", inputs.Select(x => x.Shape))}.",
            "What all samples share is no input: the function may use it from outside.");

    public static GraphException ParameterWithoutGradient(int index, Shape shape) =>
        new($"Grad.PerSample: parameter {index} of shape {shape} must require a gradient, but it does not.", "Set RequiresGrad first.");

    public static GraphException NotRepeated() =>
        new("Checkpoint: the function gave another result when it was computed again for backward.", "It must not depend on state that changes: pass the generator it draws from, and change parameters only after backward.");

    public static GraphException GradientCount(string op, int gradients, int inputs) =>
        new($"{op}: vjp must give one gradient an input, null where it is zero, but there are {gradients} for {inputs} inputs ({gradients} ≠ {inputs}).", $"Return {inputs}, in the order of the inputs.");
}
