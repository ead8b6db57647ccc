using System.Runtime.CompilerServices;

namespace Autograd.Kernels;

/// <summary>A growing block of pinned, 64-byte aligned memory for one thread and one purpose.</summary>
/// <remarks>Keep one in a [ThreadStatic] field; what an earlier call left in it is arbitrary.</remarks>
unsafe struct Scratch
{
    const int Alignment = 64;

    byte[]? _bytes;

    /// <summary>At least <paramref name="count"/> elements, valid until the next call on this scratch.</summary>
    public T* Get<T>(nint count) where T : unmanaged
    {
        long needed = (long)count * sizeof(T) + Alignment;
        if (_bytes is null || _bytes.Length < needed)
            _bytes = GC.AllocateUninitializedArray<byte>(checked((int)Grown(needed)), pinned: true);
        nuint address = (nuint)Unsafe.AsPointer(ref _bytes[0]);
        return (T*)((address + (Alignment - 1)) & ~(nuint)(Alignment - 1));
    }

    static long Grown(long needed) => Math.Min(Math.Max(needed + needed / 2, 4096), Math.Max(needed, Array.MaxLength));
}
