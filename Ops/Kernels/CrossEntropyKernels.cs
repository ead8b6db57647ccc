using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Cross entropy over the middle axis of [outer, classes, inner], from the statistics of <see cref="SoftmaxKernels.LogSum"/>.</summary>
static unsafe class CrossEntropyKernels
{
    /// <summary>The losses of all places: the label's part, and the smoothed part over all classes; ignored places give 0.</summary>
    /// <param name="x">Logits.</param>
    /// <param name="labels">Class numbers, or the ignored one.</param>
    /// <param name="weights">One weight a class, or empty.</param>
    /// <param name="max">Greatest logit of each place.</param>
    /// <param name="logSum">ln Σ e^(x − max) of each place.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="inner">Elements after the class axis.</param>
    /// <param name="ignored">The class number that does not count.</param>
    /// <param name="smoothing">The part of the target that is spread evenly.</param>
    /// <param name="losses">The results.</param>
    public static void Losses<T>(
        ReadOnlySpan<T> x, ReadOnlySpan<long> labels, ReadOnlySpan<T> weights, ReadOnlySpan<T> max, ReadOnlySpan<T> logSum,
        int classes, int inner, long ignored, double smoothing, Span<T> losses) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T sharp = T.CreateTruncating(1 - smoothing), even = T.CreateTruncating(smoothing / classes);
        for (int k = 0; k < losses.Length; k++)
        {
            long label = labels[k];
            if (label == ignored)
            {
                losses[k] = T.Zero;
                continue;
            }
            int start = (k / inner * classes * inner) + (k % inner);
            T loss = logSum[k] - (x[start + ((int)label * inner)] - max[k]);
            if (!weights.IsEmpty) loss *= weights[(int)label];
            if (smoothing != 0) loss = (sharp * loss) + (even * Spread(x, weights, start, classes, inner, max[k], logSum[k]));
            losses[k] = loss;
        }
    }

    /// <summary>Σ over classes of weight·(−log probability).</summary>
    static T Spread<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> weights, int start, int classes, int inner, T max, T logSum) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (inner == 1 && weights.IsEmpty) return (T.CreateTruncating(classes) * logSum) - Excess(x.Slice(start, classes), max);
        T sum = T.Zero;
        for (int c = 0; c < classes; c++)
        {
            T part = logSum - (x[start + (c * inner)] - max);
            sum += weights.IsEmpty ? part : weights[c] * part;
        }
        return sum;
    }

    /// <summary>Σ (x − max) over a row.</summary>
    static T Excess<T>(ReadOnlySpan<T> x, T max) where T : unmanaged, IFloatingPointIeee754<T>
    {
        fixed (T* px = x) return FoldRuns.Total<T, Adding<T>, ExcessRun<T>>(new(px, Vector512.Create(max)), x.Length);
    }

    readonly struct ExcessRun<T>(T* x, Vector512<T> max) : IRun<T> where T : unmanaged
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> At(nuint i) => Vector512.Load(x + i) - max;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Part(nuint i, nuint count, Vector512<T> neutral) => Tail.Load(x + i, count, max) - max;
    }

    /// <summary>dx = scale·(softmax x − target), each place by its own factor; added unless fresh.</summary>
    /// <param name="x">Logits.</param>
    /// <param name="max">Greatest logit of each place.</param>
    /// <param name="logSum">ln Σ e^(x − max) of each place.</param>
    /// <param name="mass">Upstream gradient times the total of the target, of each place.</param>
    /// <param name="even">What each place takes off all of its classes, the smoothed part of the target; or empty.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="inner">Elements after the class axis.</param>
    /// <param name="dx">Gets mass·softmax x − even; the target's part is subtracted by <see cref="SubtractTargets"/>.</param>
    /// <param name="fresh">Whether dx is overwritten.</param>
    public static void Probabilities<T>(
        ReadOnlySpan<T> x, ReadOnlySpan<T> max, ReadOnlySpan<T> logSum, ReadOnlySpan<T> mass, ReadOnlySpan<T> even, int classes, int inner, Span<T> dx, bool fresh)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (dx.IsEmpty) return;
        fixed (T* px = x, pm = max, ps = logSum, pg = mass, pe = even, pdx = dx)
        {
            SoftmaxKernels.Split(new Part<T>(px, pm, ps, pg, even.IsEmpty ? null : pe, pdx, classes, inner, fresh), mass.Length / inner, classes, new(inner, Vector512<T>.Count, 0));
        }
    }

    /// <summary>Takes the target times the upstream gradient off dx; its smoothed part only where it is to be spread here.</summary>
    public static void SubtractTargets<T>(
        ReadOnlySpan<long> labels, ReadOnlySpan<T> weights, ReadOnlySpan<T> dy, int classes, int inner, long ignored, double smoothing, Span<T> dx, bool spread)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T sharp = T.CreateTruncating(1 - smoothing), even = T.CreateTruncating(smoothing / classes);
        for (int k = 0; k < labels.Length; k++)
        {
            T d = dy[k];
            if (labels[k] == ignored || d == T.Zero) continue;
            int start = (k / inner * classes * inner) + (k % inner), label = (int)labels[k];
            dx[start + (label * inner)] -= d * sharp * (weights.IsEmpty ? T.One : weights[label]);
            if (smoothing == 0 || !spread) continue;
            for (int c = 0; c < classes; c++) dx[start + (c * inner)] -= d * even * (weights.IsEmpty ? T.One : weights[c]);
        }
    }

    readonly struct Part<T>(T* x, T* max, T* logSum, T* mass, T* even, T* dx, int classes, int inner, bool fresh) : SoftmaxKernels.IPart
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        [MethodImpl(Jit.Loop)]
        public void Run(int outer, int column, bool panel)
        {
            SoftmaxKernels.Walk walk = new(outer, column, classes, inner, Vector512<T>.Count);
            T* px = x + walk.Start, pdx = dx + walk.Start;
            nint place = inner == 1 ? outer : ((nint)outer * inner) + column;
            Vector512<T> top = At(max + place, walk.Lanes), log = At(logSum + place, walk.Lanes), scale = At(mass + place, walk.Lanes);
            Vector512<T> idle = Vector512.Equals(scale, Vector512<T>.Zero), shift = even is null ? default : At(even + place, walk.Lanes);
            nuint i = 0;
            for (; i < walk.Whole; i += walk.Step) Step(px + i, pdx + i, walk.Lanes, top, log, scale, shift, idle);
            if (walk.Left != 0) Step(px + i, pdx + i, walk.Left, top, log, scale, shift, idle);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector512<T> At(T* p, nuint lanes) => inner == 1 ? Vector512.Create(*p) : Tail.Load(p, lanes, default);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Step(T* px, T* pdx, nuint lanes, Vector512<T> top, Vector512<T> log, Vector512<T> scale, Vector512<T> shift, Vector512<T> idle)
        {
            Vector512<T> part = Vector512.AndNot(scale * VectorMath.ExpLow(Tail.LoadUpTo(px, lanes, default) - top - log), idle) - shift;
            Tail.StoreUpTo(fresh ? part : Tail.LoadUpTo(pdx, lanes, default) + part, pdx, lanes);
        }
    }
}
