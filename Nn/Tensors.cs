using System.Runtime.CompilerServices;

namespace Autograd.Nn;

/// <summary>Finds the tensors in inputs and results of modules.</summary>
static class Tensors
{
    /// <summary>The tensors in a value: itself, or those of a tuple or list, in order.</summary>
    public static IEnumerable<Tensor> In(object? value) => value switch
    {
        Tensor tensor => [tensor],
        ITuple tuple => Enumerable.Range(0, tuple.Length).SelectMany(i => In(tuple[i])),
        IEnumerable<Tensor> tensors => tensors,
        _ => [],
    };
}
