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
    public static Tensor ZerosLike(Tensor like) => Full(like.Shape, 0, like.DType);

    /// <summary>All elements 1, in the shape and type of <paramref name="like"/>.</summary>
    public static Tensor OnesLike(Tensor like) => Full(like.Shape, 1, like.DType);

    /// <summary>start, start + step, … below <paramref name="stop"/>: shape [⌈(stop − start)/step⌉].</summary>
    /// <exception cref="ShapeException">step is 0 or not finite.</exception>
    public static Tensor Arange(double start, double stop, double step = 1, DType dtype = DType.Float32)
    {
        double count = Math.Ceiling((stop - start) / step);
        if (step == 0 || !double.IsFinite(count) || count > int.MaxValue) throw Throw.BadRange(start, stop, step);
        Tensor tensor = Own([Math.Max((int)count, 0)], dtype);
        for (int i = 0; i < tensor.Count; i++) tensor.SetRaw(i, start + (i * step));
        return tensor;
    }

    /// <summary>0, 1, … below <paramref name="stop"/>.</summary>
    public static Tensor Arange(double stop, DType dtype = DType.Float32) => Arange(0, stop, 1, dtype);

    /// <summary>The identity matrix, [n, n].</summary>
    public static Tensor Eye(int n, DType dtype = DType.Float32)
    {
        Tensor tensor = Zeros([n, n], dtype);
        for (int i = 0; i < n; i++) tensor.SetRaw(i * (n + 1), 1);
        return tensor;
    }

    /// <summary>Independent numbers, uniform in [low, high).</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="generator">The source of randomness.</param>
    /// <param name="low">Lower bound, reached.</param>
    /// <param name="high">Upper bound, not reached.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="DTypeException">dtype is not floating-point.</exception>
    public static Tensor Uniform(Shape shape, Generator generator, double low = 0, double high = 1, DType dtype = DType.Float32)
    {
        if (!dtype.IsFloating()) throw Throw.NeedsFloating("Uniform", dtype);
        Tensor tensor = Own(shape, dtype);
        // Rounding must not reach the upper bound: the last number below it.
        double bound = dtype == DType.Float32 ? (float)high : high, last = bound < high ? bound : dtype == DType.Float32 ? float.BitDecrement((float)high) : double.BitDecrement(high);
        for (int i = 0; i < tensor.Count; i++)
        {
            double value = low + ((high - low) * generator.NextUniform(dtype));
            tensor.SetRaw(i, high > low ? Math.Min(value, last) : value);
        }
        return tensor;
    }

    /// <summary>Independent normally distributed numbers.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="generator">The source of randomness.</param>
    /// <param name="mean">Expected value.</param>
    /// <param name="std">Standard deviation.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="DTypeException">dtype is not floating-point.</exception>
    public static Tensor Normal(Shape shape, Generator generator, double mean = 0, double std = 1, DType dtype = DType.Float32)
    {
        if (!dtype.IsFloating()) throw Throw.NeedsFloating("Normal", dtype);
        Tensor tensor = Own(shape, dtype);
        for (int i = 0; i < tensor.Count; i++) tensor.SetRaw(i, mean + (std * generator.NextNormal()));
        return tensor;
    }

    /// <summary>A scalar: shape [].</summary>
    public static Tensor Scalar(double value, DType dtype = DType.Float32) => Full(Shape.Scalar, value, dtype);

    /// <summary>A copy of numbers in row-major order; the element type is that of T.</summary>
    /// <typeparam name="T">float, double, long or bool.</typeparam>
    /// <exception cref="ShapeException">There are not as many numbers as the shape has elements.</exception>
    public static Tensor From<T>(ReadOnlySpan<T> values, Shape shape) where T : unmanaged
    {
        DType dtype = DTypes.Of<T>();
        if (values.Length != shape.Count) throw Throw.WrongCount(values.Length, shape);
        Tensor tensor = Own(shape, dtype);
        values.CopyTo(tensor.Raw<T>());
        return tensor;
    }

    /// <inheritdoc cref="From{T}(ReadOnlySpan{T}, Shape)"/>
    public static Tensor From<T>(T[] values, Shape shape) where T : unmanaged => From<T>(values.AsSpan(), shape);

    /// <summary>A copy of a vector: shape [values.Length].</summary>
    /// <typeparam name="T">float, double, long or bool.</typeparam>
    public static Tensor From<T>(T[] values) where T : unmanaged => From<T>(values.AsSpan(), [values.Length]);

    /// <summary>A copy of a matrix: shape [rows, columns].</summary>
    /// <typeparam name="T">float, double, long or bool.</typeparam>
    public static Tensor From<T>(T[,] values) where T : unmanaged => FromArray<T>(values);

    /// <summary>A copy of a three-dimensional array.</summary>
    /// <typeparam name="T">float, double, long or bool.</typeparam>
    public static Tensor From<T>(T[,,] values) where T : unmanaged => FromArray<T>(values);

    /// <summary>A copy of a four-dimensional array.</summary>
    /// <typeparam name="T">float, double, long or bool.</typeparam>
    public static Tensor From<T>(T[,,,] values) where T : unmanaged => FromArray<T>(values);

    static Tensor FromArray<T>(Array values) where T : unmanaged
    {
        int[] sizes = new int[values.Rank];
        for (int i = 0; i < sizes.Length; i++) sizes[i] = values.GetLength(i);
        Tensor tensor = Own(Shape.Create(sizes), DTypes.Of<T>());
        int next = 0;
        Span<T> target = tensor.Raw<T>();
        foreach (T value in values) target[next++] = value;
        return tensor;
    }

    /// <summary>Memory that no scope and no backward recycles.</summary>
    static Tensor Own(Shape shape, DType dtype) =>
        new(new Storage(ByteCount(shape, dtype)) { DType = dtype }, shape.Dense);

    static int ByteCount(Shape shape, DType dtype)
    {
        long bytes = (long)shape.Count * dtype.Size();
        return bytes <= Array.MaxLength - 128 ? (int)bytes : throw Throw.TooLarge(shape.Sizes);
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

    void SetRaw(int index, double value)
    {
        switch (DType)
        {
            case DType.Float32: Raw<float>()[index] = (float)value; break;
            case DType.Float64: Raw<double>()[index] = value; break;
            case DType.Int64: Raw<long>()[index] = (long)value; break;
            default: Raw<bool>()[index] = value != 0; break;
        }
    }
}
