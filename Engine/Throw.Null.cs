using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Autograd;

/// <summary>Null arguments, for the engine and for the ops, which compile this file too: neither sees the other's internals.</summary>
static partial class Throw
{
    const string NullTensorHint = "Is it a Grad? That is null until Backward has reached its tensor.";

    /// <summary>Checks that a tensor is there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void IfNull(string op, [NotNull] Tensor? value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value is null) NoTensor(op, name);
    }

    [DoesNotReturn]
    static void NoTensor(string op, string name) => throw Null(op, name, NullTensorHint);

    /// <summary>Checks that a shape is there.</summary>
    public static void IfNull(string op, [NotNull] Shape? value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value is null) throw Null(op, name, "Write the sizes, such as [2, 3], or [] for a scalar.");
    }

    static ArgumentNullException Null(string op, string name, string hint) => new(name, $"{op}: {name} must be given, but it is null. {hint}");
}
