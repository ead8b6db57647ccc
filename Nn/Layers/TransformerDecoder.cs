namespace Autograd.Nn;

/// <summary>
/// A layer of a Transformer's decoder: self-attention, attention to the encoder's memory and two linear layers, each with a residual
/// connection and a normalisation.
/// </summary>
/// <remarks>Source: Vaswani et al., "Attention is all you need", 2017, section 3.1.</remarks>
public sealed class TransformerDecoderLayer : Module<Tensor, Tensor, Tensor>
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
    public TransformerDecoderLayer(
        int size, int heads, int feedForward = 2048, double dropout = 0.1, Func<Tensor, Tensor>? activation = null, bool normFirst = false,
        double epsilon = 1e-5, Generator? generator = null, DType dtype = DType.Float32)
    {
        (SelfAttn, MultiheadAttn) = (new(size, heads, dropout, true, generator, dtype), new(size, heads, dropout, true, generator, dtype));
        (Linear1, Linear2) = (new(size, feedForward, true, generator, dtype), new(feedForward, size, true, generator, dtype));
        (Norm1, Norm2, Norm3) = (new(size, epsilon, dtype: dtype), new(size, epsilon, dtype: dtype), new(size, epsilon, dtype: dtype));
        (_dropout, _activation, _normFirst) = (new(dropout, generator), activation ?? (x => x.Relu()), normFirst);
    }

    /// <summary>The attention to the input.</summary>
    public MultiHeadAttention SelfAttn { get; }

    /// <summary>The attention to the memory.</summary>
    public MultiHeadAttention MultiheadAttn { get; }

    /// <summary>The first linear layer.</summary>
    public Linear Linear1 { get; }

    /// <summary>The second linear layer.</summary>
    public Linear Linear2 { get; }

    /// <summary>The normalisation of the self-attention's part.</summary>
    public LayerNorm Norm1 { get; }

    /// <summary>The normalisation of the part that looks at the memory.</summary>
    public LayerNorm Norm2 { get; }

    /// <summary>The normalisation of the linear layers' part.</summary>
    public LayerNorm Norm3 { get; }

    /// <inheritdoc cref="Forward(Tensor, Tensor, Tensor?, Tensor?, bool, Tensor?, Tensor?)"/>
    protected override Tensor Compute(Tensor x, Tensor memory) => Compute(x, memory, new());

    /// <summary>Applies the layer.</summary>
    /// <param name="x">[…, l, size].</param>
    /// <param name="memory">The encoder's result, […, s, size].</param>
    /// <param name="mask">Which positions of x a position looks at, as that of <see cref="MultiHeadAttention"/>.</param>
    /// <param name="memoryMask">Which positions of the memory it looks at.</param>
    /// <param name="isCausal">Position i looks at the positions 0 … i of x only.</param>
    /// <param name="valid">Bool, […, l]: false where x is padding, at which nothing looks.</param>
    /// <param name="memoryValid">Bool, […, s]: false where the memory is padding.</param>
    /// <returns>[…, l, size].</returns>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    public Tensor Forward(
        Tensor x, Tensor memory, Tensor? mask = null, Tensor? memoryMask = null, bool isCausal = false, Tensor? valid = null, Tensor? memoryValid = null)
    {
        using ForwardCall call = Enter((x, memory));
        (x, memory) = Before((x, memory));
        return After(in call, (x, memory), Compute(x, memory, new(mask, memoryMask, isCausal, valid, memoryValid)));
    }

    Tensor Compute(Tensor x, Tensor memory, DecoderMasks masks)
    {
        Throw.IfNull(this, x);
        Throw.IfNull(this, memory);
        if (_normFirst)
        {
            x += AttendSelf(Norm1.Forward(x), masks);
            x += AttendMemory(Norm2.Forward(x), memory, masks);
            return x + Feed(Norm3.Forward(x));
        }
        x = Norm1.Forward(x + AttendSelf(x, masks));
        x = Norm2.Forward(x + AttendMemory(x, memory, masks));
        return Norm3.Forward(x + Feed(x));
    }

    Tensor AttendSelf(Tensor x, DecoderMasks masks) => _dropout.Forward(SelfAttn.Forward(x, x, x, masks.Self, masks.IsCausal, masks.Valid, needWeights: false).Output);

    Tensor AttendMemory(Tensor x, Tensor memory, DecoderMasks masks) =>
        _dropout.Forward(MultiheadAttn.Forward(x, memory, memory, masks.Memory, valid: masks.MemoryValid, needWeights: false).Output);

    Tensor Feed(Tensor x) => _dropout.Forward(Linear2.Forward(_dropout.Forward(_activation(Linear1.Forward(x)))));
}

/// <summary>Layers of a Transformer's decoder one after the other.</summary>
/// <param name="count">How many, ≥ 0.</param>
/// <param name="layer">Makes one.</param>
/// <param name="norm">A normalisation of the result, which layers with the norm first need.</param>
public sealed class TransformerDecoder(int count, Func<TransformerDecoderLayer> layer, LayerNorm? norm = null) : Module<Tensor, Tensor, Tensor>
{
    /// <summary>The layers.</summary>
    public IReadOnlyList<TransformerDecoderLayer> Layers { get; } = Sizes.Repeat(nameof(TransformerDecoder), count, layer);

    /// <summary>The normalisation of the result, or null.</summary>
    public LayerNorm? Norm { get; } = norm;

    /// <inheritdoc cref="Forward(Tensor, Tensor, Tensor?, Tensor?, bool, Tensor?, Tensor?)"/>
    protected override Tensor Compute(Tensor x, Tensor memory) => Compute(x, memory, new());

    /// <summary>Applies all layers.</summary>
    /// <inheritdoc cref="TransformerDecoderLayer.Forward(Tensor, Tensor, Tensor?, Tensor?, bool, Tensor?, Tensor?)"/>
    public Tensor Forward(
        Tensor x, Tensor memory, Tensor? mask = null, Tensor? memoryMask = null, bool isCausal = false, Tensor? valid = null, Tensor? memoryValid = null)
    {
        using ForwardCall call = Enter((x, memory));
        (x, memory) = Before((x, memory));
        return After(in call, (x, memory), Compute(x, memory, new(mask, memoryMask, isCausal, valid, memoryValid)));
    }

    Tensor Compute(Tensor x, Tensor memory, DecoderMasks masks)
    {
        Throw.IfNull(this, x);
        Throw.IfNull(this, memory);
        for (int i = 0; i < Layers.Count; i++) x = Layers[i].Forward(x, memory, masks.Self, masks.Memory, masks.IsCausal, masks.Valid, masks.MemoryValid);
        return Norm?.Forward(x) ?? x;
    }
}

/// <summary>What a decoder's positions may look at.</summary>
readonly record struct DecoderMasks(Tensor? Self = null, Tensor? Memory = null, bool IsCausal = false, Tensor? Valid = null, Tensor? MemoryValid = null);
