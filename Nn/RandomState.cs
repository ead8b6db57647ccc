namespace Autograd.Nn;

/// <summary>The state of sources of random numbers, to be saved with that of a model: <c>new RandomState([Generator.Default, .. model.Generators])</c>.</summary>
/// <param name="generators">The sources; each counts once, in the order of its first place.</param>
public sealed class RandomState(IEnumerable<Generator> generators) : IStateful
{
    readonly Generator[] _generators = [.. Throw.Given(nameof(RandomState), generators).Distinct()];

    /// <summary>Seed and position of each source, as an Int64 tensor [2] named by its number.</summary>
    /// <inheritdoc path="/returns"/>
    public OrderedDictionary<string, Tensor> StateDict()
    {
        OrderedDictionary<string, Tensor> state = [];
        for (int i = 0; i < _generators.Length; i++)
            state.Add($"{i}", Tensor.From([unchecked((long)_generators[i].Seed), unchecked((long)_generators[i].Position)]));
        return state;
    }

    /// <inheritdoc/>
    public void LoadStateDict(IReadOnlyDictionary<string, Tensor> state)
    {
        StateMismatch.Check(nameof(RandomState), [.. StateDict().Select(item => (item.Key, item.Value))], state);
        for (int i = 0; i < _generators.Length; i++)
        {
            long[] saved = state[$"{i}"].ToArray<long>();
            _generators[i].State = unchecked(((ulong)saved[0], (ulong)saved[1]));
        }
    }
}
