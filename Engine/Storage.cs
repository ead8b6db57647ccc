using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Autograd;

/// <summary>
/// The memory behind one or more tensors. Values of up to 8 bytes live in the object itself; larger ones in a byte array,
/// pinned and aligned to a cache line from 1 KiB on, since unaligned 64-byte vectors straddle two lines.
/// </summary>
class Storage
{
    const int Alignment = 64, PinFrom = 1024;

    readonly byte[]? _bytes;
    readonly int _start;
    long _inline;

    /// <summary>Bumped by every change in place, so that a saved value that has changed is detected.</summary>
    public int Version;

    /// <summary>Bumped when the memory goes back to the pool, so that a handle left over from an ended scope is detected.</summary>
    public int Generation;

    /// <summary>How many gradient slots of a running backward hold this memory.</summary>
    public int Holders;

    public readonly int Capacity;

    /// <summary>Bytes in use by the tensor that the memory was last given to.</summary>
    public int Length;
    public DType DType;
    public StorageOwner Owner;

    public Storage(int capacity)
    {
        Capacity = Math.Max(capacity, sizeof(long));
        Length = capacity;
        if (capacity <= sizeof(long)) return;
        if (capacity < PinFrom)
        {
            _bytes = GC.AllocateUninitializedArray<byte>(capacity);
            return;
        }
        _bytes = GC.AllocateUninitializedArray<byte>(capacity + Alignment, pinned: true);
        _start = Alignment - (int)((nuint)Marshal.UnsafeAddrOfPinnedArrayElement(_bytes, 0) % Alignment);
    }

    /// <summary>The elements from <paramref name="offset"/> on; the caller guarantees that they lie within the capacity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<T> Span<T>(int offset, int count) where T : unmanaged =>
        MemoryMarshal.CreateSpan(ref Unsafe.Add(ref Unsafe.As<byte, T>(ref First()), offset), count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    ref byte First() => ref _bytes is null
        ? ref Unsafe.As<long, byte>(ref _inline)
        : ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_bytes), _start);
}

/// <summary>Who gives a storage back to the pool, and when.</summary>
enum StorageOwner : byte
{
    /// <summary>The garbage collector.</summary>
    Collector,

    /// <summary>The innermost tape scope, at its end.</summary>
    Scope,

    /// <summary>A running backward, as soon as no gradient slot holds it.</summary>
    Backward,

    /// <summary>A leaf, whose idle gradient memory a running backward writes to.</summary>
    Leaf,
}
