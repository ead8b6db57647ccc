using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Autograd.Nn;

/// <summary>What a member of a module is to it.</summary>
enum MemberKind
{
    Parameter,
    Buffer,
    Child,
    Generator,
}

/// <summary>One tensor, module or generator that a module holds.</summary>
/// <param name="Name">Its name below the module.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Value">The tensor, module or generator.</param>
/// <param name="Replace">Puts another tensor in its place.</param>
readonly record struct ModuleMember(string Name, MemberKind Kind, object Value, Action<ModuleBase, Tensor> Replace);

/// <summary>Remembers which tensors are parameters, also while they are frozen.</summary>
static class ParameterMarks
{
    static readonly ConditionalWeakTable<Tensor, object> Marks = [];

    public static void Mark(Tensor tensor) => Marks.TryAdd(tensor, Marks);

    public static bool IsMarked(Tensor tensor) => Marks.TryGetValue(tensor, out _);
}

/// <summary>Finds the tensors and modules that a module holds in its fields.</summary>
static class ModuleMembers
{
    /// <summary>What trimming must keep of every module.</summary>
    public const DynamicallyAccessedMemberTypes Seen = DynamicallyAccessedMemberTypes.AllFields | DynamicallyAccessedMemberTypes.AllProperties;

    const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    static readonly ConcurrentDictionary<Type, Slot[]> Slots = [];

    /// <summary>The members of one module, in order.</summary>
    public static IEnumerable<ModuleMember> Of(ModuleBase module)
    {
        List<ModuleMember> members = [];
        foreach (Slot slot in SlotsOf(module))
        {
            if (slot.Field.GetValue(module) is { } value)
                Collect(members, new(module, slot.Source, slot.IsBuffer, (owner, tensor) => slot.Field.SetValue(owner, tensor)), value, slot.Name);
        }
        return members;
    }

    /// <summary>The fields of a module that may hold something.</summary>
    public static IEnumerable<FieldInfo> FieldsOf(ModuleBase module) => SlotsOf(module).Select(slot => slot.Field);

    /// <summary>The name of a member of the module called <paramref name="path"/>.</summary>
    public static string Join(string path, string name) => path.Length == 0 ? name : name.Length == 0 ? path : $"{path}.{name}";

    /// <summary>PyTorch's spelling of a .NET name.</summary>
    public static string Spell(string name)
    {
        name = name.TrimStart('_');
        StringBuilder spelled = new();
        for (int i = 0; i < name.Length; i++)
        {
            bool starts = char.IsUpper(name[i]) && i > 0 && name[i - 1] != '_'
                && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (starts) spelled.Append('_');
            spelled.Append(char.ToLowerInvariant(name[i]));
        }
        return spelled.ToString();
    }

    static Slot[] SlotsOf(ModuleBase module)
    {
        if (!Slots.TryGetValue(module.GetType(), out Slot[]? slots)) Slots[module.GetType()] = slots = Find(module.GetType());
        return slots;
    }

    static void Collect(List<ModuleMember> members, Place place, object value, string name)
    {
        switch (value)
        {
            case Tensor tensor when place.IsBuffer:
                members.Add(new(name, MemberKind.Buffer, tensor, place.Replace));
                break;
            case Tensor tensor when IsParameter(tensor):
                ParameterMarks.Mark(tensor);
                members.Add(new(name, MemberKind.Parameter, tensor, place.Replace));
                break;
            case ModuleBase child:
                members.Add(new(name, MemberKind.Child, child, place.Replace));
                break;
            case Generator generator:
                members.Add(new(name, MemberKind.Generator, generator, place.Replace));
                break;
            case IDictionary entries:
                foreach (DictionaryEntry entry in entries)
                {
                    if (entry.Value is not null) Collect(members, place with { Replace = (_, tensor) => entries[entry.Key] = tensor }, entry.Value, Join(name, $"{entry.Key}"));
                }
                break;
            case IList items when value is not Array { Rank: > 1 } && !HoldsValues(items.GetType()):
                for (int i = 0; i < items.Count; i++)
                {
                    int index = i;
                    if (items[i] is { } item) Collect(members, place with { Replace = (_, tensor) => items[index] = tensor }, item, Join(name, $"{i}"));
                }
                break;
            case IReadOnlyList<ModuleBase> children:
                for (int i = 0; i < children.Count; i++) Collect(members, place, children[i], Join(name, $"{i}"));
                break;
            default:
                if (Hides(value)) throw Throw.HiddenInField(place.Module.GetType(), place.Field, value.GetType());
                break;
        }
    }

    static bool IsParameter(Tensor tensor) => ParameterMarks.IsMarked(tensor) || (tensor.RequiresGrad && tensor.IsLeaf);

    /// <summary>Whether modules or parameters are in something that has no place for a name, or none where a tensor can be replaced: a tuple, a set, a queue, a table.</summary>
    static bool Hides(object value) => value switch
    {
        ITuple tuple => Enumerable.Range(0, tuple.Length).Any(i => IsPart(tuple[i])),
        Array { Rank: > 1 } table => table.Cast<object?>().Any(IsPart),
        IList tuples when typeof(ITuple).IsAssignableFrom(ElementOf(tuples.GetType())) => tuples.Cast<object?>().Any(IsPart),
        IReadOnlyCollection<object?> set => set.Any(IsPart),
        _ => false,
    };

    /// <summary>Whether something is a module or parameter, or hides one.</summary>
    public static bool IsPart(object? value) => value is ModuleBase || (value is Tensor tensor && IsParameter(tensor)) || (value is ITuple && Hides(value));

    /// <summary>Whether the elements of a list are numbers and the like, which need no look.</summary>
    public static bool HoldsValues(Type list) => ElementOf(list) is { IsValueType: true };

    static Type ElementOf(Type list) =>
        list.IsArray ? list.GetElementType()! : list is { IsGenericType: true, GenericTypeArguments: [var item] } ? item : typeof(object);

    static Slot[] Find([DynamicallyAccessedMembers(Seen)] Type type)
    {
        List<Slot[]> levels = [];
        for (Type? level = type; level is not null && level != typeof(ModuleBase); level = level.BaseType) levels.Add(FindDeclared(level));
        levels.Reverse();
        return [.. levels.SelectMany(level => level)];
    }

    static Slot[] FindDeclared([DynamicallyAccessedMembers(Seen)] Type type)
    {
        List<Slot> slots = [];
        foreach (FieldInfo field in type.GetFields(Declared))
        {
            if (field.FieldType.IsPrimitive || field.FieldType.IsEnum || field.FieldType == typeof(string)) continue;
            // The compiler calls the field behind the property P "<P>k__BackingField", that of the primary constructor's parameter p "<p>P".
            string name = field.Name is ['<', .. var rest] && rest.IndexOf('>') is > 0 and var end ? rest[..end] : field.Name;
            MemberInfo source = name != field.Name && type.GetProperty(name, Declared) is { } property ? property : field;
            slots.Add(new(field, name, source.GetCustomAttribute<ParameterNameAttribute>()?.Name ?? Spell(name), source.IsDefined(typeof(BufferAttribute))));
        }
        return [.. slots];
    }

    /// <param name="Field">The field.</param>
    /// <param name="Source">The name of the field, or of the property or parameter behind which it stands.</param>
    /// <param name="Name">That of what it holds.</param>
    /// <param name="IsBuffer">Whether it is marked as a buffer.</param>
    readonly record struct Slot(FieldInfo Field, string Source, string Name, bool IsBuffer);

    /// <summary>Where something was found.</summary>
    readonly record struct Place(ModuleBase Module, string Field, bool IsBuffer, Action<ModuleBase, Tensor> Replace);
}
