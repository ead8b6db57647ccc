using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Autograd;

static partial class Throw
{
    /// <summary>Checks that a generator is there.</summary>
    public static void IfNull(string op, [NotNull] Generator? value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value is null) throw Null(op, name, "Pass new Generator(seed), or Generator.Default.");
    }

    /// <summary>Checks that a function is there.</summary>
    public static void IfNull(string op, [NotNull] Delegate? value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value is null) throw Null(op, name, "Pass a method or a lambda, such as x => x.Square().");
    }

    /// <summary>Checks that a text is there.</summary>
    public static void IfNull(string op, [NotNull] string? value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value is null) throw Null(op, name, "Write it between quotes.");
    }

    /// <summary>Checks that an array of numbers is there.</summary>
    public static void IfNull(string op, [NotNull] Array? value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value is null) throw Null(op, name, "Pass an array without elements for none.");
    }

    /// <summary>Checks that a list is there, and all tensors of it.</summary>
    public static void IfNullIn(string op, [NotNull] IReadOnlyList<Tensor?>? tensors, [CallerArgumentExpression(nameof(tensors))] string name = "")
    {
        if (tensors is null) throw Null(op, name, "Pass [] for none.");
        for (int i = 0; i < tensors.Count; i++)
        {
            if (tensors[i] is null) throw NullAt(op, i, tensors.Count);
        }
    }

    /// <summary>Checks that no tensor of a list is null.</summary>
    public static void IfAnyNull(string op, ReadOnlySpan<Tensor?> tensors)
    {
        for (int i = 0; i < tensors.Length; i++)
        {
            if (tensors[i] is null) throw NullAt(op, i, tensors.Length);
        }
    }

    static ArgumentNullException NullAt(string op, int index, int count) =>
        new(null, $"{op}: every tensor must be given, but tensor {index} of {count} is null. {NullTensorHint}");

    /// <summary>Checks the inputs of an op that is composed of others: floating-point and of one type. Those left out are null.</summary>
    public static void IfNotFloating(string op, params ReadOnlySpan<Tensor?> inputs)
    {
        if (inputs[0] is { } first && !first.DType.IsFloating()) throw NeedsFloating(op, first.DType);
        IfTypesDiffer(op, inputs);
    }

    /// <summary>The same of what is nearly always right, without a list of the inputs being made.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void IfNotFloating(string op, Tensor a, Tensor? b, Tensor? c)
    {
        if (!a.DType.IsFloating() || (b is not null && b.DType != a.DType) || (c is not null && c.DType != a.DType)) IfNotFloating(op, [a, b, c]);
    }

    /// <summary>Checks that all inputs have the type of the first. Those left out are null.</summary>
    public static void IfTypesDiffer(string op, params ReadOnlySpan<Tensor?> inputs)
    {
        foreach (Tensor? input in inputs[1..])
        {
            if (input is not null && input.DType != inputs[0]!.DType) throw DifferentTypes(op, inputs[0]!.DType, input.DType);
        }
    }

    /// <summary>Checks that all inputs broadcast together.</summary>
    public static void IfNoBroadcast(string op, params ReadOnlySpan<Tensor> inputs)
    {
        Shape all = inputs[0].Shape;
        foreach (Tensor input in inputs[1..])
        {
            if (!Shape.TryBroadcast(all, input.Shape, out Shape joined)) throw Broadcast(op, all, input.Shape);
            all = joined;
        }
    }

    /// <summary>A size of the result, or the error that it is too large.</summary>
    public static int IfTooLong(string op, long size) => size <= int.MaxValue
        ? (int)size
        : throw new ShapeException($"{op}: every axis of the result must have fewer than 2³¹ elements, but one would have {size}.", "Split the input, and work on one part at a time.");

    /// <summary>Checks that a tensor can hold the result, before its numbers are made.</summary>
    public static void IfTooLarge(string op, Shape shape, DType dtype)
    {
        long bytes = (long)shape.ElementCount * dtype.Size();
        if (bytes > int.MaxValue) throw new ShapeException($"{op}: the elements must take less than 2 GiB, but {dtype} {shape} takes {bytes} bytes.", "Make it in parts.");
    }
}
