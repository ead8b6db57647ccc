using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Autograd.Nn;

public abstract partial class ModuleBase
{
    /// <summary>A copy with the same fields, without hooks; what <see cref="ModuleCopy"/> then replaces.</summary>
    internal ModuleBase Shallow()
    {
        ModuleBase copy = (ModuleBase)MemberwiseClone();
        copy.ForgetHolders();
        copy.ForgetHooks();
        return copy;
    }
}

/// <summary>Deep copies of modules.</summary>
public static class ModuleCopies
{
    extension<T>(T module) where T : ModuleBase
    {
        /// <summary>
        /// A copy with parameters, buffers and sources of random numbers of its own, which start as those of the original are: no step of one changes
        /// the other. What is shared inside the original is shared inside the copy. Gradients and hooks are not copied.
        /// </summary>
        /// <exception cref="ModuleException">A field holds modules in a collection that cannot be made anew.</exception>
        public T Clone() => (T)new ModuleCopy().Of(module);
    }
}

/// <summary>One deep copy: what has been copied, by its original.</summary>
sealed class ModuleCopy
{
    readonly Dictionary<object, object> _copies = new(ReferenceEqualityComparer.Instance);

    public ModuleBase Of(ModuleBase module)
    {
        // All modules first, so that references of any kind between them find their ends, however deep the chain.
        (ModuleBase Old, ModuleBase New)[] pairs = [.. module.NamedModules().Select(item => (item.Value, item.Value.Shallow()))];
        foreach ((ModuleBase old, ModuleBase made) in pairs) _copies.Add(old, made);
        foreach ((ModuleBase old, ModuleBase made) in pairs)
        {
            foreach (FieldInfo field in ModuleMembers.FieldsOf(old))
            {
                if (field.GetValue(old) is { } value && Copy(value, field, old) is var copied && !ReferenceEquals(copied, value)) field.SetValue(made, copied);
            }
        }
        return (ModuleBase)_copies[module];
    }

    object Copy(object value, FieldInfo field, ModuleBase module)
    {
        if (_copies.TryGetValue(value, out object? known)) return known;
        switch (value)
        {
            case Tensor tensor:
                return _copies[value] = Copy(tensor);
            case Generator generator:
                return _copies[value] = new Generator(generator.Seed, generator.Position);
            case Array { Rank: 1 } array:
                Array elements = (Array)(_copies[value] = array.Clone());
                for (int i = 0; !ModuleMembers.HoldsValues(array.GetType()) && i < array.Length; i++)
                {
                    if (array.GetValue(i) is { } item) elements.SetValue(Copy(item, field, module), i);
                }
                return elements;
            case IDictionary entries when entries.Values.Cast<object?>().Any(IsCopied):
                IDictionary table = (IDictionary)(_copies[value] = Empty(value, field, module));
                foreach (DictionaryEntry entry in entries) table.Add(entry.Key, entry.Value is null ? null : Copy(entry.Value, field, module));
                return table;
            case IList { IsReadOnly: false, IsFixedSize: false } items when items.Cast<object?>().Any(IsCopied):
                IList list = (IList)(_copies[value] = Empty(value, field, module));
                foreach (object? item in items) list.Add(item is null ? null : Copy(item, field, module));
                return list;
            case IReadOnlyList<object> items when items.Any(IsCopied):
                Array fixedItems = SameElements(field, items.Count) ?? throw Throw.NotCopied(module.GetType(), field.Name, value.GetType());
                for (int i = 0; i < items.Count; i++) fixedItems.SetValue(Copy(items[i], field, module), i);
                return _copies[value] = fixedItems;
            default:
                return value;
        }
    }

    /// <summary>Whether something is copied, or holds what is; anything else, such as a dictionary of words, both may have.</summary>
    static bool IsCopied(object? value) => value switch
    {
        Tensor or ModuleBase or Generator or Array => true,
        IDictionary entries => entries.Values.Cast<object?>().Any(IsCopied),
        IReadOnlyList<object> items => items.Any(IsCopied),
        _ => false,
    };

    static Tensor Copy(Tensor old)
    {
        using RecordingSwitch _ = Tape.NoGrad();
        Tensor copy = old.Detach().Clone();
        copy.RequiresGrad = old is { RequiresGrad: true, IsLeaf: true };
        if (ParameterMarks.IsMarked(old)) ParameterMarks.Mark(copy);
        return copy;
    }

    /// <summary>An empty collection of the same type.</summary>
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor, typeof(List<>))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor, typeof(Dictionary<,>))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor, typeof(OrderedDictionary<,>))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor, typeof(SortedDictionary<,>))]
    [UnconditionalSuppressMessage("Trimming", "IL2072", Justification = "The constructors of the platform's collections are kept above; of another collection without one an error tells.")]
    static object Empty(object collection, FieldInfo field, ModuleBase module)
    {
        try
        {
            return Activator.CreateInstance(collection.GetType())!;
        }
        catch (MissingMethodException)
        {
            throw Throw.NotCopied(module.GetType(), field.Name, collection.GetType());
        }
    }

    /// <summary>An array that fits into a field of a type such as IReadOnlyList; null where there is none.</summary>
    static Array? SameElements(FieldInfo field, int count)
    {
        if (!RuntimeFeature.IsDynamicCodeSupported || field.FieldType is not { IsInterface: true, GenericTypeArguments: [var element] }) return null;
        Array made = Array.CreateInstance(element, count);
        return field.FieldType.IsInstanceOfType(made) ? made : null;
    }
}
