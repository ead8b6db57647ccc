using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Autograd.Kernels.RecurrentKernels;

namespace Autograd.Kernels;

/// <summary>A layer of long short-term memory: what its steps read and write. A gradient is overwritten where it is fresh, and absent where nobody wants it.</summary>
unsafe struct LstmProblem<T> where T : unmanaged
{
    /// <summary>Steps, sequences, and the sizes of an input and of a state.</summary>
    public int Times, Count, Inputs, Hidden;

    /// <summary>Whether the last time comes first.</summary>
    public bool Reversed;

    /// <summary>Inputs [time, n, inputs], matrices [4·hidden, inputs] and [4·hidden, hidden], a row [4·hidden] or null, and first states and memories [n, hidden].</summary>
    public T* X, InputWeight, Weight, Bias, H, C;

    /// <summary>The gates after their functions, [time, n, 4·hidden], and the memories [time, n, hidden].</summary>
    public T* Gates, Memories;

    /// <summary>The states, then the last memories, [time + 1, n, hidden], and their gradient.</summary>
    public T* Y, DY;

    public T* DX, DInputWeight, DWeight, DBias;
    public bool FreshX, FreshInputWeight, FreshWeight, FreshBias;

    /// <summary>The gradients of the first states and memories, always wanted and overwritten.</summary>
    public T* DH, DC;
}

/// <summary>The steps of a layer of long short-term memory, forward and backward.</summary>
/// <remarks>
/// Bound by multiply-adds as long as the gates do not travel through memory more often than they must: they are as long as four states, and a pass over those of all
/// steps costs as much as a tenth of the products. So forward multiplies the inputs of a few steps just before these steps, into the memory where their gates end,
/// and backward keeps the gradients of the gates for a block of steps only: the products that read them follow while they are in the second-level cache.
/// </remarks>
static unsafe class LstmKernels
{
    /// <summary>Bytes of the gates of some steps that stay in the second-level cache until they are used.</summary>
    const int BlockBytes = 1 << 18;

    /// <summary>Bytes of the gradients of a block's gates, of which backward needs nothing but them; and rows that a product is worth where they do not fit.</summary>
    const int SlopeBytes = 1 << 19, FewestRows = 256;

    [ThreadStatic] static Scratch _input, _weight, _slopes, _row;

    /// <summary>All steps forward.</summary>
    public static void Forward<T>(LstmProblem<T> g) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int gates = 4 * g.Hidden;
        if (g.Bias is null) new Span<T>(g.Bias = _row.Get<T>(gates), gates).Clear();
        PackedFactor<T> input = Factor(g.InputWeight, g.Inputs, gates, transposed: true, g.Count, ref _input);
        PackedFactor<T> weight = Factor(g.Weight, g.Hidden, gates, transposed: true, g.Count, ref _weight);
        RecurrentSteps<T> layer = new(g.Times, g.Count, g.Hidden, g.Reversed);
        layer.Split(4, g.Times, new ForwardRows<T>(layer, g, input, weight));
    }

    /// <summary>All steps backward.</summary>
    public static void Backward<T>(in LstmProblem<T> g) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int gates = 4 * g.Hidden, states = g.Count * g.Hidden;
        PackedFactor<T> weight = Factor(g.Weight, gates, g.Hidden, transposed: false, g.Count, ref _weight);
        PackedFactor<T> input = g.DX is null ? default : Factor(g.InputWeight, gates, g.Inputs, transposed: false, g.Count, ref _input);
        RecurrentSteps<T> layer = new(g.Times, g.Count, g.Hidden, g.Reversed);
        new Span<T>(g.DH, states).Clear();
        new ReadOnlySpan<T>(g.DY + layer.Row(g.Times, 0), states).CopyTo(new Span<T>(g.DC, states));
        int fitting = SlopeBytes / (gates * sizeof(T)), rows = fitting >= FewestRows ? fitting : Gemm.MaxDepth, each = Math.Clamp(rows / g.Count, 1, g.Times);
        T* dz = _slopes.Get<T>((nint)each * g.Count * gates);
        for (int end = g.Times; end > 0; end -= each)
        {
            int first = Math.Max(0, end - each);
            layer.Split(4, end - first, new BackwardRows<T>(layer, g, input, weight, first, end, dz));
            AddToParameters(g, layer, first, end, dz);
        }
    }

    /// <summary>Adds the part of some steps to the gradients of the parameters.</summary>
    /// <param name="g">The layer.</param>
    /// <param name="layer">Its rows.</param>
    /// <param name="first">The first of the steps.</param>
    /// <param name="end">The step behind the last.</param>
    /// <param name="dz">The gradients of their gates, in the order of time.</param>
    static void AddToParameters<T>(in LstmProblem<T> g, RecurrentSteps<T> layer, int first, int end, T* dz) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int gates = 4 * g.Hidden, start = layer.Start(first, end), rows = (end - first) * g.Count;
        bool isFirst = end == g.Times;
        if (g.DInputWeight is not null)
            AddProduct(g.DInputWeight, g.Inputs, dz, gates, g.X + ((nint)start * g.Count * g.Inputs), rows, g.FreshInputWeight && isFirst);
        if (g.DWeight is not null)
        {
            // Before the first step there are the first states, before all others those of the step before.
            int initial = first == 0 ? g.Count : 0, before = start + (g.Reversed ? 1 : initial > 0 ? 0 : -1);
            nint skipped = initial > 0 && !g.Reversed ? initial : 0, last = g.Reversed ? rows - initial : 0;
            bool fresh = g.FreshWeight && isFirst;
            if (initial > 0) AddProduct(g.DWeight, g.Hidden, dz + (last * gates), gates, g.H, initial, fresh);
            if (rows > initial) AddProduct(g.DWeight, g.Hidden, dz + (skipped * gates), gates, g.Y + layer.Row(before, 0), rows - initial, fresh && initial == 0);
        }
        if (g.DBias is null) return;
        T* ones = _row.Get<T>(rows);
        new Span<T>(ones, rows).Fill(T.One);
        Gemm.Run(new GemmProblem<T>
        {
            M = 1, N = gates, K = rows, A = ones, Lda = rows, B = dz, Ldb = gates, C = g.DBias, Ldc = gates, Alpha = T.One, Beta = g.FreshBias && isFirst ? T.Zero : T.One,
        });
    }

    /// <summary>c (+)= dzᵀ·b.</summary>
    static void AddProduct<T>(T* c, int width, T* dz, int gates, T* b, int rows, bool fresh) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Gemm.Run(new GemmProblem<T>
        {
            M = gates, N = width, K = rows, A = dz, Lda = gates, TransA = true, B = b, Ldb = width, C = c, Ldc = width, Alpha = T.One, Beta = fresh ? T.Zero : T.One,
        });

    readonly struct ForwardRows<T>(RecurrentSteps<T> layer, LstmProblem<T> g, PackedFactor<T> input, PackedFactor<T> weight) : ISequences
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int start, int count)
        {
            int hidden = layer.Hidden, each = (int)Math.Max(1, BlockBytes / (4L * count * hidden * sizeof(T)));
            for (int s = 0; s < layer.Times; s++)
            {
                if (s % each == 0) MultiplyInputs(s, Math.Min(s + each, layer.Times), start, count);
                nint at = layer.Row(layer.Time(s), start);
                weight.Multiply(layer.Before(g.H, g.Y, s, start), hidden, count, 4 * hidden, T.One, g.Gates + (4 * at), 4 * hidden, adds: true);
                T* memory = layer.Before(g.C, g.Memories, s, start);
                for (int i = 0; i < count; i++, at += hidden, memory += hidden)
                {
                    Gates(g.Bias, g.Gates + (4 * at), (nuint)hidden);
                    Next(g.Gates + (4 * at), memory, g.Memories + at, g.Y + at, (nuint)hidden);
                }
            }
            nint bytes = (nint)count * hidden * sizeof(T);
            Buffer.MemoryCopy(layer.Before(g.C, g.Memories, layer.Times, start), g.Y + layer.Row(layer.Times, start), bytes, bytes);
        }

        /// <summary>The input's part of the gates of some steps: where a chunk has all sequences, their rows follow one another.</summary>
        void MultiplyInputs(int first, int end, int start, int count)
        {
            int time = layer.Start(first, end), times = end - first, gates = 4 * layer.Hidden;
            if (count == layer.Count) (count, times) = (count * times, 1);
            for (int i = 0; i < times; i++)
            {
                nint row = ((nint)(time + i) * layer.Count) + start;
                input.Multiply(g.X + (row * g.Inputs), g.Inputs, count, gates, T.One, g.Gates + (row * gates), gates);
            }
        }

        /// <summary>The gates of one sequence: their functions of the sums of all parts.</summary>
        [MethodImpl(Jit.Loop)]
        static void Gates(T* bias, T* gates, nuint n)
        {
            nuint width = (nuint)Vector512<T>.Count, i;
            for (nuint part = 0; part < 4; part++, bias += n, gates += n)
            {
                if (part == 2)
                {
                    for (i = 0; i + width <= n; i += width) VectorMath.Tanh(Vector512.Load(bias + i) + Vector512.Load(gates + i)).Store(gates + i);
                    if (i < n) Store<T, No>(VectorMath.Tanh(Load<T, No>(bias + i, n - i) + Load<T, No>(gates + i, n - i)), gates + i, n - i);
                    continue;
                }
                for (i = 0; i + width <= n; i += width) VectorMath.Sigmoid(Vector512.Load(bias + i) + Vector512.Load(gates + i)).Store(gates + i);
                if (i < n) Store<T, No>(VectorMath.Sigmoid(Load<T, No>(bias + i, n - i) + Load<T, No>(gates + i, n - i)), gates + i, n - i);
            }
        }

        [MethodImpl(Jit.Loop)]
        static void Next(T* gates, T* c, T* next, T* h, nuint n)
        {
            nuint width = (nuint)Vector512<T>.Count, i = 0;
            for (; i + width <= n; i += width) Next<Yes>(gates + i, c + i, next + i, h + i, n, width);
            if (i < n) Next<No>(gates + i, c + i, next + i, h + i, n, n - i);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Next<TWhole>(T* gates, T* c, T* next, T* h, nuint n, nuint lanes) where TWhole : struct, IFlag
        {
            Vector512<T> memory = (Load<T, TWhole>(gates + n, lanes) * Load<T, TWhole>(c, lanes)) + (Load<T, TWhole>(gates, lanes) * Load<T, TWhole>(gates + (2 * n), lanes));
            Store<T, TWhole>(memory, next, lanes);
            Store<T, TWhole>(Load<T, TWhole>(gates + (3 * n), lanes) * VectorMath.Tanh(memory), h, lanes);
        }
    }

    readonly struct BackwardRows<T>(RecurrentSteps<T> layer, LstmProblem<T> g, PackedFactor<T> input, PackedFactor<T> weight, int begin, int end, T* dz) : ISequences
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int start, int count)
        {
            int hidden = layer.Hidden, gates = 4 * hidden;
            nint first = (nint)start * hidden, block = layer.Row(layer.Start(begin, end), 0);
            for (int s = end - 1; s >= begin; s--)
            {
                nint at = layer.Row(layer.Time(s), start);
                T* before = layer.Before(g.C, g.Memories, s, start), slopes = dz + (4 * (at - block));
                for (nint row = 0; row < (nint)count * hidden; row += hidden)
                    Step(g.Gates + (4 * (at + row)), before + row, g.Memories + at + row, g.DY + at + row, g.DH + first + row, g.DC + first + row, slopes + (4 * row), (nuint)hidden);
                weight.Multiply(slopes, gates, count, hidden, T.One, g.DH + first, hidden);
                if (g.DX is not null)
                    input.Multiply(slopes, gates, count, g.Inputs, T.One, g.DX + (((nint)layer.Time(s) * layer.Count) + start) * g.Inputs, g.Inputs, adds: !g.FreshX);
            }
        }

        [MethodImpl(Jit.Loop)]
        static void Step(T* gates, T* before, T* after, T* dy, T* dh, T* dc, T* dz, nuint n)
        {
            nuint width = (nuint)Vector512<T>.Count, k = 0;
            for (; k + width <= n; k += width) Step<Yes>(gates + k, before + k, after + k, dy + k, dh + k, dc + k, dz + k, n, width);
            if (k < n) Step<No>(gates + k, before + k, after + k, dy + k, dh + k, dc + k, dz + k, n, n - k);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Step<TWhole>(T* gates, T* before, T* after, T* dy, T* dh, T* dc, T* dz, nuint n, nuint lanes) where TWhole : struct, IFlag
        {
            Vector512<T> one = Vector512<T>.One, i = Load<T, TWhole>(gates, lanes), f = Load<T, TWhole>(gates + n, lanes);
            Vector512<T> g = Load<T, TWhole>(gates + (2 * n), lanes), o = Load<T, TWhole>(gates + (3 * n), lanes);
            Vector512<T> up = Load<T, TWhole>(dh, lanes) + Load<T, TWhole>(dy, lanes), bent = VectorMath.Tanh(Load<T, TWhole>(after, lanes));
            Vector512<T> memory = Load<T, TWhole>(dc, lanes) + (up * o * (one - (bent * bent)));
            Store<T, TWhole>(memory * g * i * (one - i), dz, lanes);
            Store<T, TWhole>(memory * Load<T, TWhole>(before, lanes) * f * (one - f), dz + n, lanes);
            Store<T, TWhole>(memory * i * (one - (g * g)), dz + (2 * n), lanes);
            Store<T, TWhole>(up * bent * o * (one - o), dz + (3 * n), lanes);
            Store<T, TWhole>(memory * f, dc, lanes);
        }
    }
}
