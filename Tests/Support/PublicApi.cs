using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Autograd.Tests.Support;

/// <summary>The public surface of an assembly as text: one line a member, sorted, extension members as they are written.</summary>
static class PublicApi
{
    const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    static readonly NullabilityInfoContext Nullability = new();

    static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(object)] = "object", [typeof(string)] = "string", [typeof(bool)] = "bool", [typeof(byte)] = "byte",
        [typeof(int)] = "int", [typeof(uint)] = "uint", [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(float)] = "float",
        [typeof(double)] = "double", [typeof(nint)] = "nint",
    };

    static readonly Dictionary<string, string> Operators = new()
    {
        ["op_Addition"] = "+", ["op_Subtraction"] = "-", ["op_Multiply"] = "*", ["op_Division"] = "/", ["op_UnaryNegation"] = "-",
        ["op_LessThan"] = "<", ["op_GreaterThan"] = ">", ["op_LessThanOrEqual"] = "<=", ["op_GreaterThanOrEqual"] = ">=",
        ["op_Equality"] = "==", ["op_Inequality"] = "!=", ["op_LogicalNot"] = "!", ["op_BitwiseAnd"] = "&", ["op_BitwiseOr"] = "|",
        ["op_ExclusiveOr"] = "^", ["op_Modulus"] = "%", ["op_Implicit"] = "implicit", ["op_Explicit"] = "explicit",
    };

    public static string Of(Assembly assembly)
    {
        StringBuilder text = new();
        text.Append("# ").Append(assembly.GetName().Name).Append('\n');
        foreach (Type type in assembly.GetExportedTypes().Where(IsWritten).OrderBy(t => t.Namespace, StringComparer.Ordinal).ThenBy(Name, StringComparer.Ordinal))
        {
            text.Append('\n').Append(Head(type)).Append('\n');
            foreach (string line in Members(type).Order(StringComparer.Ordinal)) text.Append("    ").Append(line).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>Not what the compiler makes: the nested types that describe extension blocks, closures and the like.</summary>
    static bool IsWritten(MemberInfo member) => !member.Name.Contains('<') && (member.DeclaringType is null || !member.DeclaringType.Name.Contains('<'));

    static string Head(Type type)
    {
        string kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : typeof(Delegate).IsAssignableFrom(type) ? "delegate"
            : type.IsValueType ? $"{(IsReadOnly(type) ? "readonly " : "")}{(type.IsByRefLike ? "ref " : "")}struct"
            : type.IsAbstract && type.IsSealed ? "static class" : type.IsSealed ? "sealed class" : type.IsAbstract ? "abstract class" : "class";
        IEnumerable<Type> inherited = type.BaseType is { } b && b != typeof(object) && b != typeof(ValueType) && b != typeof(Enum) ? [b] : [];
        IEnumerable<Type> bases = inherited.Concat(type.GetInterfaces().Except(type.BaseType?.GetInterfaces() ?? []).Where(i => i.IsPublic && !type.IsEnum).OrderBy(i => Name(i), StringComparer.Ordinal));
        string list = string.Join(", ", bases.Select(Name));
        return $"{kind} {type.Namespace}.{Name(type)}{(list.Length > 0 ? " : " + list : "")}";
    }

    static bool IsReadOnly(Type type) => type.GetCustomAttributesData().Any(a => a.AttributeType.Name == "IsReadOnlyAttribute");

    static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum) return Enum.GetNames(type).Select(n => $"{n} = {Convert.ToInt64(Enum.Parse(type, n), CultureInfo.InvariantCulture)}");
        IEnumerable<string> constructors = type.GetConstructors(Declared).Where(IsVisible).Where(c => !c.IsStatic).Select(c => $"{Access(c)}new({Parameters(c.GetParameters())})");
        IEnumerable<string> fields = type.GetFields(Declared).Where(f => f.IsPublic && IsWritten(f)).Select(Field);
        IEnumerable<string> properties = type.GetProperties(Declared).Where(p => p.GetAccessors(true).Any(IsVisible) && IsWritten(p)).Select(Property);
        IEnumerable<string> methods = type.GetMethods(Declared).Where(IsVisible).Where(m => IsWritten(m) && !IsAccessor(m)).Select(Method);
        return constructors.Concat(fields).Concat(properties).Concat(methods);
    }

    // Accessors of an extension property have no property beside them outside the compiler's own nested types.
    static bool IsAccessor(MethodInfo method) => method.IsSpecialName && !Operators.ContainsKey(method.Name) && method.DeclaringType!.GetProperties(Declared).Any(p => p.GetAccessors(true).Contains(method));

    static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    static string Access(MethodBase method) => method.IsPublic ? "" : "protected ";

    static string Modifiers(MethodInfo method)
    {
        string kind = method.IsStatic ? "static " : "";
        if (method.DeclaringType!.IsInterface) return kind + (method is { IsStatic: true, IsAbstract: true } ? "abstract " : "");
        bool overrides = method.GetBaseDefinition() != method;
        return Access(method) + kind + (method.IsAbstract ? "abstract " : overrides ? "override " : method is { IsVirtual: true, IsFinal: false } ? "virtual " : "");
    }

    static string Field(FieldInfo field) => field.IsLiteral
        ? $"const {Name(field.FieldType)} {field.Name} = {Convert.ToString(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}"
        : $"{(field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}{Name(field.FieldType, Nullability.Create(field))} {field.Name}";

    static string Property(PropertyInfo property)
    {
        MethodInfo? get = property.GetMethod is { } g && IsVisible(g) ? g : null, set = property.SetMethod is { } s && IsVisible(s) ? s : null;
        bool init = set is not null && set.ReturnParameter.GetRequiredCustomModifiers().Any(m => m.Name == "IsExternalInit");
        string accessors = (get is null ? "" : "get; ") + (set is null ? "" : (set.IsPublic ? "" : "protected ") + (init ? "init; " : "set; "));
        ParameterInfo[] indices = property.GetIndexParameters();
        string name = indices.Length > 0 ? $"this[{Parameters(indices)}]" : property.Name;
        return $"{Modifiers(get ?? set!)}{Name(property.PropertyType, Nullability.Create(property))} {name} {{ {accessors}}}";
    }

    static string Method(MethodInfo method)
    {
        string result = Name(method.ReturnType, Nullability.Create(method.ReturnParameter)), generics = Generics(method);
        ParameterInfo[] parameters = method.GetParameters();
        if (Operators.TryGetValue(method.Name, out string? sign)) return $"static {result} operator {sign}({Parameters(parameters)})";
        if (!method.IsDefined(typeof(ExtensionAttribute), false)) return $"{Modifiers(method)}{result} {method.Name}{generics}({Parameters(parameters)})";
        string receiver = $"extension({Parameters(parameters[..1])})";
        return method.Name.StartsWith("get_", StringComparison.Ordinal) && parameters.Length == 1
            ? $"{receiver} {result} {method.Name[4..]} {{ get; }}"
            : $"{receiver} {result} {method.Name}{generics}({Parameters(parameters[1..])})";
    }

    static string Generics(MethodInfo method) => method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(a => a.Name))}>" : "";

    static string Parameters(IEnumerable<ParameterInfo> parameters) => string.Join(", ", parameters.Select(Parameter));

    static string Parameter(ParameterInfo parameter)
    {
        bool variadic = parameter.IsDefined(typeof(ParamArrayAttribute), false) || parameter.IsDefined(typeof(ParamCollectionAttribute), false);
        string passing = !parameter.ParameterType.IsByRef ? "" : parameter.IsOut ? "out " : parameter.IsIn ? "in " : "ref ";
        string value = !parameter.HasDefaultValue ? "" : " = " + parameter.RawDefaultValue switch
        {
            null => parameter.ParameterType.IsValueType ? "default" : "null",
            string s => $"\"{s}\"",
            bool b => b ? "true" : "false",
            { } v when parameter.ParameterType.IsEnum => $"{parameter.ParameterType.Name}.{Enum.ToObject(parameter.ParameterType, v)}",
            { } v => Convert.ToString(v, CultureInfo.InvariantCulture),
        };
        return $"{(variadic ? "params " : "")}{passing}{Name(parameter.ParameterType, Nullability.Create(parameter))} {parameter.Name}{value}";
    }

    static string Name(Type type) => Name(type, null);

    static string Name(Type type, NullabilityInfo? info)
    {
        string mark = info is { ReadState: NullabilityState.Nullable } && !type.IsValueType ? "?" : "";
        if (type.IsByRef) return Name(type.GetElementType()!, info?.ElementType);
        if (type.IsArray) return $"{Name(type.GetElementType()!, info?.ElementType)}[{new string(',', type.GetArrayRank() - 1)}]{mark}";
        if (Nullable.GetUnderlyingType(type) is { } underlying) return Name(underlying) + "?";
        if (Keywords.TryGetValue(type, out string? keyword)) return keyword + mark;
        string name = type.IsNested && !type.IsGenericParameter ? $"{Name(type.DeclaringType!)}.{type.Name}" : type.Name;
        if (!type.IsGenericType) return name + mark;
        Type[] arguments = type.GetGenericArguments();
        IEnumerable<string> names = arguments.Select((a, i) => Name(a, info?.GenericTypeArguments.ElementAtOrDefault(i)));
        return $"{name.Split('`')[0]}<{string.Join(", ", names)}>{mark}";
    }
}
