using System.Runtime.CompilerServices;

namespace Autograd;

static partial class Throw
{
    /// <summary>Checks that an argument is there.</summary>
    public static void IfNull(string op, object? value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value is null) throw new ArgumentNullException(name, $"{op}: {name} must be given, but it is null.");
    }

    /// <summary>Checks that no tensor of a list is null.</summary>
    public static void IfAnyNull(string op, ReadOnlySpan<Tensor> tensors)
    {
        for (int i = 0; i < tensors.Length; i++)
        {
            if (tensors[i] is null) throw new ArgumentNullException(null, $"{op}: every tensor must be given, but tensor {i} of {tensors.Length} is null.");
        }
    }

    /// <summary>Checks the inputs of an op that is composed of others: floating-point and of one type. Those left out are null.</summary>
    public static void IfNotFloating(string op, params ReadOnlySpan<Tensor?> inputs)
    {
        if (inputs[0] is { } first && !first.DType.IsFloating()) throw NeedsFloating(op, first.DType);
        IfTypesDiffer(op, inputs);
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
        : throw new ShapeException($"{op}: every axis of the result must have fewer than 2³¹ elements, but one would have {size}.");

    /// <summary>Checks that a tensor can hold the result, before its numbers are made.</summary>
    public static void IfTooLarge(string op, Shape shape, DType dtype)
    {
        long bytes = (long)shape.ElementCount * dtype.Size();
        if (bytes > int.MaxValue) throw new ShapeException($"{op}: the elements must take less than 2 GiB, but {dtype} {shape} takes {bytes} bytes.");
    }
}
