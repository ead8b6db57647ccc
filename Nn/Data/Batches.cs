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
    readonly int _size;
    readonly Generator? _shuffle;
    readonly bool _dropLast;
    Memory? _idle;

    Batches(Dataset data, int size, Generator? shuffle, bool dropLast)
    {
        (_data, _size, _shuffle, _dropLast) = (data, size, shuffle, dropLast);
    }

    /// <summary>Cuts a dataset into batches.</summary>
    /// <param name="data">The examples.</param>
    /// <param name="size">Examples in a batch, ≥ 1.</param>
    /// <param name="shuffle">The source of randomness of the order; without it the order is that of the dataset. The order of an epoch depends on
    /// the generator's seed and position alone.</param>
    /// <param name="dropLast">Whether a last batch of fewer examples is left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is below 1.</exception>
    public static Batches Of(Dataset data, int size, Generator? shuffle = null, bool dropLast = false)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        return new Batches(data, size, shuffle, dropLast);
    }

    /// <summary>The number of batches in an epoch.</summary>
    public int Count => _dropLast ? _data.Count / _size : (int)(((long)_data.Count + _size - 1) / _size);

    /// <summary>Starts an epoch.</summary>
    public Epoch GetEnumerator() => new(this, Interlocked.Exchange(ref _idle, null) ?? new Memory(_data, Math.Min(_size, _data.Count)));

    /// <summary>One pass over the batches.</summary>
    public sealed class Epoch : IDisposable
    {
        readonly Batches _batches;
        Memory? _memory;
        int _next;

        internal Epoch(Batches batches, Memory memory)
        {
            (_batches, _memory) = (batches, memory);
            for (int i = 0; i < memory.Order.Length; i++) memory.Order[i] = i;
            batches._shuffle?.Shuffle(memory.Order.AsSpan());
        }

        /// <summary>Inputs and labels of the batch, valid until <see cref="MoveNext"/>.</summary>
        public (Tensor Inputs, Tensor Labels) Current { get; private set; }

        /// <summary>Fills the next batch; false after the last.</summary>
        public bool MoveNext()
        {
            if (_memory is not { } memory) return false;
            int size = Math.Min(_batches._size, memory.Order.Length - _next);
            if (size <= 0 || (_batches._dropLast && size < _batches._size)) return false;
            Current = memory.Fill(_batches._data, memory.Order.AsSpan(_next, size));
            _next += size;
            return true;
        }

        /// <summary>Ends the epoch; the memory serves the next one.</summary>
        public void Dispose()
        {
            if (_memory is { } memory) _batches._idle = memory;
            _memory = null;
        }
    }

    /// <summary>What an epoch works in.</summary>
    internal sealed class Memory(Dataset data, int size)
    {
        readonly Tensor _inputs = Rows.Buffer(data.Inputs, size), _labels = Rows.Buffer(data.Labels, size);
        (Tensor Inputs, Tensor Labels)? _last;

        public int[] Order { get; } = new int[data.Count];

        public (Tensor Inputs, Tensor Labels) Fill(Dataset source, ReadOnlySpan<int> indices)
        {
            Rows.Gather(source.Inputs, indices, _inputs);
            Rows.Gather(source.Labels, indices, _labels);
            if (indices.Length == _inputs.Shape[0]) return (_inputs, _labels);
            // Only the last batch is smaller, always by as much.
            return _last ??= (Rows.View(_inputs, 0, indices.Length), Rows.View(_labels, 0, indices.Length));
        }
    }
}
