using Autograd.Kernels;

namespace Autograd;

/// <summary>
/// The setting that a convolution shares with its gradients: x [n, c, h, w] and weight [o, c / groups, kh, kw] make y [n, o, h', w'].
/// With one axis h, kh and h' are missing, without batch n is.
/// </summary>
readonly record struct Convolution(Conv2dGeometry Geometry, int Axes, bool Batched)
{
    public Shape X => Images(Geometry.C, Geometry.H, Geometry.W);

    public Shape Y => Images(Geometry.OutC, Geometry.OutH, Geometry.OutW);

    public Shape Weight => Axes == 1
        ? [Geometry.OutC, Geometry.GroupC, Geometry.KW]
        : [Geometry.OutC, Geometry.GroupC, Geometry.KH, Geometry.KW];

    public string Dimensions => Axes == 1 ? "1d" : "2d";

    /// <summary>The shape in which a bias of one number a channel is added to images.</summary>
    public Shape Channels(int count) => Axes == 1 ? [count, 1] : [count, 1, 1];

    /// <summary>The same for the images of this many samples, one sample after the other.</summary>
    public Convolution OfImages(int samples) => this with { Geometry = Geometry with { N = samples * Geometry.N }, Batched = true };

    /// <summary>The same for this many samples side by side: channels of different samples are channels of different groups.</summary>
    public Convolution OfChannels(int samples) => this with
    {
        Geometry = Geometry with { C = samples * Geometry.C, OutC = samples * Geometry.OutC, Groups = samples * Geometry.Groups },
        Batched = true,
    };

    /// <summary>y = w ⋆ x + bias.</summary>
    public Tensor Forward(Tensor x, Tensor weight, Tensor? bias)
    {
        Tensor y = Tensor.Empty(Y, x.DType);
        if (x.DType == DType.Float32) Forward<float>(x.Dense(), weight.Dense(), bias?.Dense(), y);
        else Forward<double>(x.Dense(), weight.Dense(), bias?.Dense(), y);
        return y;
    }

    /// <summary>dx (+)= the gradient of ⟨w ⋆ x, dy⟩ by x.</summary>
    public void InputGradient(Tensor dy, Tensor weight, Tensor dx, bool accumulate)
    {
        if (dx.DType == DType.Float32) InputGradient(dy.Dense(), weight.Dense(), dx.AsWritableSpan<float>(), accumulate);
        else InputGradient(dy.Dense(), weight.Dense(), dx.AsWritableSpan<double>(), accumulate);
    }

    /// <summary>Adds that to the gradient of the first input.</summary>
    public void InputGradient(Tensor dy, Tensor weight, Gradients gradients)
    {
        if (dy.DType == DType.Float32) InputGradient(dy.Dense(), weight.Dense(), gradients.AsSpan<float>(0, out bool fresh), !fresh);
        else InputGradient(dy.Dense(), weight.Dense(), gradients.AsSpan<double>(0, out bool fresh), !fresh);
    }

    /// <summary>dw (+)= the gradient of ⟨w ⋆ x, dy⟩ by w.</summary>
    public void WeightGradient(Tensor dy, Tensor x, Tensor dw, bool accumulate)
    {
        if (dw.DType == DType.Float32) WeightGradient<float>(dy.Dense(), x.Dense(), dw, accumulate);
        else WeightGradient<double>(dy.Dense(), x.Dense(), dw, accumulate);
    }

    /// <summary>db (+)= the sum over images and pixels of each channel of dy, which is of shape Y.</summary>
    public static void BiasGradient(in Conv2dGeometry geometry, Tensor dy, Tensor db, bool accumulate)
    {
        if (dy.DType == DType.Float32) Conv2dKernels.GradBias<float>(geometry, dy.Dense().AsSpan<float>(), db.AsWritableSpan<float>(), accumulate);
        else Conv2dKernels.GradBias<double>(geometry, dy.Dense().AsSpan<double>(), db.AsWritableSpan<double>(), accumulate);
    }

    Shape Images(int channels, int height, int width) => (Axes, Batched) switch
    {
        (1, false) => [channels, width],
        (1, true) => [Geometry.N, channels, width],
        (_, false) => [channels, height, width],
        _ => [Geometry.N, channels, height, width],
    };

    void Forward<E>(Tensor x, Tensor weight, Tensor? bias, Tensor y) where E : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<E>
    {
        ReadOnlySpan<E> b = bias is null ? [] : bias.AsSpan<E>();
        if (y.Count == 0) return;
        if (x.Count == 0 || weight.Count == 0) Conv2dKernels.FillChannels(b, y.AsWritableSpan<E>(), Geometry.OutH * Geometry.OutW);
        else Conv2dKernels.Forward(Geometry, x.AsSpan<E>(), weight.AsSpan<E>(), b, y.AsWritableSpan<E>());
    }

    void InputGradient<E>(Tensor dy, Tensor weight, Span<E> dx, bool accumulate) where E : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<E>
    {
        if (dx.IsEmpty) return;
        if (dy.Count > 0 && weight.Count > 0) Conv2dKernels.GradInput(Geometry, dy.AsSpan<E>(), weight.AsSpan<E>(), dx, accumulate);
        else if (!accumulate) dx.Clear();
    }

    void WeightGradient<E>(Tensor dy, Tensor x, Tensor dw, bool accumulate) where E : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<E>
    {
        if (dw.Count == 0) return;
        if (dy.Count > 0 && x.Count > 0)
            Conv2dKernels.GradWeight(Geometry, dy.AsSpan<E>(), x.AsSpan<E>(), dw.AsWritableSpan<E>(), accumulate);
        else if (!accumulate)
            dw.Fill(0);
    }
}

// z = w ⋆ x + b,  y = f(z)   ⇒   dz = dy·f′,  dx = the input gradient of dz and w,  dw = the weight gradient of dz and x,  db = Σ dz over images and pixels.
// The three operations are bilinear, and each is the others' derivative.
sealed class ConvOp(Convolution c, Activation activation = Activation.Identity) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        new(x => x[0].Conv2d(x[1], x[2], stride: 2, padding: 1), new([2, 2, 5, 4]), new([3, 2, 3, 3]), new([3])),
        new(x => x[0].Conv2d(x[1], x[2], padding: (0, 1), dilation: (1, 2), groups: 2), new([1, 4, 4, 5]), new([4, 2, 2, 3]), new([4])),
        Sample.Of([2, 4, 4], [2, 1, 3, 2], (x, w) => x.Conv2d(w, groups: 2)),
        new(x => x[0].Conv1d(x[1], x[2], stride: 2, padding: 1), new([2, 2, 7]), new([2, 2, 3]), new([2])),
        Sample.Of([2, 6], [3, 2, 2], (x, w) => x.Conv1d(w, dilation: 3)),
        new(x => x[0].Conv2d(x[1], x[2], padding: 1, activation: Activation.Tanh), new([2, 2, 3, 4]), new([3, 2, 3, 3]), new([3])),
        new(x => x[0].Conv1d(x[1], x[2], activation: Activation.Sigmoid), new([2, 5]), new([3, 2, 2]), new([3])),
        Sample.Of([2, 4, 4], [2, 1, 3, 2], (x, w) => x.Conv2d(w, groups: 2, activation: Activation.Relu)),
    ];

    public override string Name => Activations.Name("Conv" + c.Dimensions, activation);

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => ConvOps.Saves(inputs) | Activations.Saves(activation);

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Throw.IfNotFloating(this, inputs);
        Tensor y = c.Forward(inputs[0], inputs[1], inputs.Length > 2 ? inputs[2] : null);
        Activations.Overwrite(activation, y);
        return y;
    }

    protected override Tensor? Batch(BatchedInputs inputs) => Activations.Apply(activation, ConvOps.Batch(inputs, c, each => new ConvOp(each), c.Y));

    protected override Tensor Vjp(int input, Tensor dy, Recorded values)
    {
        if (activation != Activation.Identity) dy = Activations.Chain(activation, dy, values.Y);
        return input switch
        {
            0 => new ConvTransposeOp(c).Apply(dy, values.B),
            1 => new ConvWeightOp(c).Apply(dy, values.A),
            _ => dy.SumTo(c.Channels(c.Geometry.OutC)).Reshape(c.Geometry.OutC),
        };
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) =>
        ConvOps.Jvp(new ConvOp(c), c, inputs, tangents, y) is { } dz ? Activations.Chain(activation, dz, y) : null;

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        dy = Activations.Chain(activation, dy, values, gradients);
        bool fresh;
        if (gradients.Needs(0)) c.InputGradient(dy, values.B, gradients);
        if (gradients.Needs(1)) c.WeightGradient(dy, values.A, gradients.Buffer(1, out fresh), !fresh);
        if (values.Count > 2 && gradients.Needs(2)) Convolution.BiasGradient(c.Geometry, dy, gradients.Buffer(2, out fresh), !fresh);
    }
}

/// <summary>The transposed convolution, which is the gradient of a convolution by its input.</summary>
sealed class ConvTransposeOp(Convolution c) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        new(x => x[0].ConvTranspose2d(x[1], x[2], stride: 2, padding: 1, outputPadding: (1, 0)), new([2, 3, 3, 2]), new([3, 2, 3, 3]), new([2])),
        new(x => x[0].ConvTranspose2d(x[1], x[2], dilation: (2, 1), groups: 2), new([1, 4, 2, 3]), new([4, 1, 2, 2]), new([2])),
        Sample.Of([2, 2, 3], [2, 2, 2, 1], (x, w) => x.ConvTranspose2d(w, stride: (1, 3))),
        new(x => x[0].ConvTranspose1d(x[1], x[2], stride: 2, padding: 1), new([2, 2, 4]), new([2, 3, 3]), new([3])),
    ];

    public override string Name => "ConvTranspose" + c.Dimensions;

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => ConvOps.Saves(inputs);

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Throw.IfNotFloating(this, inputs);
        Tensor x = Tensor.Empty(c.X, inputs[0].DType);
        bool biased = inputs.Length > 2;
        int pixels = c.Geometry.H * c.Geometry.W;
        if (biased && x.DType == DType.Float32) Conv2dKernels.FillChannels(inputs[2].Dense().AsSpan<float>(), x.AsWritableSpan<float>(), pixels);
        else if (biased) Conv2dKernels.FillChannels(inputs[2].Dense().AsSpan<double>(), x.AsWritableSpan<double>(), pixels);
        c.InputGradient(inputs[0], inputs[1], x, accumulate: biased);
        return x;
    }

    protected override Tensor? Batch(BatchedInputs inputs) => ConvOps.Batch(inputs, c, each => new ConvTransposeOp(each), c.X);

    protected override Tensor Vjp(int input, Tensor dx, Recorded values) => input switch
    {
        0 => new ConvOp(c).Apply(dx, values.B),
        1 => new ConvWeightOp(c).Apply(values.A, dx),
        _ => dx.SumTo(c.Channels(c.Geometry.C)).Reshape(c.Geometry.C),
    };

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) =>
        ConvOps.Jvp(this, c, inputs, tangents, y);

    protected override void Backward(Tensor dx, Recorded values, Gradients gradients)
    {
        dx = dx.Dense();
        if (gradients.Needs(0)) gradients.Add(0, c.Forward(dx, values.B, null));
        bool fresh;
        if (gradients.Needs(1)) c.WeightGradient(values.A, dx, gradients.Buffer(1, out fresh), !fresh);
        if (values.Count <= 2 || !gradients.Needs(2)) return;
        Conv2dGeometry images = c.Geometry with { OutC = c.Geometry.C, OutH = c.Geometry.H, OutW = c.Geometry.W };
        Convolution.BiasGradient(images, dx, gradients.Buffer(2, out fresh), !fresh);
    }
}

/// <summary>The gradient of a convolution by its weight, as a function of dy and x.</summary>
sealed class ConvWeightOp(Convolution c) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([2, 4, 3, 2], [2, 2, 5, 4], (dy, x) => new ConvWeightOp(new(new(2, 2, 5, 4, 4, 3, 3, 2, 2, 1, 1, 1, 1, 2), 2, true)).Apply(dy, x)),
        Sample.Of([3, 4], [2, 6], (dy, x) => new ConvWeightOp(new(new(1, 2, 1, 6, 3, 1, 2, DilationW: 2), 1, false)).Apply(dy, x)),
    ];

    public override string Name => $"Conv{c.Dimensions}Weight";

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => ConvOps.Saves(inputs);

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor dw = Tensor.Empty(c.Weight, inputs[0].DType);
        c.WeightGradient(inputs[0], inputs[1], dw, accumulate: false);
        return dw;
    }

    protected override Tensor? Batch(BatchedInputs inputs)
    {
        Tensor dw = new ConvWeightOp(c.OfChannels(inputs.Count)).Apply(ConvOps.Channels(inputs.Full(0), c), ConvOps.Channels(inputs.Full(1), c));
        return dw.Reshape([inputs.Count, .. c.Weight.Sizes]);
    }

    protected override Tensor Vjp(int input, Tensor dw, Recorded values) => input == 0
        ? new ConvOp(c).Apply(values.B, dw)
        : new ConvTransposeOp(c).Apply(values.A, dw);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) =>
        ConvOps.Jvp(this, c, inputs, tangents, y);
}

/// <summary>What the three bilinear operations have in common.</summary>
static class ConvOps
{
    public static Saved Saves(ReadOnlySpan<Tensor> inputs) =>
        (inputs[0].RequiresGrad ? Saved.B : Saved.Nothing) | (inputs[1].RequiresGrad ? Saved.A : Saved.Nothing);

    public static Tensor? Jvp(Op op, Convolution c, ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y)
    {
        Tensor? dy = tangents[0] is { } da ? op.Apply(da, inputs[1]) : null;
        if (tangents[1] is { } db) dy = Tangents.Plus(dy, op.Apply(inputs[0], db));
        if (tangents.Length <= 2 || tangents[2] is not { } bias) return dy;
        Shape channels = c.Channels(bias.Count);
        return Tangents.Plus(dy, bias.Reshape(channels.Sizes).Expand(y.Shape));
    }

    /// <summary>Images that have a weight in common are images of one batch; else their channels are those of groups.</summary>
    public static Tensor Batch(BatchedInputs inputs, Convolution c, Func<Convolution, Op> op, Shape y)
    {
        Tensor result;
        if (inputs.IsBatched(1))
        {
            Tensor x = Channels(inputs.Full(0), c), weight = inputs[1].Flatten(0, 1);
            Tensor? bias = inputs.Values.Length > 2 ? inputs.Full(2).Flatten() : null;
            return Apart(ConvCalls.Apply(op(c.OfChannels(inputs.Count)), x, weight, bias), c, inputs.Count, y);
        }
        if (inputs.IsBatched(0))
            result = op(c.OfImages(inputs.Count)).Apply(Images(inputs[0], c), inputs[1]).Reshape([inputs.Count, .. y.Sizes]);
        else
            result = op(c).Apply(inputs[0], inputs[1]);
        if (inputs.Values.Length == 2) return result;
        Shape channels = c.Channels(inputs.Shape(2)[0]);
        return result + (inputs.IsBatched(2) ? inputs[2].Reshape([inputs.Count, .. c.Batched ? [1] : Array.Empty<int>(), .. channels.Sizes]) : inputs[2].Reshape(channels.Sizes));
    }

    /// <summary>[samples, n, c, …] as [n, samples·c, …].</summary>
    public static Tensor Channels(Tensor x, Convolution c) => c.Geometry.N == 1
        ? x.Reshape([1, x.Shape[0] * x.Shape[c.Batched ? 2 : 1], .. x.Shape.Sizes[^c.Axes..]])
        : x.Transpose(0, 1).Flatten(1, 2);

    /// <summary>[samples, n, c, …] as [samples·n, c, …].</summary>
    static Tensor Images(Tensor x, Convolution c) => c.Batched ? x.Flatten(0, 1) : x;

    /// <summary>[n, samples·c, …] as [samples, n, c, …].</summary>
    static Tensor Apart(Tensor y, Convolution c, int samples, Shape shape) => c.Geometry.N == 1
        ? y.Reshape([samples, .. shape.Sizes])
        : y.Reshape([shape[0], samples, .. shape.Sizes[1..]]).Transpose(0, 1);
}
