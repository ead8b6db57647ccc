namespace Autograd.Kernels;

/// <summary>Per-thread working memory of the convolution kernels: pinned, aligned to 64 bytes, grown on demand, reused.</summary>
static unsafe class ConvScratch
{
    const int Alignment = 64;

    [ThreadStatic] static byte[]?[]? _buffers;

    /// <summary>
    /// Room for <paramref name="count"/> elements, contents undefined, valid until the same thread asks for the same slot again.
    /// </summary>
    public static T* Rent<T>(ScratchSlot slot, nint count) where T : unmanaged
    {
        byte[]?[] buffers = _buffers ??= new byte[(int)ScratchSlot.Count][];
        nint bytes = count * sizeof(T) + Alignment;
        byte[]? buffer = buffers[(int)slot];
        if (buffer is null || buffer.Length < bytes)
            buffers[(int)slot] = buffer = GC.AllocateUninitializedArray<byte>(checked((int)(bytes + bytes / 4)), pinned: true);
        nuint address = (nuint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref buffer[0]);
        return (T*)((address + Alignment - 1) & ~(nuint)(Alignment - 1));
    }
}

/// <summary>What a scratch buffer is used for; buffers of different slots never overlap.</summary>
enum ScratchSlot
{
    /// <summary>Packed filters and their bias, shared by all chunks of a call.</summary>
    Filters,

    /// <summary>Offset tables, shared by all chunks of a call.</summary>
    Offsets,

    /// <summary>Partial sums of a weight gradient, shared by all chunks of a call.</summary>
    Partials,

    /// <summary>The padded image of the running chunk.</summary>
    Image,

    /// <summary>The transposed or padded output gradient of the running chunk.</summary>
    Cotangent,

    /// <summary>Products of the source of the running chunk.</summary>
    Products,

    /// <summary>Sums of products, or products of the output gradient, of the running chunk.</summary>
    Sums,

    /// <summary>One register tile on its way out.</summary>
    Tile,

    /// <summary>One block of products between rows and columns.</summary>
    Block,

    /// <summary>The turned images of a call.</summary>
    TurnedImage,

    /// <summary>Its turned results, or output gradient.</summary>
    TurnedResult,

    /// <summary>Its filters or their gradient, in another order.</summary>
    TurnedFilter,

    /// <summary>The gradient of a part of the taps.</summary>
    FilterPart,

    /// <summary>Number of slots.</summary>
    Count,
}
