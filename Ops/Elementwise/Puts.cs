using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd;

/// <summary>How the loops of elementwise ops write a vector.</summary>
interface IPut
{
    /// <summary>Whether the target is read, too.</summary>
    static abstract bool Adds { get; }

    static abstract void Put<E>(Vector512<E> value, ref E target, nuint i) where E : unmanaged;

    /// <summary>Called when a chunk is written.</summary>
    static abstract void Finish();
}

/// <summary>Overwrites.</summary>
readonly struct Assigning : IPut
{
    public static bool Adds => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put<E>(Vector512<E> value, ref E target, nuint i) where E : unmanaged => value.StoreUnsafe(ref target, i);

    public static void Finish()
    {
    }
}

/// <summary>Adds to what is there.</summary>
readonly struct Summing : IPut
{
    public static bool Adds => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put<E>(Vector512<E> value, ref E target, nuint i) where E : unmanaged =>
        (Vector512.LoadUnsafe(ref target, i) + value).StoreUnsafe(ref target, i);

    public static void Finish()
    {
    }
}

/// <summary>
/// Overwrites past the caches: an array that they cannot hold would have left them again before it is read, and an ordinary store reads each line first.
/// </summary>
readonly unsafe struct Streaming : IPut
{
    /// <summary>Bytes from which source and target of one size fill a last-level cache of 32 MB.</summary>
    const int Least = 1 << 24;

    public static bool Adds => false;

    /// <summary>Whether a target is so large, and aligned as these stores need it.</summary>
    public static bool Suits<E>(ReadOnlySpan<E> target) where E : unmanaged =>
        (long)target.Length * sizeof(E) >= Least && (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(target)) % 64 == 0;

    /// <summary>The target must be pinned and aligned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put<E>(Vector512<E> value, ref E target, nuint i) where E : unmanaged =>
        value.StoreAlignedNonTemporal((E*)Unsafe.AsPointer(ref Unsafe.Add(ref target, i)));

    /// <summary>Such stores are seen by other threads in any order until they are fenced.</summary>
    public static void Finish()
    {
        if (Sse.IsSupported) Sse.StoreFence();
    }
}
