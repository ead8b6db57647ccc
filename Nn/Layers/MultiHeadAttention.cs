namespace Autograd.Nn;

/// <summary>Attention by several heads, each on its own trained projection; the batch comes first.</summary>
/// <remarks>Source: Vaswani et al., "Attention is all you need", 2017, section 3.2.2.</remarks>
public sealed class MultiHeadAttention : Module
{
    readonly int _heads;
    readonly double _dropout;
    readonly Generator? _generator;

    /// <summary>Makes the layer; the projection of the inputs starts by Xavier's rule, that of the result like a <see cref="Linear"/>, biases at 0.</summary>
    /// <param name="size">Size of a vector, ≥ 1.</param>
    /// <param name="heads">The number of heads; divides the size.</param>
    /// <param name="dropout">The probability with which a weight is dropped while training, in [0, 1].</param>
    /// <param name="bias">Whether biases are added.</param>
    /// <param name="generator">The source of initial values and of dropout; <see cref="Generator.Default"/> when left out.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <param name="keySize">Size of a key, ≥ 1; as the others when left out.</param>
    /// <param name="valueSize">Size of a value, ≥ 1; as the others when left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range, or the heads do not divide the size.</exception>
    public MultiHeadAttention(
        int size, int heads, double dropout = 0, bool bias = true, Generator? generator = null, DType dtype = DType.Float32, int? keySize = null, int? valueSize = null)
    {
        Sizes.AtLeastOne(
            nameof(MultiHeadAttention), (nameof(size), size), (nameof(heads), heads), (nameof(keySize), keySize ?? size), (nameof(valueSize), valueSize ?? size));
        if (size % heads != 0) throw Throw.OutOfRange(nameof(MultiHeadAttention), nameof(heads), heads, $"must divide the size, here {size}", Sizes.DivisorHint(heads, size));
        Throw.IfNoProbability(nameof(MultiHeadAttention), dropout, "Pass 0.1 to drop a tenth.");
        (_heads, _dropout, _generator) = (heads, dropout, generator);
        if ((keySize ?? size, valueSize ?? size) == (size, size)) InProjWeight = Projection(3 * size, size);
        else (QProjWeight, KProjWeight, VProjWeight) = (Projection(size, size), Projection(size, keySize ?? size), Projection(size, valueSize ?? size));
        if (bias) InProjBias = Parameter(Tensor.Zeros([3 * size], dtype));
        OutProj = new(size, size, bias, generator, dtype);
        if (bias) Init.Constant(OutProj.Bias!, 0);

        Tensor Projection(int outputs, int inputs) => Parameter(Init.XavierUniform(Tensor.Zeros([outputs, inputs], dtype), generator));
    }

    /// <summary>The projections of query, key and value, one below the other, [3·size, size]; null where their sizes differ.</summary>
    public Tensor? InProjWeight { get; set; }

    /// <summary>The projection of queries, [size, size], where the sizes differ; else null.</summary>
    public Tensor? QProjWeight { get; set; }

    /// <summary>The projection of keys, [size, keySize], where the sizes differ; else null.</summary>
    public Tensor? KProjWeight { get; set; }

    /// <summary>The projection of values, [size, valueSize], where the sizes differ; else null.</summary>
    public Tensor? VProjWeight { get; set; }

    /// <summary>Their biases, [3·size], or null.</summary>
    public Tensor? InProjBias { get; set; }

    /// <summary>The projection of the heads' results.</summary>
    public Linear OutProj { get; }

    /// <summary>Every position of x looks at all positions of x.</summary>
    /// <param name="x">[…, l, size].</param>
    /// <returns>[…, l, size].</returns>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    protected override Tensor Compute(Tensor x) => Attend(x, x, x, null, false, null, needWeights: false).Output;

    /// <summary>Queries look at keys and get the values that belong to them.</summary>
    /// <param name="query">[…, l, size].</param>
    /// <param name="key">[…, s, size], or of the size of keys.</param>
    /// <param name="value">[…, s, size], or of the size of values.</param>
    /// <param name="mask">
    /// Broadcasts to […, heads, l, s]: a Bool tensor, true where a query may look at a key, or numbers that are added to the scores.
    /// </param>
    /// <param name="isCausal">Query i looks at the keys 0 … i only.</param>
    /// <param name="valid">Bool, […, s]: false where a key is padding, at which no query looks. A query that may look at no key gets NaN.</param>
    /// <param name="needWeights">Whether the weights are returned, too; without them attention is one op, and long sequences need no memory for them.</param>
    /// <returns>The result […, l, size] and, if they are needed, the weights of each head […, heads, l, s].</returns>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    public (Tensor Output, Tensor? Weights) Forward(
        Tensor query, Tensor key, Tensor value, Tensor? mask = null, bool isCausal = false, Tensor? valid = null, bool needWeights = true)
    {
        Throw.IfNull(this, query);
        Throw.IfNull(this, key);
        Throw.IfNull(this, value);
        using ForwardCall call = Enter((query, key, value));
        // Attention of a sequence to itself is one product, which the same tensor thrice stands for.
        (bool sameKey, bool sameValue) = (ReferenceEquals(key, query), ReferenceEquals(value, query));
        query = Before(query);
        (Tensor output, Tensor? weights) = Attend(query, sameKey ? query : key, sameValue ? query : value, mask, isCausal, valid, needWeights);
        return (After(in call, query, output), weights);
    }

    (Tensor Output, Tensor? Weights) Attend(Tensor query, Tensor key, Tensor value, Tensor? mask, bool isCausal, Tensor? valid, bool needWeights)
    {
        mask = Joined(mask, valid, key);
        double dropout = IsTraining ? _dropout : 0;
        return InProjWeight is { } weight
            ? Tensor.MultiHeadAttention(query, key, value, weight, InProjBias, OutProj.Weight, OutProj.Bias, _heads, mask, isCausal, dropout, _generator, needWeights)
            : Tensor.MultiHeadAttention(
                query, key, value, QProjWeight!, KProjWeight!, VProjWeight!, InProjBias, OutProj.Weight, OutProj.Bias, _heads, mask, isCausal, dropout, _generator, needWeights);
    }

    /// <summary>The mask with the padding besides.</summary>
    static Tensor? Joined(Tensor? mask, Tensor? valid, Tensor key)
    {
        if (valid is null) return mask;
        if (valid.DType != DType.Bool || valid.Shape != Shape.Create(key.Shape.Sizes[..^1])) throw Throw.BadValid(valid, key.Shape);
        Tensor keys = valid.Unsqueeze(-2).Unsqueeze(-2);
        if (mask is null) return keys;
        Tensor added = mask.DType == DType.Bool ? Tensor.Where(mask, Tensor.Zeros(mask.Shape, key.DType), double.NegativeInfinity) : mask;
        return Tensor.Where(keys, added, double.NegativeInfinity);
    }
}
