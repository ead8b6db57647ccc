using NUnit.Framework;
using NUnit.Framework.Constraints;

namespace Autograd.NUnit;

/// <summary>Gradient checks in the words of NUnit.</summary>
public static class DifferentiableExtensions
{
    extension(Is)
    {
        /// <summary>
        /// That the derivatives of a function of tensors are those of its differences:
        /// <c>Assert.That((Tensor x) => x.Tanh(), Is.Differentiable.At(x))</c>. See <see cref="GradCheck"/>.
        /// </summary>
        public static DifferentiableConstraint Differentiable => new();
    }
}

/// <summary>A constraint on functions of one, two, three tensors or of an array of them: their derivatives agree with differences at a point.</summary>
public sealed class DifferentiableConstraint : Constraint
{
    Tensor[] _at = [];
    GradCheckOptions? _options;
    int? _order, _directions;

    /// <summary>Where: one tensor for each parameter of the function; not changed.</summary>
    /// <exception cref="ArgumentException">No tensor is given.</exception>
    public DifferentiableConstraint At(params Tensor[] inputs)
    {
        _at = inputs.Length > 0 ? inputs : throw new ArgumentException("At: there must be at least one tensor, but there is none. Give one for each parameter of the function.", nameof(inputs));
        return this;
    }

    /// <summary>Up to which order, 1 or 2; 2 unless told.</summary>
    public DifferentiableConstraint ToOrder(int order)
    {
        _order = order;
        return this;
    }

    /// <summary>Along random directions instead of by every element: for large tensors.</summary>
    /// <param name="count">How many.</param>
    public DifferentiableConstraint AlongDirections(int count = 4)
    {
        _directions = count;
        return this;
    }

    /// <summary>With this step and these tolerances; by default <see cref="GradCheckOptions.Float32"/> if an input is float32, else <see cref="GradCheckOptions.Float64"/>.</summary>
    public DifferentiableConstraint Using(GradCheckOptions options)
    {
        _options = options;
        return this;
    }

    /// <inheritdoc/>
    public override string Description => $"differentiable to order {Options.Order} at tensors of shape {string.Join(", ", _at.Select(x => x.Shape))}";

    GradCheckOptions Options
    {
        get
        {
            GradCheckOptions options = _options ?? (_at.Any(x => x.DType == DType.Float32) ? GradCheckOptions.Float32 : GradCheckOptions.Float64);
            return options with { Order = _order ?? options.Order, Directions = _directions ?? options.Directions };
        }
    }

    /// <inheritdoc/>
    public override ConstraintResult ApplyTo<TActual>(TActual actual) => new Result(this, GradCheck.Run(Function(actual), _at, Options));

    /// <inheritdoc/>
    protected override string GetStringRepresentation() => "<differentiable>";

    Func<Tensor[], Tensor> Function(object? actual)
    {
        if (_at.Length == 0) throw new InvalidOperationException("Is.Differentiable: the constraint must say where, but it does not. Write Is.Differentiable.At(x).");
        return (actual, _at.Length) switch
        {
            (Func<Tensor[], Tensor> f, _) => f,
            (Func<Tensor, Tensor> f, 1) => t => f(t[0]),
            (Func<Tensor, Tensor, Tensor> f, 2) => t => f(t[0], t[1]),
            (Func<Tensor, Tensor, Tensor, Tensor> f, 3) => t => f(t[0], t[1], t[2]),
            _ => throw new ArgumentException(
                $"Is.Differentiable: the actual value must be a function of as many tensors as At gives, or of an array, but it is {actual?.GetType().ToString() ?? "null"} and At gives {_at.Length}. Write the types of its parameters, as in (Tensor x) => x.Tanh().",
                nameof(actual)),
        };
    }

    sealed class Result(IConstraint constraint, GradReport report) : ConstraintResult(constraint, report, report.Passed)
    {
        public override void WriteActualValueTo(MessageWriter writer) => writer.Write(report.ToString());
    }
}
