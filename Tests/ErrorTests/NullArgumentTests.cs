using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Autograd.Tests.Support;

namespace Autograd.Tests.ErrorTests;

/// <summary>Null where none may be is told by name, by every public member of Engine and Ops, before anything else is looked at.</summary>
[Parallelizable(ParallelScope.All)]
public sealed partial class NullArgumentTests
{
    static readonly NullabilityInfoContext Nullability = new();

    public static IEnumerable<TestCaseData> Cases =>
        from library in (Assembly[])[typeof(Tensor).Assembly, typeof(TensorOps).Assembly]
        from type in library.GetExportedTypes()
        where !type.IsInterface && !type.IsGenericType && !type.IsNested && !type.IsSubclassOf(typeof(Exception))
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        where !method.IsDefined(typeof(CompilerGeneratedAttribute)) && method.GetBaseDefinition().DeclaringType == type
        from parameter in method.GetParameters()
        from inside in (bool[])[false, true]
        where inside ? MustHoldNoNull(parameter) : MustNotBeNull(parameter)
        select new TestCaseData(Closed(method), parameter.Position, inside)
            .SetName($"{{m}}({type.Name}.{method.Name}({string.Join(", ", method.GetParameters().Select(p => p.ParameterType.Name))}): {parameter.Name}{(inside ? "[0]" : "")})");

    [TestCaseSource(nameof(Cases))]
    public void Null_IsToldByName(MethodInfo method, int position, bool inside)
    {
        ParameterInfo[] parameters = method.GetParameters();
        Expression[] arguments = [.. parameters.Select(p => p.Position != position ? Any(p) : inside ? HoldingNull(p.ParameterType) : Expression.Constant(null, p.ParameterType))];
        Action call = Expression.Lambda<Action>(Expression.Call(method.IsStatic ? null : Receiver(method.DeclaringType!), method, arguments)).Compile();
        ArgumentException error = Assert.Catch<ArgumentException>(() => call())!;
        Assert.That(error.Message, Does.Contain("null"));
        Assert.That(Hints.Fault(error), Is.Null, error.Message);
        // Where an op knows its inputs by number alone, it tells that.
        if (!inside) Assert.That(error.ParamName ?? Numbered().Replace(error.Message, "$1"), Is.EqualTo(parameters[position].Name).Or.AnyOf("input", "tensor"));
    }

    [GeneratedRegex(@"^\w+: every (input|tensor) must be [a-z ]+, but \w+ \d+ of \d+ is null\. .*$")]
    private static partial Regex Numbered();

    static bool MustNotBeNull(ParameterInfo parameter) =>
        !parameter.ParameterType.IsValueType && !parameter.ParameterType.IsByRef && !parameter.ParameterType.IsGenericParameter
        && parameter is not { ParameterType.Name: nameof(String), Name: "op" or "text" } && Create(parameter).WriteState == NullabilityState.NotNull;

    static bool MustHoldNoNull(ParameterInfo parameter)
    {
        NullabilityInfo info = Create(parameter);
        NullabilityInfo? element = info.ElementType ?? info.GenericTypeArguments.FirstOrDefault();
        return element?.Type == typeof(Tensor) && element.WriteState == NullabilityState.NotNull && !typeof(Delegate).IsAssignableFrom(parameter.ParameterType);
    }

    static NullabilityInfo Create(ParameterInfo parameter)
    {
        lock (Nullability) return Nullability.Create(parameter);
    }

    static MethodInfo Closed(MethodInfo method) =>
        method.IsGenericMethod ? method.MakeGenericMethod(method.DeclaringType == typeof(Tape) ? typeof(Tensor) : typeof(float)) : method;

    static Expression Receiver(Type type) => type.IsValueType ? Expression.Default(type)
        : type == typeof(BatchLevel) ? Expression.Constant(ClosedLevel(), type)
        : type == typeof(ElementwiseOp) ? Expression.Constant(Map2<MultiplyOp>.Default, type)
        : Expression.Constant(type == typeof(Tensor) ? ErrorRows.F(2, 2) : type == typeof(Op) ? new StubOp("Stub", x => x[0], (_, dy, _) => dy) : Shape.Scalar, type);

    static SampleLevel ClosedLevel()
    {
        using SampleLevel level = new(2);
        return level;
    }

    static Expression HoldingNull(Type type) => Converted(new Tensor?[] { null }, type);

    /// <summary>An argument that is no reason to fail, where there is one.</summary>
    static Expression Any(ParameterInfo parameter)
    {
        Type type = parameter.ParameterType;
        if (type == typeof(Tensor)) return Expression.Constant(ErrorRows.F(2, 2));
        if (type == typeof(Shape)) return Expression.Constant(Shape.Create([2, 2]));
        if (type == typeof(Generator)) return Expression.Constant(new Generator(1));
        if (type == typeof(string)) return Expression.Constant("ii");
        if (typeof(Delegate).IsAssignableFrom(type)) return Function(type);
        if (type == typeof(Tensor[]) || type == typeof(ReadOnlySpan<Tensor>) || type == typeof(IReadOnlyList<Tensor>)) return Converted(new[] { ErrorRows.F(2, 2) }, type);
        if (type.IsArray) return Expression.Constant(Array.CreateInstance(type.GetElementType()!, new int[type.GetArrayRank()]), type);
        if (type.IsByRef) return Expression.Default(type.GetElementType()!);
        return parameter.HasDefaultValue && parameter.DefaultValue is { } value && type.IsInstanceOfType(value) ? Expression.Constant(value, type) : Expression.Default(type);
    }

    static Expression Converted(Tensor?[] tensors, Type type) => type == typeof(ReadOnlySpan<Tensor>)
        ? Expression.Convert(Expression.Constant(tensors), type, type.GetMethod("op_Implicit", [typeof(Tensor[])]))
        : Expression.Constant(tensors, type);

    static LambdaExpression Function(Type type)
    {
        MethodInfo invoke = type.GetMethod("Invoke")!;
        return Expression.Lambda(type, Expression.Default(invoke.ReturnType), invoke.GetParameters().Select(p => Expression.Parameter(p.ParameterType)));
    }
}
