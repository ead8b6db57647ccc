using System.Collections;

namespace Autograd.Nn;

/// <summary>Modules one after the other, each applied to the result of the one before; their names are "0", "1", …</summary>
public sealed class Sequential : Module, IReadOnlyList<Module>
{
    [ParameterName("")] readonly List<Module> _modules;

    // How each module goes with the next; found once, since to ask of what kind modules are takes longer than a small layer may.
    Joint[]? _joints;

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
        _joints = null;
    }

    /// <summary>The modules of a range, the same ones: <c>model[..^1]</c>.</summary>
    public Sequential Slice(int start, int count) => new([.. _modules.Skip(start).Take(count)]);

    /// <summary>Applies all modules.</summary>
    protected override Tensor Compute(Tensor x)
    {
        Joint[] joints = _joints ??= [.. Enumerable.Range(0, Count).Select(JointAt)];
        bool watched = ForwardPass.Current.Watch is not null;
        // By index, since the enumerator would be an allocation a call.
        for (int i = 0; i < joints.Length;)
        {
            Module first = _modules[i];
            if (joints[i] == Joint.None || watched || first.HasHooks || _modules[i + 1].HasHooks)
            {
                x = first.Forward(x);
                i++;
            }
            else
            {
                x = Join(joints[i], i, x, out int count);
                i += count;
            }
        }
        return x;
    }

    // Nobody sees what lies between a layer and its activation, or a normalisation, a rectifier and a pooling: they are one pass over memory, with the same numbers.
    Joint JointAt(int i) => (_modules[i], ModuleAt(i + 1)) switch
    {
        // To rectify while pooling is a pass less again.
        (Conv2d, Relu) when ModuleAt(i + 2) is MaxPool2d => Joint.None,
        (Linear or Conv2d or Conv1d, Sigmoid or Tanh or Relu) => Joint.Activated,
        (BatchNorm, Relu) => Joint.NormRelu,
        (Relu, MaxPool2d) => Joint.ReluPool,
        _ => Joint.None,
    };

    Module? ModuleAt(int i) => i < Count ? _modules[i] : null;

    Tensor Join(Joint joint, int i, Tensor x, out int count)
    {
        (Module first, Module second) = (_modules[i], _modules[i + 1]);
        count = 2;
        switch (joint)
        {
            case Joint.ReluPool: return ((MaxPool2d)second).OfRelu(x);
            case Joint.NormRelu:
                bool halves = x.Rank == 4 && x.Shape[2] > 1 && x.Shape[3] > 1 && ModuleAt(i + 2) is MaxPool2d { IsHalving: true, HasHooks: false };
                if (halves) count++;
                return ((BatchNorm)first).ForwardRelu(x, halves);
            default:
                Activation activation = second switch { Sigmoid => Activation.Sigmoid, Tanh => Activation.Tanh, _ => Activation.Relu };
                return first switch
                {
                    Linear linear => linear.Compute(x, activation),
                    Conv2d convolution => convolution.Compute(x, activation),
                    _ => ((Conv1d)first).Compute(x, activation),
                };
        }
    }

    /// <summary>What a module and its successor do in one.</summary>
    enum Joint
    {
        None,
        Activated,
        NormRelu,
        ReluPool,
    }

    /// <inheritdoc/>
    public IEnumerator<Module> GetEnumerator() => _modules.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
