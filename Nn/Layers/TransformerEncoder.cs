namespace Autograd.Nn;

/// <summary>A layer of a Transformer's encoder: self-attention and two linear layers, each with a residual connection and a normalisation.</summary>
/// <remarks>Source: Vaswani et al., "Attention is all you need", 2017, section 3.1; with the norm first: Xiong et al., "On layer normalization in the Transformer architecture", 2020.</remarks>
public sealed class TransformerEncoderLayer : Module
{
    readonly Dropout _dropout;
    readonly Func<Tensor, Tensor> _activation;
    readonly bool _normFirst;

    /// <summary>Makes the layer.</summary>
    /// <param name="size">Size of a vector, ≥ 1.</param>
    /// <param name="heads">The number of heads; divides the size.</param>
    /// <param name="feedForward">Size between the two linear layers, ≥ 1.</param>
    /// <param name="dropout">The probability of dropout in attention, between the linear layers and before each sum, in [0, 1].</param>
    /// <param name="activation">The function between the linear layers; ReLU when left out.</param>
    /// <param name="normFirst">Whether each part normalises its input rather than the sum.</param>
    /// <param name="epsilon">Added to variances.</param>
    /// <param name="generator">The source of initial values and of dropout; <see cref="Generator.Default"/> when left out.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range, or the heads do not divide the size.</exception>
    public TransformerEncoderLayer(
        int size, int heads, int feedForward = 2048, double dropout = 0.1, Func<Tensor, Tensor>? activation = null, bool normFirst = false,
        double epsilon = 1e-5, Generator? generator = null, DType dtype = DType.Float32)
    {
        SelfAttn = new(size, heads, dropout, true, generator, dtype);
        (Linear1, Linear2) = (new(size, feedForward, true, generator, dtype), new(feedForward, size, true, generator, dtype));
        (Norm1, Norm2) = (new(size, epsilon, dtype: dtype), new(size, epsilon, dtype: dtype));
        (_dropout, _activation, _normFirst) = (new(dropout, generator), activation ?? (x => x.Relu()), normFirst);
    }

    /// <summary>The attention.</summary>
    public MultiHeadAttention SelfAttn { get; }

    /// <summary>The first linear layer.</summary>
    public Linear Linear1 { get; }

    /// <summary>The second linear layer.</summary>
    public Linear Linear2 { get; }

    /// <summary>The normalisation of the attention's part.</summary>
    public LayerNorm Norm1 { get; }

    /// <summary>The normalisation of the linear layers' part.</summary>
    public LayerNorm Norm2 { get; }

    /// <inheritdoc cref="Forward(Tensor, Tensor?, bool, Tensor?)"/>
    protected override Tensor Compute(Tensor x) => Compute(x, null, false, null);

    /// <summary>Applies the layer.</summary>
    /// <param name="x">[…, l, size].</param>
    /// <param name="mask">As that of <see cref="MultiHeadAttention"/>.</param>
    /// <param name="isCausal">Position i looks at the positions 0 … i only.</param>
    /// <param name="valid">Bool, […, l]: false where x is padding, at which nothing looks.</param>
    /// <returns>[…, l, size].</returns>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    public Tensor Forward(Tensor x, Tensor? mask = null, bool isCausal = false, Tensor? valid = null)
    {
        Throw.IfNull(this, x);
        using ForwardCall call = Enter(x);
        x = Before(x);
        return After(in call, x, Compute(x, mask, isCausal, valid));
    }

    Tensor Compute(Tensor x, Tensor? mask, bool isCausal, Tensor? valid)
    {
        if (_normFirst)
        {
            x += Attend(Norm1.Forward(x), mask, isCausal, valid);
            return x + Feed(Norm2.Forward(x));
        }
        x = Norm1.Forward(x + Attend(x, mask, isCausal, valid));
        return Norm2.Forward(x + Feed(x));
    }

    Tensor Attend(Tensor x, Tensor? mask, bool isCausal, Tensor? valid) => _dropout.Forward(SelfAttn.Forward(x, x, x, mask, isCausal, valid, needWeights: false).Output);

    Tensor Feed(Tensor x) => _dropout.Forward(Linear2.Forward(_dropout.Forward(_activation(Linear1.Forward(x)))));
}

/// <summary>Layers of a Transformer's encoder one after the other.</summary>
/// <param name="count">How many, ≥ 0.</param>
/// <param name="layer">Makes one.</param>
/// <param name="norm">A normalisation of the result, which layers with the norm first need.</param>
public sealed class TransformerEncoder(int count, Func<TransformerEncoderLayer> layer, LayerNorm? norm = null) : Module
{
    /// <summary>The layers.</summary>
    public IReadOnlyList<TransformerEncoderLayer> Layers { get; } = Sizes.Repeat(nameof(TransformerEncoder), count, layer);

    /// <summary>The normalisation of the result, or null.</summary>
    public LayerNorm? Norm { get; } = norm;

    /// <inheritdoc cref="TransformerEncoderLayer.Forward(Tensor, Tensor?, bool, Tensor?)"/>
    protected override Tensor Compute(Tensor x) => Compute(x, null, false, null);

    /// <summary>Applies all layers.</summary>
    /// <inheritdoc cref="TransformerEncoderLayer.Forward(Tensor, Tensor?, bool, Tensor?)"/>
    public Tensor Forward(Tensor x, Tensor? mask = null, bool isCausal = false, Tensor? valid = null)
    {
        Throw.IfNull(this, x);
        using ForwardCall call = Enter(x);
        x = Before(x);
        return After(in call, x, Compute(x, mask, isCausal, valid));
    }

    Tensor Compute(Tensor x, Tensor? mask, bool isCausal, Tensor? valid)
    {
        for (int i = 0; i < Layers.Count; i++) x = Layers[i].Forward(x, mask, isCausal, valid);
        return Norm?.Forward(x) ?? x;
    }
}
