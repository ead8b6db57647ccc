using System.Globalization;
using System.Runtime.InteropServices;

namespace Autograd.Nn.Data;

/// <summary>Element types of IDX files, by the code in the file's third byte.</summary>
public enum IdxType
{
    /// <summary>Unsigned byte.</summary>
    UInt8 = 0x08,

    /// <summary>Signed byte.</summary>
    Int8 = 0x09,

    /// <summary>16-bit integer.</summary>
    Int16 = 0x0B,

    /// <summary>32-bit integer.</summary>
    Int32 = 0x0C,

    /// <summary>32-bit float.</summary>
    Float32 = 0x0D,

    /// <summary>64-bit float.</summary>
    Float64 = 0x0E,
}

/// <summary>An array read from an IDX file: type, sizes, elements in row-major order.</summary>
public sealed class IdxArray
{
    readonly int[] _shape;

    internal IdxArray(IdxType type, int[] shape, byte[] data, bool packed)
    {
        ElementType = type;
        _shape = shape;
        Data = data;
        Packed = packed;
        Count = data.Length / SizeOf(type);
    }

    /// <summary>Type of the elements.</summary>
    public IdxType ElementType { get; }

    /// <summary>Sizes, slowest first; at least one.</summary>
    public ReadOnlySpan<int> Shape => _shape;

    /// <summary>Number of elements, the product of <see cref="Shape"/>.</summary>
    public int Count { get; }

    /// <summary>The elements' bytes in the machine's byte order, not copied.</summary>
    public ReadOnlyMemory<byte> Bytes => Data;

    /// <summary>The array behind <see cref="Bytes"/>.</summary>
    internal byte[] Data { get; }

    /// <summary>Whether the file was gzip.</summary>
    internal bool Packed { get; }

    /// <summary>The elements, not copied; <see cref="Count"/> of them.</summary>
    /// <typeparam name="T">byte, sbyte, short, int, float or double, as <see cref="ElementType"/> says.</typeparam>
    /// <exception cref="InvalidOperationException">The elements are of another type.</exception>
    public ReadOnlySpan<T> AsSpan<T>() where T : unmanaged
    {
        if (TypeOf(ElementType) != typeof(T))
            DataThrow.IdxElementType(ElementType, typeof(T), NameOf(ElementType));
        return MemoryMarshal.Cast<byte, T>(Data.AsSpan());
    }

    /// <summary>Type and sizes: <c>UInt8 [60000, 28, 28]</c>.</summary>
    public override string ToString() =>
        $"{ElementType} [{string.Join(", ", _shape.Select(size => size.ToString(CultureInfo.InvariantCulture)))}]";

    internal static int SizeOf(IdxType type) => type switch
    {
        IdxType.UInt8 or IdxType.Int8 => 1,
        IdxType.Int16 => 2,
        IdxType.Int32 or IdxType.Float32 => 4,
        _ => 8,
    };

    /// <summary>The type's name as C# writes it.</summary>
    static string NameOf(IdxType type) => type switch
    {
        IdxType.UInt8 => "byte",
        IdxType.Int8 => "sbyte",
        IdxType.Int16 => "short",
        IdxType.Int32 => "int",
        IdxType.Float32 => "float",
        _ => "double",
    };

    static Type TypeOf(IdxType type) => type switch
    {
        IdxType.UInt8 => typeof(byte),
        IdxType.Int8 => typeof(sbyte),
        IdxType.Int16 => typeof(short),
        IdxType.Int32 => typeof(int),
        IdxType.Float32 => typeof(float),
        _ => typeof(double),
    };
}
