using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Autograd.Nn.Data;

/// <summary>Makes batches in order on a thread of its own, as many ahead as there is memory for.</summary>
sealed class Prefetcher : IDisposable
{
    readonly record struct Made(Batch Batch, BatchMemory Memory, ExceptionDispatchInfo? Error);

    readonly Func<int, BatchMemory, Batch> _make;
    readonly BlockingCollection<BatchMemory> _free = [];
    readonly BlockingCollection<Made> _made = [];
    readonly CancellationTokenSource _end = new();
    readonly Thread _thread;
    Made? _taken;

    /// <summary>Starts making batches.</summary>
    /// <param name="make">Number of a batch and memory → the batch.</param>
    /// <param name="memory">One for the batch in use, one for each made ahead.</param>
    /// <param name="start">The number of the first.</param>
    /// <param name="end">The number after the last.</param>
    public Prefetcher(Func<int, BatchMemory, Batch> make, ReadOnlySpan<BatchMemory> memory, int start, int end)
    {
        _make = make;
        foreach (BatchMemory buffer in memory) _free.Add(buffer);
        _thread = new(() => Run(start, end)) { IsBackground = true, Name = "Autograd batches" };
        _thread.Start();
    }

    /// <summary>The next batch; the memory of the last one is given back.</summary>
    public Batch Take()
    {
        if (_taken is { } before)
        {
            before.Error?.Throw();
            // Here and not by the thread that overwrites it: so a late use is an error every time, not only when that thread was fast.
            before.Memory.Invalidate();
            _free.Add(before.Memory);
        }
        Made next = _made.Take();
        _taken = next;
        next.Error?.Throw();
        return next.Batch;
    }

    /// <summary>Ends the thread; waits for the batch that is being made.</summary>
    public void Dispose()
    {
        _end.Cancel();
        _thread.Join();
        _free.Dispose();
        _made.Dispose();
        _end.Dispose();
    }

    void Run(int start, int end)
    {
        try
        {
            for (int number = start; number < end; number++)
            {
                BatchMemory memory = _free.Take(_end.Token);
                Made made = Make(number, memory);
                _made.Add(made, _end.Token);
                if (made.Error is not null) return;
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // The epoch was left early.
        }
    }

    Made Make(int number, BatchMemory memory)
    {
        try
        {
            return new(_make(number, memory), memory, null);
        }
        catch (Exception error)
        {
            return new(default, memory, ExceptionDispatchInfo.Capture(error));
        }
    }
}
