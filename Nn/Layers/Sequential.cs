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
        for (int i = 0; i < _modules.Count; i++)
        {
            // Nobody sees what lies between a rectifier and the pooling behind it: the two are one pass over memory, with the same numbers.
            bool pools = i + 1 < _modules.Count && _modules[i] is Relu { IsUnobserved: true } && _modules[i + 1] is MaxPool2d { IsUnobserved: true };
            x = pools ? ((MaxPool2d)_modules[++i]).OfRelu(x) : _modules[i].Forward(x);
        }
        return x;
    }

    /// <inheritdoc/>
    public IEnumerator<Module> GetEnumerator() => _modules.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
