namespace Autograd.Nn;

/// <summary>The logistic function as a layer.</summary>
public sealed class Sigmoid : Module
{
    /// <summary>1/(1 + e⁻ˣ), elementwise.</summary>
    protected override Tensor Compute(Tensor x) => x.Sigmoid();
}

/// <summary>The hyperbolic tangent as a layer.</summary>
public sealed class Tanh : Module
{
    /// <summary>tanh x, elementwise.</summary>
    protected override Tensor Compute(Tensor x) => x.Tanh();
}

/// <summary>The rectifier as a layer.</summary>
public sealed class Relu : Module
{
    /// <summary>max(x, 0), elementwise.</summary>
    protected override Tensor Compute(Tensor x) => x.Relu();
}

/// <summary>A function without parameters as a layer: <c>new Lambda(x => x * x)</c>. Modules that it calls must be held by another one.</summary>
/// <param name="function">Any function of one tensor.</param>
public sealed class Lambda(Func<Tensor, Tensor> function) : Module
{
    readonly Func<Tensor, Tensor> _function = Throw.Given(nameof(Lambda), function);

    /// <summary>The function's result.</summary>
    protected override Tensor Compute(Tensor x) => _function(x);
}
