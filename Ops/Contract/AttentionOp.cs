using System.Numerics;
using Autograd.Kernels;

namespace Autograd;

/// <summary>
/// The results of all heads side by side, […, l, heads·v], from query […, l, heads·e], key […, s, heads·e] and value […, s, heads·v], which come as three inputs of
/// the same leading axes or, packed, as one in which they lie side by side. Then, each if there is one, a mask that is added to the scores and factors that the
/// weights are multiplied by, which broadcast to […, heads, l, s].
/// </summary>
// w = softmax(scale·q·kᵀ + m), y = (w∘f)·v   ⇒   dv = (w∘f)ᵀ·dy;  dw = dy·vᵀ∘f,  ds = w∘(dw − Σ dw∘w);  dq = scale·ds·k,  dk = scale·dsᵀ·q,  dm = ds,  df = dy·vᵀ∘w
sealed class AttentionOp(int heads, bool packed, bool masked, bool factored, bool isCausal, double scale) : Op, ISampled
{
    // What this call left for backward: the weights, or the greatest score of each row and one over the sum of its exponentials.
    Tensor? _weights, _statistics;

    int MaskAt => packed ? 1 : 3;

    int FactorsAt => masked ? MaskAt + 1 : MaskAt;

    public static IEnumerable<Sample> Samples =>
    [
        new(x => Tensor.ScaledDotProductAttention(x[0], x[1], x[2]), new([2, 3, 4]), new([2, 5, 4]), new([2, 5, 2])),
        new(x => Tensor.ScaledDotProductAttention(x[0], x[1], x[1], x[2], isCausal: true), new([4, 3]), new([3, 3]), new([4, 3])),
        new(x => Tensor.MultiHeadAttention(x[0], x[0], x[0], x[1], null, x[2], null, 2, needWeights: false).Output, new([2, 3, 4]), new([12, 4]), new([4, 4])),
        new(x => new AttentionOp(2, true, true, true, false, 0.5).Apply(x[0], x[1], x[2]), new([3, 12]), new([2, 3, 3]), new([2, 3, 3])),
    ];

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Throw.IfNotFloating(this, inputs);
        Tensor query = inputs[0];
        int width = packed ? query.Shape[-1] / 3 : inputs[2].Shape[-1];
        Tensor y = Tensor.Empty(query.Shape.With(query.Rank - 1, width), query.DType);
        if (y.Count == 0) return y;
        int rows = y.Count / width * heads, keys = inputs[packed ? 0 : 1].Shape[-2];
        if (AttentionKernels.Keeps(rows, keys)) _weights = Tensor.Empty([rows, AttentionKernels.Lead(keys)], y.DType);
        else _statistics = Tensor.Empty([2, rows], y.DType);
        if (keys == 0) y.Fill(0);
        else if (y.DType == DType.Float32) Run<float>(inputs, y, null, []);
        else Run<double>(inputs, y, null, []);
        return y;
    }

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        Tensor[] inputs = Inputs(values);
        bool composed = false;
        for (int i = 0; i < inputs.Length; i++) composed |= inputs[i].Count == 0 || (i >= MaskAt && gradients.Needs(i));
        if (composed)
        {
            base.Backward(dy, values, gradients);
            return;
        }
        // Of its own memory even where a gradient has some already: two of the inputs may be one tensor.
        Tensor?[] d = new Tensor?[MaskAt];
        for (int i = 0; i < d.Length; i++) d[i] = gradients.Needs(i) ? Tensor.Empty(values.Shape(i), dy.DType) : null;
        if (dy.DType == DType.Float32) Run<float>(inputs, values.Y, dy, d);
        else Run<double>(inputs, values.Y, dy, d);
        for (int i = 0; i < d.Length; i++)
        {
            if (d[i] is { } dx) gradients.Add(i, dx);
        }
    }

    /// <summary>Forward, or backward where there is a gradient.</summary>
    unsafe void Run<T>(ReadOnlySpan<Tensor> inputs, Tensor y, Tensor? dy, ReadOnlySpan<Tensor?> d) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape scores = [.. y.Shape.Sizes[..^2], heads, y.Shape[-2], inputs[packed ? 0 : 1].Shape[-2]];
        Tensor? mask = masked ? inputs[MaskAt].ExpandView(scores) : null, factors = factored ? inputs[FactorsAt].ExpandView(scores).Dense() : null;
        if (mask is not null && mask.Strides[^1] == 0) mask = mask.Slice(-1, 0, 1);
        int rows = y.Count / y.Shape[-1] * heads;
        (Heads q, Heads k, Heads v, Heads m, Heads f) = (Part(inputs, 0), Part(inputs, 1), Part(inputs, 2), Heads.OfScores(mask, heads), Heads.OfScores(factors, heads));
        (Heads result, Heads gradient, Heads dq, Heads dk, Heads dv) = (new(y, heads), new(dy, heads), Part(d, 0), Part(d, 1), Part(d, 2));
        fixed (T* pq = q.Span<T>(), pk = k.Span<T>(), pv = v.Span<T>(), py = result.Span<T>(), pdy = gradient.Span<T>(), pm = m.Span<T>(), pf = f.Span<T>())
        fixed (T* pdq = dq.Span<T>(), pdk = dk.Span<T>(), pdv = dv.Span<T>(), weights = Memory<T>(_weights), statistics = Memory<T>(_statistics))
        {
            AttentionProblem<T> problem = new()
            {
                Count = rows / y.Shape[-2], Inner = q.Inner, Queries = scores[-2], Keys = scores[-1],
                Width = q.Width, ValueWidth = v.Width, IsCausal = isCausal, Scale = T.CreateTruncating(scale),
                Q = new(pq, q.Layout), K = new(pk, k.Layout), V = new(pv, v.Layout), Y = new(py, result.Layout), DY = new(pdy, gradient.Layout),
                Mask = new(pm, m.Layout), MaskMoves = mask is not null && mask.Shape[-1] > 1, Factors = new(pf, f.Layout),
                Weights = weights, Greatest = statistics, Inverse = statistics + (statistics is null ? 0 : rows),
                DQ = new(pdq, dq.Layout), DK = new(pdk, dk.Layout), DV = new(pdv, dv.Layout),
            };
            if (dy is null) AttentionKernels.Forward(problem);
            else AttentionKernels.Backward(problem);
        }
    }

    static ReadOnlySpan<T> Memory<T>(Tensor? x) where T : unmanaged => x is null ? default : x.AsSpan<T>();

    /// <summary>The matrices of query, key or value, or of their gradients, if there are any.</summary>
    Heads Part(ReadOnlySpan<Tensor?> tensors, int part) => tensors.IsEmpty ? default : packed ? new(tensors[0], heads, part, 3) : new(tensors[part], heads);

    /// <summary>Query, key and value; of a packed tensor, its three parts.</summary>
    Tensor[] Parts(ReadOnlySpan<Tensor> inputs) => packed ? inputs[0].Split(inputs[0].Shape[-1] / 3, -1) : inputs[..3].ToArray();

    protected override Tensor? Batch(BatchedInputs inputs)
    {
        Tensor[] values = new Tensor[inputs.Values.Length];
        for (int i = 0; i < values.Length; i++) values[i] = i < MaskAt ? inputs.Full(i) : inputs.Aligned(i, inputs.Shape(0).Rank + 1);
        return new AttentionOp(heads, packed, masked, factored, isCausal, scale).Apply(values);
    }

    protected override Tensor Vjp(int input, Tensor dy, Recorded values)
    {
        Steps now = StepsOf(Inputs(values));
        dy = Attention.SplitHeads(dy, heads);
        Tensor dv = now.Used.T.MatMul(dy);
        if (!packed && input == 2) return Joined(dv);
        Tensor dw = dy.MatMul(now.V.T);
        if (factored && input == FactorsAt) return (dw * now.Weights).SumTo(values.Shape(input));
        if (now.Factors is not null) dw *= now.Factors;
        Tensor ds = now.Weights * (dw - (dw * now.Weights).Sum(-1, keepAxis: true));
        if (masked && input == MaskAt) return ds.SumTo(values.Shape(input));
        if (!packed) return Joined((input == 0 ? ds.MatMul(now.K) : ds.T.MatMul(now.Q)) * scale);
        return Tensor.Concat([Joined(ds.MatMul(now.K) * scale), Joined(ds.T.MatMul(now.Q) * scale), Joined(dv)], -1);
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y)
    {
        Steps now = StepsOf(inputs);
        Tensor[] moved = [.. Parts(Tangents(inputs[..MaskAt], tangents)).Select(t => Attention.SplitHeads(t, heads))];
        Tensor ds = (moved[0].MatMul(now.K.T) + now.Q.MatMul(moved[1].T)) * scale;
        if (masked && tangents[MaskAt] is { } dm) ds += dm;
        Tensor dw = now.Weights * (ds - (now.Weights * ds).Sum(-1, keepAxis: true));
        if (now.Factors is not null) dw *= now.Factors;
        if (factored && tangents[FactorsAt] is { } df) dw += now.Weights * df;
        return Joined(dw.MatMul(now.V) + now.Used.MatMul(moved[2]));
    }

    static Tensor[] Tangents(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents)
    {
        Tensor[] all = new Tensor[inputs.Length];
        for (int i = 0; i < all.Length; i++) all[i] = tangents[i] ?? Tensor.Zeros(inputs[i].Shape, inputs[i].DType);
        return all;
    }

    static Tensor[] Inputs(Recorded values)
    {
        Tensor[] inputs = new Tensor[values.Count];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = values.Input(i);
        return inputs;
    }

    /// <summary>The same by recorded ops.</summary>
    Steps StepsOf(ReadOnlySpan<Tensor> inputs)
    {
        Tensor[] parts = Parts(inputs);
        (Tensor q, Tensor k, Tensor v) = (Attention.SplitHeads(parts[0], heads), Attention.SplitHeads(parts[1], heads), Attention.SplitHeads(parts[2], heads));
        Tensor weights = Attention.Weights(q, k, masked ? inputs[MaskAt] : null, isCausal, scale);
        Tensor? factors = factored ? inputs[FactorsAt] : null;
        return new(q, k, v, weights, factors, factors is null ? weights : weights * factors);
    }

    static Tensor Joined(Tensor x) => Attention.JoinHeads(x);

    /// <summary>Query, key and value by heads, the weights, and what of them reaches the values.</summary>
    readonly record struct Steps(Tensor Q, Tensor K, Tensor V, Tensor Weights, Tensor? Factors, Tensor Used);

    /// <summary>The matrices of all heads in […, rows, heads·width], read where they are if their distances are regular.</summary>
    readonly struct Heads
    {
        readonly Tensor? _memory;
        readonly int _offset;

        public readonly HeadLayout Layout;

        /// <summary>How many matrices lie at the inner distance: those of a sample, or of the last axis in front where there is one head.</summary>
        public readonly int Inner = 1;

        /// <summary>Columns of a matrix.</summary>
        public readonly int Width;

        /// <param name="x">[…, rows, parts·heads·width].</param>
        /// <param name="heads">How many lie side by side.</param>
        /// <param name="part">Which of the parts is read.</param>
        /// <param name="parts">Their number.</param>
        public Heads(Tensor? x, int heads, int part = 0, int parts = 1)
        {
            if (x is null) return;
            int columns = x.Shape[-1] / parts;
            (Width, _offset) = (columns / heads, part * columns);
            if (!TryRead(x, heads, Width, out Layout, out Inner)) TryRead(x = x.Dense(), heads, Width, out Layout, out Inner);
            _memory = x.IsDense ? x : Matrices.Flat(x);
        }

        /// <summary>Those of […, heads, l, s]; the axis of one head is left out, as it is where heads lie side by side.</summary>
        public static Heads OfScores(Tensor? x, int heads) => new(x is not null && heads == 1 ? x.Select(-3, 0) : x, 1);

        /// <summary>From the first element on. What is written there is memory of this call's own, whose changes nobody has to be told.</summary>
        public ReadOnlySpan<T> Span<T>() where T : unmanaged => _memory is null ? default : _memory.AsSpan<T>()[_offset..];

        static bool TryRead(Tensor x, int heads, int width, out HeadLayout layout, out int inner)
        {
            ReadOnlySpan<int> sizes = x.Shape.Sizes, strides = x.Strides;
            int axes = x.Rank - 2, step = width, outer = 0;
            inner = heads;
            bool fits = (sizes[^1] == 1 || strides[^1] == 1) && (sizes[^2] == 1 || strides[^2] >= 0);
            if (heads == 1) (inner, step) = axes == 0 ? (1, 0) : (sizes[axes - 1], strides[--axes]);
            fits &= inner == 1 || step >= 0;
            long next = -1;
            for (int i = axes - 1; i >= 0; i--)
            {
                if (sizes[i] == 1) continue;
                if (next < 0) outer = strides[i];
                fits &= strides[i] >= 0 && (next < 0 || strides[i] == next);
                next = (long)strides[i] * sizes[i];
            }
            layout = new(outer, step, strides[^2]);
            return fits;
        }
    }
}
