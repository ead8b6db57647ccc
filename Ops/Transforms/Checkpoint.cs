using System.Runtime.InteropServices;

namespace Autograd;

/// <summary>
/// Trades time for memory: what a function would save for its derivative is dropped, and computed again in backward.
/// Source: Griewank and Walther, "Algorithm 799: revolve", 2000; Chen et al., "Training deep nets with sublinear memory cost", 2016.
/// </summary>
/// <remarks>
/// The garbage collector owns what the function makes, also within a <see cref="Tape.Scope"/>, so that the memory of dropped values
/// is free before the scope ends. Backward computes a function's values again when it first needs one of them and lets go of each
/// when it is past it. What an op keeps for itself, such as the positions of the maxima of a pooling, is not dropped.
/// </remarks>
public static class Checkpoint
{
    /// <summary>f(x), to be computed again in backward; the same bits as without.</summary>
    /// <param name="f">The function; it may close over parameters and be differentiated to any order. It runs twice or more, so it must not have other effects, and must give the same result again.</param>
    /// <param name="x">The input.</param>
    /// <param name="generator">What f draws random numbers from; it is wound back when f is computed again. <see cref="Generator.Default"/> when left out.</param>
    /// <exception cref="GraphException">In backward: f gave another result, or something it reads was changed in place meanwhile.</exception>
    public static Tensor Run(Func<Tensor, Tensor> f, Tensor x, Generator? generator = null) =>
        Run(Singles.Function("Checkpoint", f), Singles.Input("Checkpoint", x), generator);

    /// <summary>f of several inputs, to be computed again in backward.</summary>
    /// <inheritdoc cref="Run(Func{Tensor, Tensor}, Tensor, Generator?)"/>
    public static Tensor Run(Func<Tensor[], Tensor> f, Tensor[] x, Generator? generator = null)
    {
        Throw.IfNull("Checkpoint", f);
        Throw.IfNullIn("Checkpoint", x);
        return Tape.IsRecording ? new Segment(f, [.. x], generator ?? Generator.Default).Run() : f(x) ?? throw Throw.NoResult("Checkpoint");
    }

    /// <summary>One function between two checkpoints: its saved values are known by their numbers, in order of saving.</summary>
    sealed class Segment(Func<Tensor[], Tensor> f, Tensor[] x, Generator generator)
    {
        /// <summary>Backward reads values in reverse order, those of one op together: all that lie this far behind are dropped.</summary>
        const int Window = 8;

        readonly ulong _start = generator.Position;
        int _count;

        /// <summary>How many of the values that were computed again, the first ones, are still held.</summary>
        int _live;
        Tensor? _result;
        Tensor?[] _values = [];

        public Tensor Run()
        {
            Tensor y;
            using (Tape.Unscoped())
            using (Tape.SavedTensorHooks(_ => _count++, Read)) y = f([.. x]) ?? throw Throw.NoResult("Checkpoint");
            _result = y.Detach();
            return y;
        }

        Tensor Read(int number)
        {
            if (number >= _live) Recompute();
            Tensor value = _values[number]!;
            while (_live > number + Window) _values[--_live] = null;
            return value;
        }

        void Recompute()
        {
            List<Tensor> values = [];
            ulong position = generator.Position;
            generator.Position = _start;
            try
            {
                using TapeScope scope = Tape.Scope();
                using RecordingSwitch recording = Tape.EnableGrad();
                using SavedHooksSwitch hooks = Tape.SavedTensorHooks(Store, number => values[number]);
                Tensor y = f([.. x]);
                if (_result is not null && (values.Count != _count || !SameBits(BatchLevel.AllOf(y), BatchLevel.AllOf(_result)))) throw Throw.NotRepeated();
            }
            finally
            {
                generator.Position = position;
            }
            _values = [.. values];
            _live = _values.Length;

            int Store(Tensor value)
            {
                values.Add(value.Keep());
                return values.Count - 1;
            }
        }

        static bool SameBits(Tensor a, Tensor b) => a.Shape == b.Shape && a.DType == b.DType && (a.DType == DType.Float32
            ? MemoryMarshal.AsBytes<float>(a.Dense().AsSpan<float>()).SequenceEqual(MemoryMarshal.AsBytes<float>(b.Dense().AsSpan<float>()))
            : MemoryMarshal.AsBytes<double>(a.Dense().AsSpan<double>()).SequenceEqual(MemoryMarshal.AsBytes<double>(b.Dense().AsSpan<double>())));
    }
}
