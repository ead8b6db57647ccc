using System.Collections;

namespace Autograd.Nn;

/// <summary>Modules one after the other, each applied to the result of the one before; their names are "0", "1", …</summary>
public sealed class Sequential : Module, IReadOnlyList<Module>
{
    [ParameterName("")] readonly List<Module> _modules;

    /// <summary>The modules in order; without any, the result is the input.</summary>
    public Sequential(params ReadOnlySpan<Module> modules)
    {
        _modules = new(modules.Length);
        foreach (Module module in modules) Add(module);
    }

    /// <summary>How many modules there are.</summary>
    public int Count => _modules.Count;

    /// <summary>The module at a position.</summary>
    public Module this[int index] => _modules[index];

    /// <summary>Puts a module at the end.</summary>
    public void Add(Module module)
    {
        Throw.IfNull(nameof(Sequential), module);
        _modules.Add(module);
    }

    /// <summary>The modules of a range, the same ones: <c>model[..^1]</c>.</summary>
    public Sequential Slice(int start, int count) => new([.. _modules.Skip(start).Take(count)]);

    /// <summary>Applies all modules.</summary>
    protected override Tensor Compute(Tensor x)
    {
        // By index, since the enumerator would be an allocation a call.
        for (int i = 0; i < _modules.Count;)
        {
            x = Apply(i, x, out int count);
            i += count;
        }
        return x;
    }

    // Nobody sees what lies between a normalisation, a rectifier and a pooling: they are one pass over memory, with the same numbers.
    Tensor Apply(int i, Tensor x, out int count)
    {
        Module first = _modules[i];
        count = 1;
        // Asked first what kind of module it is: whether someone looks takes longer than a small layer may.
        if (first is not (Relu or BatchNorm) || !first.IsUnobserved) return first.Forward(x);
        Module? next = Unobserved(i + 1);
        if (first is BatchNorm norm && next is Relu)
        {
            bool halves = x.Rank == 4 && x.Shape[2] > 1 && x.Shape[3] > 1 && Unobserved(i + 2) is MaxPool2d { IsHalving: true };
            count = halves ? 3 : 2;
            return norm.ForwardRelu(x, halves);
        }
        if (first is not Relu || next is not MaxPool2d max) return first.Forward(x);
        count = 2;
        return max.OfRelu(x);
    }

    Module? Unobserved(int i) => i < _modules.Count && _modules[i].IsUnobserved ? _modules[i] : null;

    /// <inheritdoc/>
    public IEnumerator<Module> GetEnumerator() => _modules.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
