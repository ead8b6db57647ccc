using System.Runtime.CompilerServices;

namespace Autograd;

/// <summary>The element type of a tensor; only the two floating-point types can be differentiated.</summary>
public enum DType : byte
{
    /// <summary>32-bit floating point, the default.</summary>
    Float32,

    /// <summary>64-bit floating point, for gradient checks and exact work.</summary>
    Float64,

    /// <summary>64-bit signed integers, for indices and class labels; not differentiable.</summary>
    Int64,

    /// <summary>Truth values, one byte each, for masks; not differentiable.</summary>
    Bool,
}

/// <summary>Facts about element types.</summary>
public static class DTypes
{
    /// <summary>Bytes that one element takes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Size(this DType dtype)
    {
        // A byte for each type: what asks is on the path of every op, and a shift takes less than a branch.
        const uint Sizes = sizeof(float) | (sizeof(double) << 8) | (sizeof(long) << 16) | (sizeof(bool) << 24);
        return (int)(Sizes >> (8 * (int)dtype)) & 0xFF;
    }

    /// <summary>Whether tensors of this type can require gradients: true for Float32 and Float64.</summary>
    public static bool IsFloating(this DType dtype) => dtype <= DType.Float64;

    /// <summary>The element type that the .NET type <typeparamref name="T"/> stands for: float, double, long or bool.</summary>
    /// <exception cref="DTypeException">T is none of the four.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DType Of<T>()
    {
        if (typeof(T) == typeof(float)) return DType.Float32;
        if (typeof(T) == typeof(double)) return DType.Float64;
        if (typeof(T) == typeof(long)) return DType.Int64;
        if (typeof(T) == typeof(bool)) return DType.Bool;
        throw Throw.UnsupportedElementType(typeof(T));
    }
}
