using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Autograd;

/// <summary>
/// The memory behind one or more tensors. Values of up to 8 bytes live in the object itself; larger ones in a byte array,
/// pinned and aligned from 1 KiB on, and on large pages from 1 MiB on.
/// </summary>
/// <remarks>
/// Note [Alignment]. To a cache line at least, since unaligned 64-byte vectors straddle two; and larger arrays to half a page, for a thirty-second of their
/// size at most. The processor tells a load from an earlier store by the last 12 bits of their addresses: a loop over arrays that begin a line or two
/// apart within their pages waits for stores that have nothing to do with its loads.
/// </remarks>
class Storage
{
    public const int InlineBytes = sizeof(long);
    const int LineBits = 6, HalfPageBits = 11, WordBits = 3, PinFrom = 1024, Parts = 32;
    const byte ManyHolders = byte.MaxValue;

    /// <summary>The most bytes that an array takes beside its alignment.</summary>
    public static int MaxCapacity => Array.MaxLength - (1 << HalfPageBits);

    readonly byte[]? _bytes;
    long _inline;

    /// <summary>Bumped by every change in place, so that a saved value that has changed is detected.</summary>
    public int Version;

    /// <summary>The version at which the memory last went back to the pool, so that a handle left over from an ended scope is detected.</summary>
    public int Generation;

    /// <summary>Bytes in use by the tensor that the memory was last given to.</summary>
    public int Length;
    public DType DType;
    public StorageOwner Owner;

    /// <summary>How many gradient slots of a running backward hold this memory; from <see cref="ManyHolders"/> on they are not counted.</summary>
    public byte Holders;

    /// <summary>Where the values begin in the array, in words of 8 bytes.</summary>
    readonly byte _start;

    public Storage(int capacity)
    {
        Length = capacity;
        if (capacity <= InlineBytes) return;
        if (capacity < PinFrom)
        {
            _bytes = GC.AllocateUninitializedArray<byte>(capacity);
            return;
        }
        int alignment = 1 << AlignmentBits(capacity / Parts);
        _bytes = GC.AllocateUninitializedArray<byte>(capacity + alignment, pinned: true);
        nint address = Marshal.UnsafeAddrOfPinnedArrayElement(_bytes, 0);
        _start = (byte)((-address & (alignment - 1)) >> WordBits);
        if (capacity >= HugePages.WorthFrom) HugePages.Advise(address, _bytes.Length);
    }

    public bool IsInline => _bytes is null;

    public int Capacity
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _bytes is null ? InlineBytes : _bytes.Length < PinFrom ? _bytes.Length : PinnedCapacity(_bytes.Length);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static int PinnedCapacity(int length) => length - (1 << AlignmentBits(length / (Parts + 1)));

    /// <summary>Of a part of the capacity, or of the array's length, which is a part more.</summary>
    static int AlignmentBits(int part) => Math.Clamp(BitOperations.Log2((uint)part), LineBits, HalfPageBits);

    /// <summary>Called when a gradient slot begins to hold this memory.</summary>
    public void Hold()
    {
        if (Holders < ManyHolders) Holders++;
    }

    /// <summary>Called when a slot lets go; true if it was the last one.</summary>
    public bool Release() => Holders < ManyHolders && --Holders == 0;

    /// <summary>Ends the use of the memory: every handle to it is stale from now on.</summary>
    public void Retire()
    {
        Generation = ++Version;
        Holders = 0;
        Owner = StorageOwner.Collector;
    }

    /// <summary>The elements from <paramref name="offset"/> on; the caller guarantees that they lie within the capacity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<T> Span<T>(int offset, int count) where T : unmanaged =>
        MemoryMarshal.CreateSpan(ref Unsafe.Add(ref Unsafe.As<byte, T>(ref First()), offset), count);

    /// <summary>The only element of memory that was rented for one.</summary>
    public ref T One<T>() where T : unmanaged => ref Unsafe.As<long, T>(ref _inline);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref byte First() => ref _bytes is null
        ? ref Unsafe.As<long, byte>(ref _inline)
        : ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_bytes), _start << WordBits);
}

/// <summary>An element of an array of storages. As a struct, since in an array of a class that is not sealed the type is checked at every access.</summary>
struct Place
{
    public Storage? Storage;
}

/// <summary>Who gives a storage back to the pool, and when.</summary>
enum StorageOwner : byte
{
    /// <summary>The garbage collector.</summary>
    Collector,

    /// <summary>The innermost tape scope, at its end.</summary>
    Scope,

    /// <summary>A running backward, when the op that asked for it is done and no gradient slot holds it.</summary>
    Temporary,

    /// <summary>A running backward, as soon as no gradient slot holds it.</summary>
    Backward,

    /// <summary>Nobody: it waits for the next pass in the place of a backward's slot.</summary>
    Place,

    /// <summary>A leaf, whose idle gradient memory a running backward writes to.</summary>
    Leaf,
}
