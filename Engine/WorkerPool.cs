using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Autograd;

/// <summary>
/// Background threads that help the calling thread with the chunks of one job at a time. A dispatch allocates nothing, but for the first one after the setting has changed.
/// </summary>
/// <remarks>
/// Note [Shares]. Every thread has a share of its own, a run of neighbouring chunks, which it goes through from the front: the hardware's prefetchers
/// see one long run, and the next job over the same array finds in this core's cache what this core has left there. A thread whose share is
/// done takes chunks from the back of another's.
/// Note [Share word]. A 64-bit word holds the job's number (high half) and the ends of the share (16 bits each). Whoever swaps an end by one owns that
/// unit of chunks. The job's fields are written only while all shares are empty, before the words are published; a swap that succeeds
/// therefore proves that the fields read before it belong to that job. The caller works too and waits only for chunks that
/// a worker has really claimed, so a busy machine costs little.
/// </remarks>
static unsafe class WorkerPool
{
    const int EndBits = 16, MostUnits = (1 << EndBits) - 1;

    /// <summary>A worker that finds no job looks for this long before it sleeps: a wake-up costs several µs.</summary>
    static readonly long SpinTicks = Stopwatch.Frequency / 10_000;

    static readonly Lock Gate = new();
    static readonly SemaphoreSlim Wake = new(0);
    static bool[] _alive = [];
    static int _threads = Cores.Count();
    static bool _started;

    // Each hot word has a cache line of its own.
    static PaddedLong[] _shares = [];
    static PaddedLong _job;
    static PaddedLong _pending;
    static PaddedLong _sleepers;
    static PaddedLong _busy;

    static delegate*<void*, int, void> _run;
    static void* _body;
    static int _chunks, _unit;
    static ExceptionDispatchInfo? _error;

    [ThreadStatic] static bool _inside;

    /// <summary>Threads that share a job, the caller included.</summary>
    public static int Threads
    {
        get => Volatile.Read(ref _threads);
        set
        {
            lock (Gate)
            {
                Volatile.Write(ref _threads, value);
                if (_started)
                    StartWorkers();
            }
        }
    }

    /// <summary>True where a call of <see cref="Run"/> would run on this thread alone.</summary>
    public static bool IsSerial => _inside || Volatile.Read(ref _threads) == 1;

    /// <summary>
    /// Runs chunks 0 … <paramref name="chunks"/> − 1 of <paramref name="body"/> and returns when all are done.
    /// </summary>
    /// <remarks>
    /// All chunks share one copy of the body. A call from inside a chunk, and a call while another thread's job is
    /// running, execute every chunk on their own thread. The first exception of a chunk is thrown here; chunks that
    /// have not begun by then are left out.
    /// </remarks>
    public static void Run<TBody>(int chunks, in TBody body) where TBody : struct, IParallelWork
    {
        TBody shared = body; // on the stack: its address stays valid until the last chunk is done
        if (chunks > 1 && !IsSerial && Interlocked.CompareExchange(ref _busy.Value, 1, 0) == 0)
        {
            Dispatch(chunks, &Invoke<TBody>, Unsafe.AsPointer(ref shared));
            return;
        }
        for (int i = 0; i < chunks; i++)
            shared.Run(i);
    }

    static void Invoke<TBody>(void* body, int chunk) where TBody : struct, IParallelWork =>
        Unsafe.AsRef<TBody>(body).Run(chunk);

    static void Dispatch(int chunks, delegate*<void*, int, void> run, void* body)
    {
        if (!Volatile.Read(ref _started))
            Start();
        int threads = Threads;
        if (_shares.Length != threads) _shares = new PaddedLong[threads];
        PaddedLong[] shares = _shares;
        int unit = 1 + ((chunks - 1) / MostUnits), units = (chunks + unit - 1) / unit;
        _run = run;
        _body = body;
        _chunks = chunks;
        _unit = unit;
        Volatile.Write(ref _pending.Value, units);
        long job = _job.Value + 1, word = job << (2 * EndBits);
        for (int i = 0; i < threads; i++)
            Volatile.Write(ref shares[i].Value, word | Ends((long)units * i / threads, (long)units * (i + 1) / threads));
        Interlocked.Exchange(ref _job.Value, job);
        WakeSleepers(Math.Min(units, threads) - 1);

        _inside = true;
        Participate(0);
        _inside = false;
        for (SpinWait wait = default; Volatile.Read(ref _pending.Value) != 0;)
            wait.SpinOnce(sleep1Threshold: -1);

        ExceptionDispatchInfo? error = _error;
        _error = null;
        Volatile.Write(ref _busy.Value, 0);
        error?.Throw();
    }

    static long Ends(long first, long end) => (first << EndBits) | end;

    /// <summary>Claims and runs chunks until none is left: its own first. See Note [Share word].</summary>
    static void Participate(int self)
    {
        PaddedLong[] shares = Volatile.Read(ref _shares);
        long done = 0;
        if (self < shares.Length)
            done = Take(ref shares[self].Value, front: true);
        for (int i = 1; i <= shares.Length; i++)
            done += Take(ref shares[(self + i) % shares.Length].Value, front: false);
        if (done != 0)
            Interlocked.Add(ref _pending.Value, -done);
    }

    /// <summary>Runs units of one share, from the front or from the back, until it is empty; returns their number.</summary>
    static int Take(ref long share, bool front)
    {
        for (int done = 0; ;)
        {
            long seen = Volatile.Read(ref share);
            int first = (int)(seen >> EndBits) & MostUnits, end = (int)seen & MostUnits;
            if (first == end)
                return done;
            delegate*<void*, int, void> run = _run;
            void* body = _body;
            int chunks = _chunks, unit = _unit;
            if (Interlocked.CompareExchange(ref share, front ? seen + Ends(1, 0) : seen - 1, seen) != seen)
                continue;
            RunUnit(run, body, front ? first : end - 1, unit, chunks);
            done++;
        }
    }

    static void RunUnit(delegate*<void*, int, void> run, void* body, int number, int unit, int chunks)
    {
        int first = number * unit, end = Math.Min(first + unit, chunks);
        for (int chunk = first; chunk < end; chunk++)
            RunChunk(run, body, chunk);
    }

    static void RunChunk(delegate*<void*, int, void> run, void* body, int chunk)
    {
        if (Volatile.Read(ref _error) != null)
            return;
        try
        {
            run(body, chunk);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _error, ExceptionDispatchInfo.Capture(e), null);
        }
    }

    static void Start()
    {
        lock (Gate)
        {
            StartWorkers();
            Volatile.Write(ref _started, true);
        }
    }

    /// <summary>Starts the workers that the present setting asks for and that are not running. Needs the gate.</summary>
    static void StartWorkers()
    {
        if (_alive.Length < _threads - 1)
            Array.Resize(ref _alive, _threads - 1);
        for (int i = 0; i < _threads - 1; i++)
        {
            if (_alive[i])
                continue;
            _alive[i] = true;
            var thread = new Thread(Work) { IsBackground = true, Name = $"Autograd worker {i + 1}" };
            thread.UnsafeStart(i);
        }
    }

    static void Work(object? state)
    {
        int index = (int)state!;
        _inside = true;
        for (long seen = 0; !Retire(index);)
        {
            if (Spin(seen))
            {
                seen = Volatile.Read(ref _job.Value);
                Participate(index + 1);
            }
            else
            {
                Sleep(seen);
            }
        }
        WakeSleepers(1); // What woke this worker up may have been meant for one that stays.
    }

    /// <summary>Lets a worker end that a lower setting has made superfluous.</summary>
    static bool Retire(int index)
    {
        if (index < Volatile.Read(ref _threads) - 1)
            return false;
        lock (Gate)
        {
            if (index < _threads - 1)
                return false;
            _alive[index] = false;
            return true;
        }
    }

    /// <summary>Looks for a job after the one that it has seen.</summary>
    static bool Spin(long seen)
    {
        long end = Stopwatch.GetTimestamp() + SpinTicks;
        do
        {
            for (int i = 0; i < 16; i++)
            {
                if (Volatile.Read(ref _job.Value) != seen)
                    return true;
                Thread.SpinWait(1);
            }
        }
        while (Stopwatch.GetTimestamp() < end);
        return false;
    }

    /// <summary>Sleeps until a dispatch asks for this worker.</summary>
    /// <remarks>
    /// The worker announces itself, then looks once more: a dispatch publishes first and counts sleepers second, so
    /// one of the two sees the other. If the announcement has been taken already, a permit is due and must be consumed.
    /// </remarks>
    static void Sleep(long seen)
    {
        Interlocked.Increment(ref _sleepers.Value);
        if (Volatile.Read(ref _job.Value) != seen && TakeSleepers(1) == 1)
            return;
        Wake.Wait();
    }

    static void WakeSleepers(int wanted)
    {
        if (Volatile.Read(ref _sleepers.Value) == 0)
            return;
        int taken = TakeSleepers(wanted);
        if (taken > 0)
            Wake.Release(taken);
    }

    /// <summary>Takes up to <paramref name="wanted"/> announcements and returns how many it got.</summary>
    static int TakeSleepers(int wanted)
    {
        long seen;
        while ((seen = Volatile.Read(ref _sleepers.Value)) > 0)
        {
            long taken = Math.Min(seen, wanted);
            if (Interlocked.CompareExchange(ref _sleepers.Value, seen - taken, seen) == seen)
                return (int)taken;
        }
        return 0;
    }

    /// <summary>A word alone on its cache line (and the neighbour that the hardware fetches along).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    struct PaddedLong
    {
        [FieldOffset(128)] public long Value;
    }
}
