namespace Autograd.Nn.Data;

/// <summary>A dataset cut into batches; each <c>foreach</c> over it is one epoch, in a new random order where a generator is given.</summary>
/// <remarks>
/// All batches of an epoch share one memory, so that training allocates nothing: a batch is valid until the next one is taken. A backward
/// that needs an earlier batch is an error, not a wrong number. What must last longer is cloned, or taken by <see cref="Dataset.Select"/>.
/// This is no <see cref="IEnumerable{T}"/>, so that no list of batches can be made by mistake.
/// </remarks>
public sealed class Batches
{
    readonly Dataset _data;
    readonly int _size, _prefetch;
    readonly Sampler? _sampler;
    readonly Transform? _transform;
    readonly bool _dropLast;
    EpochMemory? _idle;

    Batches(Dataset data, int size, Sampler? sampler, bool dropLast, Transform? transform, int prefetch)
    {
        (_data, _size, _sampler, _dropLast, _transform, _prefetch) = (data, size, sampler, dropLast, transform, prefetch);
    }

    /// <summary>Cuts a dataset into batches.</summary>
    /// <param name="data">The examples.</param>
    /// <param name="size">Examples in a batch, ≥ 1.</param>
    /// <param name="shuffle">The source of randomness of the order; without it the order is that of the dataset. The order of an epoch depends on
    /// the generator's seed and position alone.</param>
    /// <param name="dropLast">Whether a last batch of fewer examples is left out.</param>
    /// <param name="transform">A change of each example's inputs; a random one draws from shuffle, once an epoch.</param>
    /// <param name="prefetch">How many batches are made ahead, on a thread of their own, ≥ 0: order and bits are the same as without. Worth it where a
    /// batch takes long to make.</param>
    /// <param name="sampler">Chooses the examples of each epoch and their order, in place of shuffle.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is below 1, or prefetch negative.</exception>
    /// <exception cref="ArgumentException">There are both shuffle and a sampler; or the transform is random, and there is neither.</exception>
    public static Batches Of(
        Dataset data, int size, Generator? shuffle = null, bool dropLast = false, Transform? transform = null, int prefetch = 0, Sampler? sampler = null)
    {
        Throw.IfNull("Batches.Of", data);
        Throw.IfBelow("Batches.Of", size, 1, "Pass data.Count for a single batch of all examples.");
        Throw.IfBelow("Batches.Of", prefetch, 0, "Leave it out to make each batch when it is taken.");
        if (shuffle is not null && sampler is not null) throw DataThrow.TwoOrders();
        if (shuffle is not null) sampler = Sampler.Shuffled(data.Count, shuffle);
        if (transform is { IsRandom: true } && sampler is null) throw DataThrow.RandomTransform();
        return new Batches(data, size, sampler, dropLast, transform, prefetch);
    }

    /// <summary>The number of batches in an epoch.</summary>
    public int Count => _dropLast ? Drawn / _size : (int)(((long)Drawn + _size - 1) / _size);

    /// <summary>The source of randomness of order and transform; null where the order is that of the dataset.</summary>
    public Generator? Random => _sampler?.Random;

    /// <summary>Starts an epoch.</summary>
    public Epoch GetEnumerator() => StartAt(0);

    /// <summary>Starts an epoch whose first batches are left out unmade, to go on where a run was broken off: with the generator's position at the
    /// start of the epoch set again, the batches that follow are those that would have followed.</summary>
    /// <param name="batch">How many are left out, 0 to <see cref="Count"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many batches.</exception>
    public Epoch StartAt(int batch)
    {
        Throw.IfOutside("Batches.StartAt", batch, 0, Count, "Pass 0 for the whole epoch.");
        return new(this, Interlocked.Exchange(ref _idle, null) ?? new EpochMemory(Drawn, _prefetch), batch);
    }

    int Drawn => _sampler?.Count ?? _data.Count;

    /// <summary>One pass over the batches.</summary>
    public sealed class Epoch : IDisposable
    {
        readonly Batches _batches;
        readonly ulong _seed;
        readonly Prefetcher? _ahead;
        EpochMemory? _memory;
        int _next;

        internal Epoch(Batches batches, EpochMemory memory, int start)
        {
            (_batches, _memory, _next) = (batches, memory, start);
            // All that is random about the epoch is drawn here, by the thread that takes the batches.
            if (batches._sampler is { } sampler) sampler.Draw(memory.Order, batches._data.Count);
            else for (int i = 0; i < memory.Order.Length; i++) memory.Order[i] = i;
            if (batches._transform is { IsRandom: true }) _seed = batches.Random!.NextBits() | ((ulong)batches.Random.NextBits() << 32);
            if (batches._prefetch > 0) _ahead = new(Make, memory.Buffers, start, batches.Count);
        }

        /// <summary>The batch, valid until <see cref="MoveNext"/>.</summary>
        public Batch Current { get; private set; }

        /// <summary>Makes the next batch, or takes the one made ahead; false after the last.</summary>
        /// <remarks>What a dataset's or a transform's function throws comes out here, at the batch that it was thrown for.</remarks>
        public bool MoveNext()
        {
            if (_memory is not { } memory || _next >= _batches.Count) return false;
            Current = _ahead?.Take() ?? Make(_next, memory.Buffers[0]);
            _next++;
            return true;
        }

        /// <summary>Ends the epoch, a thread that makes batches ahead too; the memory serves the next one.</summary>
        public void Dispose()
        {
            _ahead?.Dispose();
            if (_memory is { } memory) _batches._idle = memory;
            _memory = null;
        }

        Batch Make(int number, BatchMemory memory)
        {
            int start = number * _batches._size;
            int[] order = _memory!.Order;
            ReadOnlySpan<int> indices = order.AsSpan(start, Math.Min(_batches._size, order.Length - start));
            return _batches._transform is { } transform
                ? _batches._data.Gather(indices, memory, transform, _seed, start)
                : _batches._data.Gather(indices, memory);
        }
    }

    /// <summary>What an epoch works in.</summary>
    internal sealed class EpochMemory(int count, int prefetch)
    {
        public int[] Order { get; } = new int[count];

        /// <summary>One for the batch in use, one for each that is made ahead.</summary>
        public BatchMemory[] Buffers { get; } = [.. Enumerable.Range(0, prefetch + 1).Select(_ => new BatchMemory())];
    }
}
