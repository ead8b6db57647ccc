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
    /// <summary>Checks that there is such an activation.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public static void Check(string op, Activation activation)
    {
        if (activation is < Activation.Identity or > Activation.Tanh) throw Throw.NoActivation(op, activation);
    }

    /// <summary>The name of an op with an activation.</summary>
    public static string Name(string op, Activation activation) => activation == Activation.Identity ? op : op + activation;

    /// <summary>What an op with an activation saves besides: its result.</summary>
    public static Saved Saves(Activation activation) => activation == Activation.Identity ? Saved.Nothing : Saved.Output;

    /// <summary>The activation of a tensor, recorded.</summary>
    public static Tensor Apply(Activation activation, Tensor z) => activation switch
    {
        Activation.Relu => z.Relu(),
        Activation.Sigmoid => z.Sigmoid(),
        Activation.Tanh => z.Tanh(),
        _ => z,
    };

    /// <summary>y = f(y), in place, of the dense result of an op.</summary>
    public static void Overwrite(Activation activation, Tensor y)
    {
        if (activation == Activation.Identity) return;
        if (y.DType == DType.Float32) Overwrite(activation, y.AsWritableSpan<float>());
        else Overwrite(activation, y.AsWritableSpan<double>());
    }

    /// <inheritdoc cref="Overwrite(Activation, Tensor)"/>
    public static void Overwrite<T>(Activation activation, Span<T> y) where T : unmanaged
    {
        switch (activation)
        {
            case Activation.Relu: MapKernels.Forward(default(ReluOp), y, y); break;
            case Activation.Sigmoid: MapKernels.Forward(default(SigmoidOp), y, y); break;
            case Activation.Tanh: MapKernels.Forward(default(TanhOp), y, y); break;
        }
    }

    /// <summary>dz = dy·f′, dense, where y = f(z) is the result of the op; in the memory of dy if nobody else reads it.</summary>
    public static Tensor Chain(Activation activation, Tensor dy, Recorded values, Gradients gradients)
    {
        Tensor dense = dy.Dense();
        if (activation == Activation.Identity) return dense;
        Tensor dz = ReferenceEquals(dense, dy) ? gradients.Overwritable(dy) : dense;
        if (dy.DType == DType.Float32) Chain(activation, dense.AsSpan<float>(), values.ResultAsSpan<float>(), dz.AsWritableSpan<float>());
        else Chain(activation, dense.AsSpan<double>(), values.ResultAsSpan<double>(), dz.AsWritableSpan<double>());
        return dz;
    }

    /// <summary>The same of bare memory.</summary>
    public static ReadOnlySpan<T> Chain<T>(Activation activation, Recorded values, Gradients gradients) where T : unmanaged
    {
        if (activation == Activation.Identity) return gradients.DYAsSpan<T>();
        ReadOnlySpan<T> dy = gradients.DYAsSpan(out Span<T> dz);
        Chain(activation, dy, values.ResultAsSpan<T>(), dz);
        return dz;
    }

    static void Chain<T>(Activation activation, ReadOnlySpan<T> dy, ReadOnlySpan<T> y, Span<T> dz) where T : unmanaged
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
