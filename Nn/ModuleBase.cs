using System.Diagnostics.CodeAnalysis;

namespace Autograd.Nn;

/// <summary>
/// A part of a network: parameters and other modules, held in fields or properties. How it computes is said by a class derived from it:
/// <see cref="Module"/> from a tensor to a tensor, <see cref="Module{T, TResult}"/> and its like from and to anything else.
/// </summary>
/// <remarks>
/// <para>What a module holds is found by looking at its instance fields, those of the base class first, in order of declaration.
/// A <see cref="Tensor"/> that requires a gradient is a parameter, one marked <see cref="BufferAttribute"/> a buffer, a Module a
/// child; arrays, lists and dictionaries of these are looked into. What occurs twice counts once, under its first name.</para>
/// <para>Names are those PyTorch would give: the name of the property or field, without leading underscores, in lower case with
/// an underscore between words (<c>InProjWeight</c> and <c>_inProjWeight</c> → <c>in_proj_weight</c>, <c>Fc1</c> → <c>fc1</c>), elements of
/// lists by their number, parts joined by dots: <c>blocks.0.fc1.weight</c>. <see cref="ParameterNameAttribute"/> gives another name.</para>
/// </remarks>
[DynamicallyAccessedMembers(ModuleMembers.Seen)]
public abstract partial class ModuleBase : IStateful
{
    /// <summary>Whether the module is being trained, as it is at first: dropout drops, batch statistics are those of the batch.</summary>
    public bool IsTraining { get; private set; } = true;

    /// <summary>How many numbers the parameters hold, frozen ones included; a shared one counts once.</summary>
    public long ParameterCount => Parameters.Sum(parameter => (long)parameter.Count);

    /// <summary>All parameters of this module and of its children, frozen ones included; each once. What an optimizer takes.</summary>
    public IReadOnlyList<Tensor> Parameters => [.. NamedParameters().Select(parameter => parameter.Value)];

    /// <summary>All parameters with their names, a module's own before those of its children.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> NamedParameters() => State(MemberKind.Parameter);

    /// <summary>All tensors that belong to the state but are not trained, such as running means; each once.</summary>
    public IReadOnlyList<Tensor> Buffers => [.. NamedBuffers().Select(buffer => buffer.Value)];

    /// <summary>All buffers with their names.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> NamedBuffers() => State(MemberKind.Buffer);

    /// <summary>The modules that this one holds itself; each once.</summary>
    public IReadOnlyList<ModuleBase> Children => [.. ModuleMembers.Of(this).Select(member => member.Value).OfType<ModuleBase>().Distinct()];

    /// <summary>This module, named "", and all below it with their names, parents before children; each once.</summary>
    public IReadOnlyList<(string Name, ModuleBase Value)> NamedModules()
    {
        List<(string, ModuleBase)> found = [];
        HashSet<ModuleBase> seen = new(ReferenceEqualityComparer.Instance);
        Stack<(string Name, ModuleBase Value)> pending = new([("", this)]);
        while (pending.TryPop(out (string Name, ModuleBase Value) next))
        {
            if (!seen.Add(next.Value)) continue;
            found.Add(next);
            // Pushed last to first, so that the first is visited first.
            foreach (ModuleMember member in ModuleMembers.Of(next.Value).Reverse())
            {
                if (member.Value is ModuleBase child) pending.Push((ModuleMembers.Join(next.Name, member.Name), child));
            }
        }
        return found;
    }

    /// <summary>The sources of random numbers that this module and those below it were given, such as those of dropout; each once. Others draw from <see cref="Generator.Default"/>.</summary>
    public IReadOnlyList<Generator> Generators =>
        [.. NamedModules().SelectMany(module => ModuleMembers.Of(module.Value)).Select(member => member.Value).OfType<Generator>().Distinct()];

    /// <summary>Puts this module and all below it into training mode.</summary>
    public void Train() => SetTraining(true);

    /// <summary>Puts this module and all below it into evaluation mode.</summary>
    public void Eval() => SetTraining(false);

    /// <summary>Clears the gradients of all parameters, keeping their memory.</summary>
    public void ZeroGrad()
    {
        foreach (Tensor parameter in Parameters) parameter.ZeroGrad();
    }

    /// <summary>Stops training all parameters: they require no gradient, an optimizer passes over them, they stay parameters.</summary>
    public void Freeze() => SetRequiresGrad(false);

    /// <summary>Trains all parameters again.</summary>
    public void Unfreeze() => SetRequiresGrad(true);

    /// <summary>
    /// Converts all floating-point parameters and buffers. They become new tensors without gradients, in the places of the old
    /// ones (shared ones stay shared): an optimizer has to be made afterwards.
    /// </summary>
    /// <exception cref="DTypeException">The type is not floating-point.</exception>
    public void To(DType dtype)
    {
        if (!dtype.IsFloating()) throw Throw.NeedsFloatingType("Module.To", dtype);
        Dictionary<Tensor, Tensor> converted = new(ReferenceEqualityComparer.Instance);
        foreach ((_, ModuleBase module) in NamedModules())
        {
            foreach (ModuleMember member in ModuleMembers.Of(module))
            {
                if (member is not { Kind: not MemberKind.Child, Value: Tensor old } || old.DType == dtype || !old.DType.IsFloating()) continue;
                if (!converted.TryGetValue(old, out Tensor? converting)) converted[old] = converting = Convert(old, dtype, member.Kind);
                member.Replace(module, converting);
            }
        }
    }

    /// <summary>Makes a tensor a parameter: it requires a gradient, and remains a parameter while it is frozen.</summary>
    /// <returns>The tensor given.</returns>
    /// <exception cref="GraphException">The tensor is a recorded result.</exception>
    /// <exception cref="DTypeException">The tensor is not floating-point.</exception>
    /// <exception cref="ModuleException">A module is computing: an optimizer that was made before would not know the parameter.</exception>
    protected static Tensor Parameter(Tensor tensor)
    {
        if (ForwardPass.Current.Running is { } running) throw Throw.ParameterInForward(running.GetType(), tensor.Shape);
        tensor.RequiresGrad = true;
        ParameterMarks.Mark(tensor);
        return tensor;
    }

    static Tensor Convert(Tensor old, DType dtype, MemberKind kind)
    {
        using RecordingSwitch _ = Tape.NoGrad();
        // Clone, since a cast made inside a scope would be recycled with it.
        Tensor converted = old.Detach().Cast(dtype).Clone();
        converted.RequiresGrad = old.RequiresGrad;
        if (kind == MemberKind.Parameter) ParameterMarks.Mark(converted);
        return converted;
    }

    List<(string Name, Tensor Value)> State(MemberKind kind)
    {
        List<(string, Tensor)> found = [];
        HashSet<Tensor> seen = new(ReferenceEqualityComparer.Instance);
        foreach ((string path, ModuleBase module) in NamedModules())
        {
            foreach (ModuleMember member in ModuleMembers.Of(module))
            {
                if (member.Kind == kind && member.Value is Tensor tensor && seen.Add(tensor)) found.Add((ModuleMembers.Join(path, member.Name), tensor));
            }
        }
        return found;
    }

    void SetTraining(bool training)
    {
        foreach ((_, ModuleBase module) in NamedModules()) module.SetOwnTraining(training);
    }

    internal void SetOwnTraining(bool training) => IsTraining = training;

    void SetRequiresGrad(bool requiresGrad)
    {
        foreach (Tensor parameter in Parameters)
        {
            parameter.ZeroGrad();
            parameter.RequiresGrad = requiresGrad;
        }
    }
}

/// <summary>Gives a parameter, buffer or child another name than the rule does; "" joins the elements of a list to the module itself.</summary>
/// <param name="name">The name, without dots.</param>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class ParameterNameAttribute(string name) : Attribute
{
    /// <summary>The name.</summary>
    public string Name { get; } = name;
}

/// <summary>Marks a tensor that belongs to a module's state but is not trained, such as a running mean.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class BufferAttribute : Attribute;
