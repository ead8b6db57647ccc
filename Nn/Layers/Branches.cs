namespace Autograd.Nn;

/// <summary>Adds what a module computes to its input: y = x + f(x), or s(x) + f(x) with a shortcut where the shapes differ.</summary>
/// <param name="body">f.</param>
/// <param name="shortcut">s, such as a 1×1 convolution; the input itself when left out.</param>
/// <remarks>Source: He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2016.</remarks>
public sealed class Residual(Module body, Module? shortcut = null) : Module
{
    /// <summary>f.</summary>
    public Module Body { get; } = Throw.Given(nameof(Residual), body);

    /// <summary>s, or null.</summary>
    public Module? Shortcut { get; } = shortcut;

    /// <summary>f(x) plus the shortcut.</summary>
    /// <exception cref="ShapeException">The two have different shapes.</exception>
    protected override Tensor Compute(Tensor x)
    {
        Tensor y = Body.Forward(x), s = Shortcut?.Forward(x) ?? x;
        // Broadcasting would hide a forgotten shortcut.
        return y.Shape == s.Shape ? s + y : throw Throw.ShortcutDiffers(y.Shape, s.Shape);
    }
}

/// <summary>Applies modules to the same input and joins their results; their names are "0", "1", …</summary>
public sealed class Branches : Module
{
    readonly int _axis;
    [ParameterName("")] readonly Module[] _modules;

    /// <summary>The branches, joined along an axis.</summary>
    /// <param name="axis">The axis along which results are joined; 1 is that of channels.</param>
    /// <param name="modules">One or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no module.</exception>
    public Branches(int axis, params ReadOnlySpan<Module> modules)
    {
        Sizes.AtLeastOne(nameof(Branches), (nameof(modules), modules.Length));
        Throw.IfAnyNull(nameof(Branches), modules, nameof(modules));
        (_axis, _modules) = (axis, modules.ToArray());
    }

    /// <summary>The results side by side.</summary>
    /// <exception cref="ShapeException">Their shapes differ in another axis.</exception>
    protected override Tensor Compute(Tensor x) => Tensor.Concat([.. _modules.Select(module => module.Forward(x))], _axis);
}
