using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autograd;

/// <summary>
/// The memory that tape scopes and running backward passes recycle: one pool a thread, so that renting takes no lock.
/// Tensors outside a scope, leaf gradients and factory tensors never come from it.
/// </summary>
public static class MemoryPool
{
    /// <summary>Bytes that a thread's pool may hold for reuse; what is returned beyond that is left to the garbage collector. 4 GiB at start.</summary>
    public static long LimitBytes { get; set; } = 4L << 30;

    /// <summary>Bytes that this thread's pool holds for reuse now.</summary>
    public static long HeldBytes => TapeThread.Current.Pool.HeldBytes;

    /// <summary>Gives all memory that this thread's pool holds, recycled nodes included, back to the garbage collector.</summary>
    public static void Trim() => TapeThread.Current.Trim();
}

/// <summary>
/// Free storages by size class: four classes to each power of two, so at most a quarter of a buffer is unused. Values that lie in the
/// storage object itself do not count as bytes held, nor does the little that a backward keeps in its places.
/// </summary>
sealed class StoragePool
{
    const int Granule = 64;

    readonly FreeList[] _free = new FreeList[128];

    public long HeldBytes { get; private set; }

    public Storage Rent(int bytes, DType dtype, StorageOwner owner)
    {
        ref FreeList list = ref _free[ClassOf(bytes, out int capacity)];
        Storage storage;
        if (list.Count > 0)
        {
            storage = list.Items[--list.Count].Storage!;
            if (bytes > Storage.InlineBytes) TakeOut(storage);
        }
        else
        {
            storage = new Storage(capacity);
        }
        storage.Length = bytes;
        storage.DType = dtype;
        storage.Owner = owner;
        return storage;
    }

    /// <summary>Notes that a parked storage of more than inline size is in use again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TakeOut(Storage storage) => HeldBytes -= storage.Capacity;

    /// <summary>Rents for a place that has nothing of the right length, and makes what it has free for every use.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public Storage Replace(ref Place place, int bytes, DType dtype, StorageOwner owner)
    {
        if (place.Storage is { } parked) Unpark(parked);
        return place.Storage = Rent(bytes, dtype, owner);
    }

    /// <summary>Takes a storage back; every handle to it becomes invalid.</summary>
    public void Return(Storage storage)
    {
        if (Park(storage)) Unpark(storage);
    }

    /// <summary>Takes a storage back that stays in its place; false if the limit is reached, and it must be let go.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Park(Storage storage)
    {
        storage.Retire();
        if (storage.IsInline) return true;
        long held = HeldBytes + storage.Capacity;
        if (held > MemoryPool.LimitBytes) return false;
        HeldBytes = held;
        return true;
    }

    /// <summary>Makes a parked storage free for every use.</summary>
    public void Unpark(Storage storage)
    {
        ref FreeList list = ref _free[ClassOf(storage.Capacity, out _)];
        if (list.Items is null) list.Items = new Place[4];
        else if (list.Count == list.Items.Length) Array.Resize(ref list.Items, 2 * list.Count);
        ref Place place = ref list.Items[list.Count++];
        // What was taken from here mostly comes back, and comparing is cheaper than a store that the garbage collector has to know of.
        if (!ReferenceEquals(place.Storage, storage)) place.Storage = storage;
    }

    public void Clear()
    {
        Array.Clear(_free);
        HeldBytes = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int ClassOf(int bytes, out int capacity)
    {
        if (bytes <= Storage.InlineBytes)
        {
            capacity = Storage.InlineBytes;
            return 0;
        }
        if (bytes <= Granule)
        {
            capacity = Granule;
            return 2;
        }
        return LargerClassOf(bytes, out capacity);
    }

    static int LargerClassOf(int bytes, out int capacity)
    {
        int granules = (int)(((long)bytes + Granule - 1) / Granule);
        int shift = Math.Max(BitOperations.Log2((uint)granules) - 2, 0);
        int quarters = (int)(((long)granules + (1L << shift) - 1) >> shift);
        long size = (long)quarters << shift;
        capacity = (int)Math.Min(size * Granule, Storage.MaxCapacity);
        return 1 + (4 * shift) + quarters;
    }

    struct FreeList
    {
        public Place[] Items;
        public int Count;
    }
}
