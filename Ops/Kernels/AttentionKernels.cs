using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>One matrix for each head of each sample, in memory at two distances; neighbours of a row lie next to each other.</summary>
readonly unsafe struct HeadMatrices<T>(T* first, HeadLayout layout) where T : unmanaged
{
    public readonly nint Lead = layout.Lead;

    public bool IsGiven => first is not null;

    /// <summary>The first element of matrix number <paramref name="index"/>, where <paramref name="inner"/> of them follow one another at the inner distance.</summary>
    public T* At(int index, int inner) => first + (index / inner * layout.Outer) + (index % inner * layout.Inner);
}

/// <summary>Distances in elements: of groups of heads, of heads in a group, and of rows.</summary>
readonly record struct HeadLayout(nint Outer, nint Inner, nint Lead);

/// <summary>y = (softmax(scale·q·kᵀ + mask) ∘ factors)·v for every head, and what backward needs besides.</summary>
unsafe struct AttentionProblem<T> where T : unmanaged
{
    /// <summary>The number of heads of all samples, and how many of them lie at the inner distance.</summary>
    public int Count, Inner;

    public int Queries, Keys, Width, ValueWidth;
    public bool IsCausal;
    public T Scale;
    public HeadMatrices<T> Q, K, V, Y, Mask, Factors;

    /// <summary>Whether the mask differs from key to key.</summary>
    public bool MaskMoves;

    /// <summary>The weights, if they are kept for backward: [count, queries, <see cref="AttentionKernels.Lead"/>].</summary>
    public T* Weights;

    /// <summary>What they are computed from again if not: the greatest score of each query, and 1 / Σ e^(score − greatest), [count, queries].</summary>
    public T* Greatest, Inverse;

    /// <summary>Gradients; those of the inputs are overwritten, or absent where nobody wants them.</summary>
    public HeadMatrices<T> DY, DQ, DK, DV;

    /// <summary>The keys that a query below this one can see.</summary>
    public readonly int Visible(int query) => IsCausal ? Math.Min(Keys, query) : Keys;
}

/// <summary>Attention, a head at a time: a block of queries against all keys, so that the scores stay in the second-level cache.</summary>
/// <remarks>
/// Where there are many weights they are not kept: backward computes those of a block again, with what forward kept of each row, rather than read them from memory
/// that grows with the square of the length (Dao and others, FlashAttention, 2022). A few are read in less time than it takes to compute them.
/// With a causal mask the keys behind a block's last query are left out of all products.
/// Blocks depend on the sizes alone, and a head's blocks run one after the other, so results are the same bits for any number of threads.
/// </remarks>
static unsafe class AttentionKernels
{
    /// <summary>Scores of a block: with those of backward beside them they fill half a second-level cache.</summary>
    const int BlockScores = 1 << 16;

    /// <summary>Queries of a block: five tiles of the matrix product.</summary>
    const int MostQueries = 70, FewestQueries = 14;

    /// <summary>The most queries for which the keys and the values are not worth packing.</summary>
    const int MostUnpacked = 12;

    /// <summary>Work of a chunk, in floating-point operations, that makes its claim cheap by comparison.</summary>
    const double ChunkWork = 0.25e6;

    /// <summary>Weights that are worth their memory: half of a last-level cache of 32 MB.</summary>
    const int MostKept = 1 << 22;

    [ThreadStatic] static Scratch _scores, _slopes, _keys, _values;

    /// <summary>The distance of a head's rows of weights: one line more, so that neighbours do not fall into the same sets of the first-level cache.</summary>
    public static int Lead(int keys) => ((keys + 15) / 16 * 16) + 16;

    /// <summary>Whether forward keeps the weights.</summary>
    public static bool Keeps(long rows, int keys) => rows * Lead(keys) <= MostKept;

    public static void Forward<T>(in AttentionProblem<T> problem) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Split(problem, new ForwardHead<T>(problem));

    public static void Backward<T>(in AttentionProblem<T> problem) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Split(problem, new BackwardHead<T>(problem));

    static void Split<T, TBody>(in AttentionProblem<T> problem, TBody body) where T : unmanaged where TBody : struct, IHead
    {
        double work = 2.0 * problem.Queries * problem.Keys * (problem.Width + problem.ValueWidth);
        int each = (int)Math.Clamp(ChunkWork / Math.Max(work, 1), 1, problem.Count), chunks = (problem.Count + each - 1) / each;
        HeadChunk<TBody> chunk = new(body, problem.Count, each);
        if (chunks == 1) chunk.Run(0);
        else Parallelism.Run(chunks, chunk);
    }

    interface IHead
    {
        void Run(int head);
    }

    readonly struct HeadChunk<TBody>(TBody body, int count, int each) : IParallelWork where TBody : struct, IHead
    {
        public void Run(int chunk)
        {
            int end = Math.Min(count, (chunk + 1) * each);
            for (int head = chunk * each; head < end; head++) body.Run(head);
        }
    }

    /// <summary>Blocks of queries of nearly one size.</summary>
    readonly struct Blocks
    {
        public readonly int Count, Rows;
        public readonly nint Lead;

        public Blocks(int queries, int keys)
        {
            int most = Math.Clamp(BlockScores / Math.Max(keys, 1), FewestQueries, MostQueries);
            Count = (queries + most - 1) / most;
            Rows = (queries + Count - 1) / Count;
            Lead = AttentionKernels.Lead(keys);
        }
    }

    readonly struct ForwardHead<T>(AttentionProblem<T> g) : IHead where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int head)
        {
            Blocks blocks = new(g.Queries, g.Keys);
            nint lead = blocks.Lead;
            T* scratch = g.Weights is null ? _scores.Get<T>(blocks.Rows * lead) : null, used = g.Factors.IsGiven ? _slopes.Get<T>(blocks.Rows * lead) : null;
            PackedFactor<T> keys = PackedKeys(g, head);
            HeadsAhead<T> next = new(g, head + 1, lead);
            for (int start = 0; start < g.Queries; start += blocks.Rows)
            {
                int rows = Math.Min(blocks.Rows, g.Queries - start), visible = g.Visible(start + rows);
                nint first = ((nint)head * g.Queries) + start;
                T* weights = g.Weights is null ? scratch : g.Weights + (first * lead);
                keys.Multiply(g.Q.At(head, g.Inner) + (start * g.Q.Lead), g.Q.Lead, rows, visible, g.Scale, weights, lead);
                for (int i = 0; i < rows; i++)
                {
                    int query = start + i, seen = g.Visible(query + 1);
                    T* row = weights + (i * lead);
                    Mask(g, head, query, row, seen);
                    (T greatest, T inverse) = Normalize(row, (nuint)seen);
                    next.Ask(query);
                    if (g.Greatest is not null) (g.Greatest[first + i], g.Inverse[first + i]) = (greatest, inverse);
                    new Span<T>(row + seen, visible - seen).Clear();
                    if (used is not null) Multiply(row, used + (i * lead), g.Factors.At(head, g.Inner) + (query * g.Factors.Lead), (nuint)visible);
                }
                Gemm.Run(new GemmProblem<T>
                {
                    M = rows, N = g.ValueWidth, K = visible, A = used is null ? weights : used, Lda = lead, B = g.V.At(head, g.Inner), Ldb = g.V.Lead,
                    C = g.Y.At(head, g.Inner) + (start * g.Y.Lead), Ldc = g.Y.Lead, Alpha = T.One, Beta = T.Zero,
                });
            }
        }
    }

    static PackedFactor<T> PackedKeys<T>(in AttentionProblem<T> g, int head) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Packed(g, g.K.At(head, g.Inner), g.Width, g.K.Lead, ref _keys);

    static PackedFactor<T> Packed<T>(in AttentionProblem<T> g, T* matrix, int width, nint lead, ref Scratch memory) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(matrix, width, g.Keys, lead, transposed: true, g.Queries <= MostUnpacked ? null : memory.Get<T>(PackedFactor<T>.Size(width, g.Keys)));

    // w: weights, f: factors. dv = (w∘f)ᵀ·dy;  ds = w∘(dy·vᵀ∘f − Σ dy∘y);  dq = scale·ds·k,  dk = scale·dsᵀ·q.
    readonly struct BackwardHead<T>(AttentionProblem<T> g) : IHead where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int head)
        {
            Blocks blocks = new(g.Queries, g.Keys);
            nint lead = blocks.Lead;
            bool keeps = g.Weights is not null;
            T* scratch = keeps ? null : _scores.Get<T>(blocks.Rows * lead), slopes = _slopes.Get<T>(blocks.Rows * lead);
            T* dy = g.DY.At(head, g.Inner), q = g.Q.At(head, g.Inner);
            PackedFactor<T> keys = keeps ? default : PackedKeys(g, head);
            PackedFactor<T> values = Packed(g, g.V.At(head, g.Inner), g.ValueWidth, g.V.Lead, ref _values);
            // The last block sees all keys that any block sees: it is the first to write their gradients.
            for (int block = blocks.Count - 1; block >= 0; block--)
            {
                int start = block * blocks.Rows, rows = Math.Min(blocks.Rows, g.Queries - start), visible = g.Visible(start + rows);
                bool isFirst = block == blocks.Count - 1;
                T* weights = keeps ? g.Weights + ((((nint)head * g.Queries) + start) * lead) : scratch;
                if (!keeps)
                {
                    keys.Multiply(q + (start * g.Q.Lead), g.Q.Lead, rows, visible, g.Scale, weights, lead);
                    Restore(head, start, rows, visible, weights, lead);
                }
                for (int i = 0; g.Factors.IsGiven && i < rows; i++)
                    Multiply(weights + (i * lead), slopes + (i * lead), g.Factors.At(head, g.Inner) + ((start + i) * g.Factors.Lead), (nuint)visible);
                if (g.DV.IsGiven)
                    AddToKeys(head, g.DV, g.Factors.IsGiven ? slopes : weights, lead, rows, visible, dy + (start * g.DY.Lead), g.DY.Lead, g.ValueWidth, T.One, isFirst);
                if (!g.DQ.IsGiven && !g.DK.IsGiven) continue;
                values.Multiply(dy + (start * g.DY.Lead), g.DY.Lead, rows, visible, T.One, slopes, lead);
                Slopes(head, start, rows, visible, weights, slopes, lead);
                if (g.DQ.IsGiven)
                {
                    Gemm.Run(new GemmProblem<T>
                    {
                        M = rows, N = g.Width, K = visible, A = slopes, Lda = lead, B = g.K.At(head, g.Inner), Ldb = g.K.Lead,
                        C = g.DQ.At(head, g.Inner) + (start * g.DQ.Lead), Ldc = g.DQ.Lead, Alpha = g.Scale, Beta = T.Zero,
                    });
                }
                if (g.DK.IsGiven) AddToKeys(head, g.DK, slopes, lead, rows, visible, q + (start * g.Q.Lead), g.Q.Lead, g.Width, g.Scale, isFirst);
            }
        }

        /// <summary>From the scores of a block to its weights.</summary>
        void Restore(int head, int start, int rows, int visible, T* weights, nint lead)
        {
            for (int i = 0; i < rows; i++)
            {
                int query = start + i, seen = g.Visible(query + 1);
                nint at = ((nint)head * g.Queries) + query;
                Mask(g, head, query, weights + (i * lead), seen);
                AttentionKernels.Restore(weights + (i * lead), (nuint)seen, g.Greatest[at], g.Inverse[at]);
                new Span<T>(weights + (i * lead) + seen, visible - seen).Clear();
            }
        }

        /// <summary>From the gradients of the weights to those of the scores.</summary>
        void Slopes(int head, int start, int rows, int visible, T* weights, T* slopes, nint lead)
        {
            T* dy = g.DY.At(head, g.Inner), y = g.Y.At(head, g.Inner);
            HeadsAhead<T> next = new(g, head + 1, lead);
            for (int i = 0; i < rows; i++)
            {
                int query = start + i, seen = g.Visible(query + 1);
                T* factors = g.Factors.IsGiven ? g.Factors.At(head, g.Inner) + (query * g.Factors.Lead) : null;
                T dot = Dot(dy + (query * g.DY.Lead), y + (query * g.Y.Lead), (nuint)g.ValueWidth);
                next.Ask(query);
                Slope(weights + (i * lead), slopes + (i * lead), factors, dot, (nuint)seen);
                new Span<T>(slopes + (i * lead) + seen, visible - seen).Clear();
            }
        }

        /// <summary>Adds alpha·aᵀ·b to the gradient of the keys, or of the values.</summary>
        void AddToKeys(int head, HeadMatrices<T> target, T* a, nint lda, int rows, int visible, T* b, nint ldb, int width, T alpha, bool isFirst)
        {
            T* c = target.At(head, g.Inner);
            Gemm.Run(new GemmProblem<T>
            {
                M = visible, N = width, K = rows, A = a, Lda = lda, TransA = true, B = b, Ldb = ldb, C = c, Ldc = target.Lead, Alpha = alpha, Beta = isFirst ? T.Zero : T.One,
            });
            for (int i = visible; isFirst && i < g.Keys; i++) new Span<T>(c + (i * target.Lead), width).Clear();
        }
    }

    static void Mask<T>(in AttentionProblem<T> g, int head, int query, T* scores, int count) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (g.Mask.IsGiven) Mask(scores, g.Mask.At(head, g.Inner) + (query * g.Mask.Lead), g.MaskMoves, (nuint)count);
    }

    /// <summary>Adds the mask; where it is −∞ the score is, whatever it was.</summary>
    [MethodImpl(Jit.Loop)]
    static void Mask<T>(T* scores, T* mask, bool moves, nuint n) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nuint width = (nuint)Vector512<T>.Count;
        Vector512<T> never = Vector512.Create(T.NegativeInfinity), one = Vector512.Create(*mask);
        for (nuint i = 0; i < n; i += width)
        {
            nuint left = Math.Min(width, n - i);
            Vector512<T> m = moves ? Tail.LoadUpTo(mask + i, left, default) : one;
            Tail.StoreUpTo(Vector512.ConditionalSelect(Vector512.Equals(m, never), never, Tail.LoadUpTo(scores + i, left, default) + m), scores + i, left);
        }
    }

    /// <summary>Softmax of a row in place; returns its greatest score and one over the sum.</summary>
    [MethodImpl(Jit.Loop)]
    static (T Greatest, T Inverse) Normalize<T>(T* row, nuint n) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nuint width = (nuint)Vector512<T>.Count;
        Vector512<T> least = Vector512.Create(T.NegativeInfinity), greatest = least, sum = default;
        for (nuint i = 0; i < n; i += width) greatest = Vector512.MaxNative(greatest, Tail.LoadUpTo(row + i, Math.Min(width, n - i), least));
        T top = LaneFold.Across<T, NativeGreatest<T>>(greatest);
        Vector512<T> tops = Vector512.Create(top);
        for (nuint i = 0; i < n; i += width)
        {
            nuint left = Math.Min(width, n - i);
            Vector512<T> e = VectorMath.ExpLow(Tail.LoadUpTo(row + i, left, least) - tops);
            sum += e;
            Tail.StoreUpTo(e, row + i, left);
        }
        T inverse = T.One / LaneFold.Across<T, Adding<T>>(sum);
        Vector512<T> scale = Vector512.Create(inverse);
        for (nuint i = 0; i < n; i += width)
        {
            nuint left = Math.Min(width, n - i);
            Tail.StoreUpTo(Tail.LoadUpTo(row + i, left, default) * scale, row + i, left);
        }
        return (top, inverse);
    }

    /// <summary>The weights of forward again, by the same operations.</summary>
    [MethodImpl(Jit.Loop)]
    static void Restore<T>(T* row, nuint n, T greatest, T inverse) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nuint width = (nuint)Vector512<T>.Count;
        Vector512<T> tops = Vector512.Create(greatest), scale = Vector512.Create(inverse);
        for (nuint i = 0; i < n; i += width)
        {
            nuint left = Math.Min(width, n - i);
            Tail.StoreUpTo(VectorMath.ExpLow(Tail.LoadUpTo(row + i, left, tops) - tops) * scale, row + i, left);
        }
    }

    /// <summary>slope = weight·(slope·factor − dot).</summary>
    [MethodImpl(Jit.Loop)]
    static void Slope<T>(T* weights, T* slopes, T* factors, T dot, nuint n) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nuint width = (nuint)Vector512<T>.Count;
        Vector512<T> dots = Vector512.Create(dot);
        for (nuint i = 0; i < n; i += width)
        {
            nuint left = Math.Min(width, n - i);
            Vector512<T> slope = Tail.LoadUpTo(slopes + i, left, default);
            if (factors is not null) slope *= Tail.LoadUpTo(factors + i, left, default);
            Tail.StoreUpTo(Tail.LoadUpTo(weights + i, left, default) * (slope - dots), slopes + i, left);
        }
    }

    [MethodImpl(Jit.Loop)]
    static void Multiply<T>(T* a, T* y, T* b, nuint n) where T : unmanaged
    {
        nuint width = (nuint)Vector512<T>.Count;
        for (nuint i = 0; i < n; i += width)
        {
            nuint left = Math.Min(width, n - i);
            Tail.StoreUpTo(Tail.LoadUpTo(a + i, left, default) * Tail.LoadUpTo(b + i, left, default), y + i, left);
        }
    }

    [MethodImpl(Jit.Loop)]
    static T Dot<T>(T* a, T* b, nuint n) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nuint width = (nuint)Vector512<T>.Count;
        Vector512<T> sum = default;
        for (nuint i = 0; i < n; i += width)
        {
            nuint left = Math.Min(width, n - i);
            sum += Tail.LoadUpTo(a + i, left, default) * Tail.LoadUpTo(b + i, left, default);
        }
        return LaneFold.Across<T, Adding<T>>(sum);
    }
}
