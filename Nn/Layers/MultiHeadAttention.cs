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
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range, or the heads do not divide the size.</exception>
    public MultiHeadAttention(int size, int heads, double dropout = 0, bool bias = true, Generator? generator = null, DType dtype = DType.Float32)
    {
        Sizes.AtLeastOne(nameof(MultiHeadAttention), (nameof(size), size), (nameof(heads), heads));
        if (size % heads != 0) throw Throw.BadLayer(nameof(MultiHeadAttention), nameof(heads), heads, $"must divide the size, here {size}");
        (_heads, _generator) = (heads, generator);
        _dropout = dropout is >= 0 and <= 1 ? dropout : throw Throw.BadLayer(nameof(MultiHeadAttention), nameof(dropout), dropout, "must be in [0, 1]");
        InProjWeight = Parameter(Init.XavierUniform(Tensor.Zeros([3 * size, size], dtype), generator));
        if (bias) InProjBias = Parameter(Tensor.Zeros([3 * size], dtype));
        OutProj = new(size, size, bias, generator, dtype);
        if (bias) Init.Constant(OutProj.Bias!, 0);
    }

    /// <summary>The projections of query, key and value, one below the other, [3·size, size].</summary>
    public Tensor InProjWeight { get; set; }

    /// <summary>Their biases, [3·size], or null.</summary>
    public Tensor? InProjBias { get; set; }

    /// <summary>The projection of the heads' results.</summary>
    public Linear OutProj { get; }

    /// <summary>Every position of x looks at all positions of x.</summary>
    /// <param name="x">[…, l, size].</param>
    /// <returns>[…, l, size].</returns>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    public override Tensor Forward(Tensor x) => Forward(x, x, x).Output;

    /// <summary>Queries look at keys and get the values that belong to them.</summary>
    /// <param name="query">[…, l, size].</param>
    /// <param name="key">[…, s, size].</param>
    /// <param name="value">[…, s, size].</param>
    /// <param name="mask">
    /// Broadcasts to […, heads, l, s]: a Bool tensor, true where a query may look at a key, or numbers that are added to the scores.
    /// One that hides padding has the shape [n, 1, 1, s].
    /// </param>
    /// <param name="isCausal">Query i looks at the keys 0 … i only.</param>
    /// <returns>The result […, l, size] and the weights of each head […, heads, l, s].</returns>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    public (Tensor Output, Tensor Weights) Forward(Tensor query, Tensor key, Tensor value, Tensor? mask = null, bool isCausal = false) =>
        Tensor.MultiHeadAttention(
            query, key, value, InProjWeight, InProjBias, OutProj.Weight, OutProj.Bias, _heads, mask, isCausal, IsTraining ? _dropout : 0, _generator);
}
