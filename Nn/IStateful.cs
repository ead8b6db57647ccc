namespace Autograd.Nn;

/// <summary>What goes on exactly where it stopped once its state has been written and read: modules, optimizers, schedulers.</summary>
public interface IStateful
{
    /// <summary>All that changes while training, as tensors with names; those of a file of <see cref="Data.Safetensors"/>.</summary>
    /// <returns>The tensors themselves where there are any, which later steps change: copy or write them before.</returns>
    OrderedDictionary<string, Tensor> StateDict();

    /// <summary>Takes over a state; all of it, or nothing if anything does not fit.</summary>
    /// <param name="state">Values by name, as <see cref="StateDict"/> gives them.</param>
    /// <exception cref="StateMismatchException">Names, shapes or element types differ; the text lists all differences.</exception>
    void LoadStateDict(IReadOnlyDictionary<string, Tensor> state);
}
