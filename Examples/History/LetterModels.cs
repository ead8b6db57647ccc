using Autograd.Nn;

namespace Autograd.Examples.History;

/// <summary>Letters [n, l] → scores of the next letter [n, l, letters], by a recurrent net.</summary>
sealed class LetterLstm(int letters, int size, int hidden, Generator random) : Module
{
    readonly Embedding _letters = new(letters, size, generator: random);
    readonly Lstm _lstm = new(size, hidden, batchFirst: true, generator: random);
    readonly Linear _scores = new(hidden, letters, generator: random);

    protected override Tensor Compute(Tensor x) => _scores.Forward(_lstm.Forward(_letters.Forward(x)));
}

/// <summary>The same by attention to the letters before.</summary>
sealed class LetterTransformer : Module
{
    readonly Embedding _letters, _places;
    readonly TransformerEncoder _layers;
    readonly Linear _scores;

    public LetterTransformer(int letters, int size, int layers, Generator random)
    {
        (_letters, _places) = (new(letters, size, generator: random), new(CharacterHistory.Context, size, generator: random));
        // Against vectors of length √size, what the layers add would hardly count at first.
        foreach (Embedding embedding in (Embedding[])[_letters, _places]) Init.Normal(embedding.Weight, std: 0.1, generator: random);
        _layers = new(layers, () => new(size, heads: 4, 4 * size, dropout: 0, x => x.Gelu(), normFirst: true, generator: random), new LayerNorm(size));
        _scores = new(size, letters, generator: random);
    }

    protected override Tensor Compute(Tensor x)
    {
        Tensor places = _places.Forward(Tensor.Arange(x.Shape[1], DType.Int64));
        return _scores.Forward(_layers.Forward(_letters.Forward(x) + places, isCausal: true));
    }
}
