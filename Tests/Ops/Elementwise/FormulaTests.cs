using System.Reflection;

namespace Autograd.Tests.Ops.Elementwise;

[Parallelizable(ParallelScope.All)]
public sealed class FormulaTests
{
    /// <summary>Bytes of IL that the compiler inlines by itself: one operation, as 1 / x.</summary>
    const int Short = 33;

    /// <summary>A formula that is called for each vector, not compiled into the loop, costs several times what it computes: see docs/adding-an-op.md.</summary>
    [Test]
    public void LongFormulas_AskToBeInlined()
    {
        MethodInfo[] formulas = [.. typeof(TensorOps).Assembly.GetTypes().Where(IsFormula).SelectMany(Methods).Where(IsReadable)];
        Assert.That(formulas, Has.Length.GreaterThan(150));
        Assert.That(formulas.Where(f => f.GetMethodBody()!.GetILAsByteArray()!.Length > Short && (f.MethodImplementationFlags & MethodImplAttributes.AggressiveInlining) == 0)
            .Select(f => $"{f.DeclaringType!.Name}.{f.Name}"), Is.Empty);
    }

    static bool IsFormula(Type type) => type.IsValueType && (type.IsAssignableTo(typeof(IUnaryOp)) || type.IsAssignableTo(typeof(IBinaryOp)));

    static MethodInfo[] Methods(Type type) =>
        type.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly);

    /// <summary>Whether it is written over the alphabet.</summary>
    static bool IsReadable(MethodInfo method) => method.IsGenericMethodDefinition
        && method.GetGenericArguments()[0].GetGenericParameterConstraints().Any(c => c.IsGenericType && c.GetGenericTypeDefinition() == typeof(IReal<>));
}
