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
readonly record struct ModuleMember(string Name, MemberKind Kind, object Value, Action<Module, Tensor> Replace);

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
    public static IEnumerable<ModuleMember> Of(Module module)
    {
        List<ModuleMember> members = [];
        if (!Slots.TryGetValue(module.GetType(), out Slot[]? slots)) Slots[module.GetType()] = slots = Find(module.GetType());
        foreach (Slot slot in slots)
        {
            if (slot.Field.GetValue(module) is { } value) Collect(members, value, slot.Name, slot.IsBuffer, (owner, tensor) => slot.Field.SetValue(owner, tensor));
        }
        return members;
    }

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

    static void Collect(List<ModuleMember> members, object value, string name, bool isBuffer, Action<Module, Tensor> replace)
    {
        switch (value)
        {
            case Tensor tensor when isBuffer:
                members.Add(new(name, MemberKind.Buffer, tensor, replace));
                break;
            case Tensor tensor when ParameterMarks.IsMarked(tensor) || (tensor.RequiresGrad && tensor.IsLeaf):
                ParameterMarks.Mark(tensor);
                members.Add(new(name, MemberKind.Parameter, tensor, replace));
                break;
            case Module child:
                members.Add(new(name, MemberKind.Child, child, replace));
                break;
            case Generator generator:
                members.Add(new(name, MemberKind.Generator, generator, replace));
                break;
            case IDictionary entries:
                foreach (DictionaryEntry entry in entries)
                {
                    if (entry.Value is not null) Collect(members, entry.Value, Join(name, $"{entry.Key}"), isBuffer, (_, tensor) => entries[entry.Key] = tensor);
                }
                break;
            case IList items when !HoldsValues(items.GetType()):
                for (int i = 0; i < items.Count; i++)
                {
                    int index = i;
                    if (items[i] is { } item) Collect(members, item, Join(name, $"{i}"), isBuffer, (_, tensor) => items[index] = tensor);
                }
                break;
            case IReadOnlyList<Module> children:
                for (int i = 0; i < children.Count; i++) Collect(members, children[i], Join(name, $"{i}"), isBuffer, replace);
                break;
        }
    }

    /// <summary>Whether the elements of a list are numbers and the like, which need no look.</summary>
    static bool HoldsValues(Type list) =>
        (list.IsArray ? list.GetElementType()! : list is { IsGenericType: true, GenericTypeArguments: [var item] } ? item : typeof(object)) is { IsValueType: true };

    static Slot[] Find([DynamicallyAccessedMembers(Seen)] Type type)
    {
        List<Slot[]> levels = [];
        for (Type? level = type; level is not null && level != typeof(Module); level = level.BaseType) levels.Add(FindDeclared(level));
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
            slots.Add(new(field, source.GetCustomAttribute<ParameterNameAttribute>()?.Name ?? Spell(name), source.IsDefined(typeof(BufferAttribute))));
        }
        return [.. slots];
    }

    readonly record struct Slot(FieldInfo Field, string Name, bool IsBuffer);
}
