using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Autograd.Nn.Data;

/// <summary>An element type of tensor files, and how its little-endian bytes become elements of a tensor.</summary>
/// <param name="Name">Its name in safetensors.</param>
/// <param name="Descriptor">Its name in NPY, without the byte order; null where NPY has none.</param>
/// <param name="Size">Bytes of an element.</param>
/// <param name="Target">The element type of the tensor; narrower types are widened.</param>
sealed record StoredType(string Name, string? Descriptor, int Size, DType Target)
{
    const int GreatestRank = 64;

    static readonly StoredType[] All =
    [
        new("F64", "f8", 8, DType.Float64), new("F32", "f4", 4, DType.Float32), new("F16", "f2", 2, DType.Float32), new("BF16", null, 2, DType.Float32),
        new("I64", "i8", 8, DType.Int64), new("I32", "i4", 4, DType.Int64), new("I16", "i2", 2, DType.Int64), new("I8", "i1", 1, DType.Int64),
        new("U32", "u4", 4, DType.Int64), new("U16", "u2", 2, DType.Int64), new("U8", "u1", 1, DType.Int64), new("BOOL", "b1", 1, DType.Bool),
    ];

    /// <summary>The type of a name in safetensors, or null.</summary>
    public static StoredType? Named(string? name) => Array.Find(All, type => type.Name == name);

    /// <summary>The type of a name in NPY, or null.</summary>
    public static StoredType? Described(string descriptor) => Array.Find(All, type => type.Descriptor == descriptor);

    /// <summary>The type that a tensor is written as.</summary>
    public static StoredType Of(DType dtype) => Array.Find(All, type => type.Target == dtype)!;

    /// <summary>The number of elements, or null where a tensor cannot hold so many or has not so many axes.</summary>
    public static int? Count(ReadOnlySpan<int> shape)
    {
        if (shape.Length > GreatestRank) return null;
        // Sizes beside a 0 count too, since strides are computed from them.
        long count = 1;
        foreach (int size in shape) count = count > int.MaxValue ? count : count * Math.Max(size, 1);
        if (count <= int.MaxValue && shape.Contains(0)) return 0;
        return count <= int.MaxValue ? (int)count : null;
    }

    /// <summary>The tensor of checked bytes.</summary>
    public Tensor Decode(ReadOnlySpan<byte> bytes, Shape shape)
    {
        Tensor tensor = Tensor.Zeros(shape, Target);
        switch (Name)
        {
            case "BOOL": Each(bytes, tensor.AsWritableSpan<bool>(), b => b[0] != 0); break;
            case "F16": Each(bytes, tensor.AsWritableSpan<float>(), b => (float)BinaryPrimitives.ReadHalfLittleEndian(b)); break;
            case "BF16": Each(bytes, tensor.AsWritableSpan<float>(), b => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(b) << 16)); break;
            case "F32": Copy(bytes, tensor.AsWritableSpan<float>()); break;
            case "F64": Copy(bytes, tensor.AsWritableSpan<double>()); break;
            case "I64": Copy(bytes, tensor.AsWritableSpan<long>()); break;
            case "I32": Each(bytes, tensor.AsWritableSpan<long>(), b => BinaryPrimitives.ReadInt32LittleEndian(b)); break;
            case "U32": Each(bytes, tensor.AsWritableSpan<long>(), b => BinaryPrimitives.ReadUInt32LittleEndian(b)); break;
            case "I16": Each(bytes, tensor.AsWritableSpan<long>(), b => BinaryPrimitives.ReadInt16LittleEndian(b)); break;
            case "U16": Each(bytes, tensor.AsWritableSpan<long>(), b => BinaryPrimitives.ReadUInt16LittleEndian(b)); break;
            case "I8": Each(bytes, tensor.AsWritableSpan<long>(), b => (sbyte)b[0]); break;
            default: Each(bytes, tensor.AsWritableSpan<long>(), b => b[0]); break;
        }
        return tensor;
    }

    /// <summary>The little-endian bytes of a tensor.</summary>
    public static byte[] Encode(Tensor tensor)
    {
        using RecordingSwitch _ = Tape.NoGrad();
        Tensor dense = tensor.Detach().Dense();
        byte[] bytes = dense.DType switch
        {
            DType.Float32 => MemoryMarshal.AsBytes(dense.AsSpan<float>()).ToArray(),
            DType.Float64 => MemoryMarshal.AsBytes(dense.AsSpan<double>()).ToArray(),
            DType.Int64 => MemoryMarshal.AsBytes(dense.AsSpan<long>()).ToArray(),
            _ => MemoryMarshal.AsBytes(dense.AsSpan<bool>()).ToArray(),
        };
        Turn(bytes, Of(dense.DType).Size);
        return bytes;
    }

    delegate T Reading<T>(ReadOnlySpan<byte> bytes);

    void Copy<T>(ReadOnlySpan<byte> bytes, Span<T> elements) where T : unmanaged
    {
        Span<byte> raw = MemoryMarshal.AsBytes(elements);
        bytes.CopyTo(raw);
        Turn(raw, Size);
    }

    /// <summary>Turns the bytes of each element on machines that have the highest first.</summary>
    static void Turn(Span<byte> bytes, int size)
    {
        for (int i = 0; !BitConverter.IsLittleEndian && i < bytes.Length; i += size) bytes.Slice(i, size).Reverse();
    }

    void Each<T>(ReadOnlySpan<byte> bytes, Span<T> elements, Reading<T> read)
    {
        for (int i = 0; i < elements.Length; i++) elements[i] = read(bytes.Slice(i * Size, Size));
    }
}
