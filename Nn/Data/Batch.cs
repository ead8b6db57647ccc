namespace Autograd.Nn.Data;

/// <summary>Examples taken together: <c>foreach ((Tensor inputs, Tensor labels) in batches)</c>.</summary>
/// <param name="Inputs">[n, …]; sequences are padded to the longest of the batch, [n, longest, …].</param>
/// <param name="Labels">[n, …]; padded where they are sequences.</param>
public readonly record struct Batch(Tensor Inputs, Tensor Labels)
{
    /// <summary>The number of examples.</summary>
    public int Count => Inputs.Shape[0];

    /// <summary>How long each sequence of inputs is, Int64 [n]; null where inputs are no sequences.</summary>
    public Tensor? Lengths { get; init; }

    /// <summary>How long each sequence of labels is, Int64 [n]; null where labels are no sequences.</summary>
    public Tensor? LabelLengths { get; init; }
}
