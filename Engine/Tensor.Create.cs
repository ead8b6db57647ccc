using System.Runtime.CompilerServices;

namespace Autograd;

public sealed partial class Tensor
{
    /// <summary>A tensor whose elements are not set, for the result of an op: its memory is recycled with the surrounding scope or backward.</summary>
    /// <exception cref="ShapeException">The elements need 2 GiB or more.</exception>
    public static Tensor Empty(Shape shape, DType dtype = DType.Float32) =>
        new(TapeThread.Current.RentResult(ByteCount(shape, dtype), dtype), shape.Dense);

    /// <summary>All elements 0.</summary>
    public static Tensor Zeros(Shape shape, DType dtype = DType.Float32) => Full(shape, 0, dtype);

    /// <summary>All elements 1.</summary>
    public static Tensor Ones(Shape shape, DType dtype = DType.Float32) => Full(shape, 1, dtype);

    /// <summary>All elements <paramref name="value"/>; for Bool, true where the value is not 0.</summary>
    public static Tensor Full(Shape shape, double value, DType dtype = DType.Float32)
    {
        Tensor tensor = Own(shape, dtype);
        tensor.FillRaw(value);
        return tensor;
    }

    /// <summary>All elements 0, in the shape and type of <paramref name="like"/>.</summary>
    public static Tensor ZerosLike(Tensor like)
    {
        Throw.IfNull("ZerosLike", like);
        return Full(like.Shape, 0, like.DType);
    }

    /// <summary>All elements 1, in the shape and type of <paramref name="like"/>.</summary>
    public static Tensor OnesLike(Tensor like)
    {
        Throw.IfNull("OnesLike", like);
        return Full(like.Shape, 1, like.DType);
    }

    /// <summary>A scalar: shape [].</summary>
    public static Tensor Scalar(double value, DType dtype = DType.Float32) => Full(Shape.Scalar, value, dtype);

    /// <summary>A copy of numbers in row-major order; the element type is that of T.</summary>
    /// <typeparam name="T">float, double, long or bool.</typeparam>
    /// <exception cref="ShapeException">There are not as many numbers as the shape has elements.</exception>
    public static Tensor From<T>(ReadOnlySpan<T> values, Shape shape) where T : unmanaged
    {
        DType dtype = DTypes.Of<T>();
        Throw.IfNull("From", shape);
        if (values.Length != shape.ElementCount) throw Throw.WrongCount(values.Length, shape);
        Tensor tensor = Own(shape, dtype);
        values.CopyTo(tensor.Raw<T>());
        return tensor;
    }

    /// <inheritdoc cref="From{T}(ReadOnlySpan{T}, Shape)"/>
    public static Tensor From<T>(T[] values, Shape shape) where T : unmanaged
    {
        Throw.IfNull("From", values);
        return From<T>(values.AsSpan(), shape);
    }

    /// <summary>A copy of a vector: shape [values.Length].</summary>
    /// <typeparam name="T">float, double, long or bool.</typeparam>
    public static Tensor From<T>(T[] values) where T : unmanaged
    {
        Throw.IfNull("From", values);
        return From<T>(values.AsSpan(), [values.Length]);
    }

    /// <summary>Memory that no scope and no backward recycles.</summary>
    static Tensor Own(Shape shape, DType dtype) =>
        new(new Storage(ByteCount(shape, dtype)) { DType = dtype }, shape.Dense);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int ByteCount(Shape shape, DType dtype)
    {
        if (shape is null) Throw.IfNull("Tensor", shape);
        long bytes = (long)shape.ElementCount * dtype.Size();
        return bytes <= Storage.MaxCapacity ? (int)bytes : throw Throw.TooLarge(shape.Sizes);
    }

    void FillRaw(double value)
    {
        switch (DType)
        {
            case DType.Float32: Raw<float>().Fill((float)value); break;
            case DType.Float64: Raw<double>().Fill(value); break;
            case DType.Int64: Raw<long>().Fill((long)value); break;
            default: Raw<bool>().Fill(value != 0); break;
        }
    }
}
