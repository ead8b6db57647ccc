using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Autograd.Nn.Data;

/// <summary>Reader of IDX files, the format of MNIST and its relatives, plain or gzip.</summary>
/// <remarks>
/// Layout, big-endian: two zero bytes, the element type, the rank, one 32-bit size per dimension, then the elements.
/// Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits", section "The IDX file format".
/// </remarks>
public static class Idx
{
    /// <summary>The array in the file at <paramref name="path"/>; gzip is recognised by content.</summary>
    /// <exception cref="DataFormatException">
    /// The file is empty, cut off, too long for its header, of an unknown type, above <see cref="Array.MaxLength"/> bytes, or damaged gzip.
    /// Memory follows the file's true size, so a header that promises too much costs nothing.
    /// </exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static IdxArray Read(string path)
    {
        Throw.IfNoName("Idx.Read", path, "Pass the path of a file.");
        using ByteSource source = ByteSource.Open(path);
        return Read(source);
    }

    /// <summary>The array in the rest of <paramref name="stream"/>, which stays open; errors call it <paramref name="name"/>.</summary>
    /// <inheritdoc cref="Read(string)" path="/exception[@cref='T:Autograd.Nn.Data.DataFormatException']"/>
    public static IdxArray Read(Stream stream, string name = "stream")
    {
        Throw.IfNull("Idx.Read", stream);
        Throw.IfNull("Idx.Read", name);
        using ByteSource source = ByteSource.Over(stream, name);
        return Read(source);
    }

    static IdxArray Read(ByteSource source)
    {
        (IdxType type, uint[] sizes) = ReadHeader(source);
        int header = (int)source.Offset;
        int expected = DataLength(source, type, sizes);
        if (!source.Packed && source.FileLength is long there && there - header < expected)
            DataThrow.IdxData(source, type, sizes, header, expected, there - header);
        byte[] data = source.ReadUpTo(expected);
        if (data.Length < expected)
            DataThrow.IdxData(source, type, sizes, header, expected, data.Length);
        if (!source.AtEnd())
            DataThrow.IdxTrailing(source, type, sizes, header + (long)expected);
        ToMachineOrder(data, IdxArray.SizeOf(type));
        return new IdxArray(type, Array.ConvertAll(sizes, size => (int)size), data, source.Packed);
    }

    static (IdxType Type, uint[] Sizes) ReadHeader(ByteSource source)
    {
        Span<byte> magic = stackalloc byte[4];
        int count = source.Read(magic);
        if (count == 0)
            DataThrow.Empty(source);
        if (magic[0] != 0 || magic[1] != 0)
            DataThrow.IdxMagic(source, magic[0], magic[1]);
        if (count > 2 && !Enum.IsDefined((IdxType)magic[2]))
            DataThrow.IdxType(source, magic[2]);
        if (count < 4)
            DataThrow.IdxHeader(source, 4, count);
        if (magic[3] == 0)
            DataThrow.IdxRank(source);

        Span<byte> bytes = stackalloc byte[4 * byte.MaxValue];
        bytes = bytes[..(4 * magic[3])];
        count = source.Read(bytes);
        if (count < bytes.Length)
            DataThrow.IdxHeader(source, 4 + bytes.Length, 4 + count);
        uint[] sizes = MemoryMarshal.Cast<byte, uint>(bytes).ToArray();
        if (BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(sizes, sizes);
        return ((IdxType)magic[2], sizes);
    }

    static int DataLength(ByteSource source, IdxType type, uint[] sizes)
    {
        long length = sizes.Contains(0u) ? 0 : IdxArray.SizeOf(type);
        for (int i = 0; i < sizes.Length; i++)
        {
            if (sizes[i] > int.MaxValue)
                DataThrow.IdxDimension(source, i, sizes[i]);
            length *= sizes[i]; // two factors below 2³¹: no overflow
            if (length > Array.MaxLength)
                DataThrow.IdxSize(source, type, sizes);
        }
        return (int)length;
    }

    static void ToMachineOrder(byte[] data, int elementSize)
    {
        if (!BitConverter.IsLittleEndian)
            return;
        if (elementSize == 2)
            Reverse<short>(data, BinaryPrimitives.ReverseEndianness);
        else if (elementSize == 4)
            Reverse<int>(data, BinaryPrimitives.ReverseEndianness);
        else if (elementSize == 8)
            Reverse<long>(data, BinaryPrimitives.ReverseEndianness);
    }

    static void Reverse<T>(byte[] data, Action<ReadOnlySpan<T>, Span<T>> reverse) where T : struct
    {
        Span<T> elements = MemoryMarshal.Cast<byte, T>(data.AsSpan());
        reverse(elements, elements);
    }
}
