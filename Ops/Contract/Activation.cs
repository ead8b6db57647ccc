using Autograd.Kernels;

namespace Autograd;

/// <summary>A function at the end of another op, in the same pass: one whose derivative its result tells.</summary>
public enum Activation
{
    /// <summary>None.</summary>
    Identity,

    /// <summary>max(x, 0), as <see cref="TensorOps.Relu"/>.</summary>
    Relu,

    /// <summary>1 / (1 + e⁻ˣ), as <see cref="TensorOps.Sigmoid"/>.</summary>
    Sigmoid,

    /// <summary>tanh x, as <see cref="TensorOps.Tanh"/>.</summary>
    Tanh,
}

/// <summary>What ops with an activation do with it; the formulas are those of the ops of these names.</summary>
static class Activations
{
    /// <summary>The activation of a tensor, recorded.</summary>
    public static Tensor Apply(Activation activation, Tensor z) => activation switch
    {
        Activation.Relu => z.Relu(),
        Activation.Sigmoid => z.Sigmoid(),
        Activation.Tanh => z.Tanh(),
        _ => z,
    };

    /// <summary>y = f(y), in place.</summary>
    public static void Apply<T>(Activation activation, Span<T> y) where T : unmanaged
    {
        switch (activation)
        {
            case Activation.Relu: MapKernels.Forward(default(ReluOp), y, y); break;
            case Activation.Sigmoid: MapKernels.Forward(default(SigmoidOp), y, y); break;
            case Activation.Tanh: MapKernels.Forward(default(TanhOp), y, y); break;
        }
    }

    /// <summary>dz = dy·f′, where y = f(z); dz may be dy.</summary>
    public static void Chain<T>(Activation activation, ReadOnlySpan<T> dy, ReadOnlySpan<T> y, Span<T> dz) where T : unmanaged
    {
        switch (activation)
        {
            case Activation.Relu: MapKernels.Backward(default(ReluOp), dy, [], y, dz, fresh: true); break;
            case Activation.Sigmoid: MapKernels.Backward(default(SigmoidOp), dy, [], y, dz, fresh: true); break;
            case Activation.Tanh: MapKernels.Backward(default(TanhOp), dy, [], y, dz, fresh: true); break;
        }
    }

    /// <summary>The same for a gradient or a tangent, recorded.</summary>
    public static Tensor Chain(Activation activation, Tensor d, Tensor y) => activation switch
    {
        Activation.Relu => ElementwiseChain.Apply(d, default(ReluOp).D(default, new Traced(y))),
        Activation.Sigmoid => ElementwiseChain.Apply(d, default(SigmoidOp).D(default, new Traced(y))),
        Activation.Tanh => ElementwiseChain.Apply(d, default(TanhOp).D(default, new Traced(y))),
        _ => d,
    };
}
