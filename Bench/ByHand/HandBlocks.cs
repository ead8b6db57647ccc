using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Autograd.Kernels;

namespace Autograd.Bench.ByHand;

/// <summary>Parts of nets.</summary>
static class HandBlocks
{
    /// <summary>A step of long short-term memory, 32 samples, 64 inputs and 128 states, with given gradients of both results.</summary>
    public static HandCase LstmCell()
    {
        const int n = 32, inputs = 64, hidden = 128;
        Generator random = new(1997);
        HandLinear fromInput = Gates(inputs), fromState = Gates(hidden);
        Tensor x = Normal(inputs), h = Normal(hidden), c = Normal(hidden), dh = Normal(hidden), dc = Normal(hidden);
        (Tensor Leaf, float[] ByHand) state = HandCase.Pair(h), memory = HandCase.Pair(c);
        float[] gates = new float[n * 4 * hidden], dGates = new float[n * 4 * hidden], nextC = new float[n * hidden], nextH = new float[n * hidden];
        (Tensor Leaf, float[] ByHand)[] all = [state, memory, fromInput.Weight, fromInput.Bias, fromState.Weight, fromState.Bias];
        RecurrentWeights weights = new(fromInput.Weight.Leaf, fromState.Weight.Leaf, fromInput.Bias.Leaf, fromState.Bias.Leaf);
        return new("LSTM cell", Tape, Hand, all);

        HandLinear Gates(int size) => new(n, Tensor.Normal([4 * hidden, size], random, std: 0.1), Tensor.Normal([4 * hidden], random, std: 0.1));

        Tensor Normal(int size) => Tensor.Normal([n, size], random);

        void Tape()
        {
            using TapeScope scope = Autograd.Tape.Scope();
            foreach ((Tensor leaf, _) in all) leaf.ZeroGrad();
            (Tensor newH, Tensor newC) = Recurrent.LstmCell(x, h, c, weights);
            ((newH * dh).Sum() + (newC * dc).Sum()).Backward();
        }

        void Hand()
        {
            float[] a = fromInput.Forward(x.AsSpan<float>()), b = fromState.Forward(h.AsSpan<float>());
            LstmForward(a, b, c.AsSpan<float>(), gates, nextC, nextH, hidden);
            LstmBackward(dh.AsSpan<float>(), dc.AsSpan<float>(), gates, c.AsSpan<float>(), nextC, dGates, memory.ByHand, hidden);
            fromInput.Backward(dGates, x.AsSpan<float>(), []);
            fromState.Backward(dGates, h.AsSpan<float>(), state.ByHand);
        }
    }

    // c' = σ(f)·c + σ(i)·tanh(g), h' = σ(o)·tanh(c'); the gates i, f, g, o lie side by side in a row.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void LstmForward(
        ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c, Span<float> gates, Span<float> nextC, Span<float> nextH, int hidden)
    {
        fixed (float* pa = a, pb = b, pc = c, pg = gates, pnc = nextC, pnh = nextH)
        {
            for (int at = 0; at < c.Length; at += Vector512<float>.Count)
            {
                int row = (at / hidden * 4 * hidden) + (at % hidden);
                Vector512<float> i = VectorMath.Sigmoid(Vector512.Load(pa + row) + Vector512.Load(pb + row));
                Vector512<float> f = VectorMath.Sigmoid(Vector512.Load(pa + row + hidden) + Vector512.Load(pb + row + hidden));
                Vector512<float> g = VectorMath.Tanh(Vector512.Load(pa + row + (2 * hidden)) + Vector512.Load(pb + row + (2 * hidden)));
                Vector512<float> o = VectorMath.Sigmoid(Vector512.Load(pa + row + (3 * hidden)) + Vector512.Load(pb + row + (3 * hidden)));
                Vector512<float> next = (f * Vector512.Load(pc + at)) + (i * g);
                i.Store(pg + row);
                f.Store(pg + row + hidden);
                g.Store(pg + row + (2 * hidden));
                o.Store(pg + row + (3 * hidden));
                next.Store(pnc + at);
                (o * VectorMath.Tanh(next)).Store(pnh + at);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void LstmBackward(
        ReadOnlySpan<float> dh, ReadOnlySpan<float> dc, ReadOnlySpan<float> gates, ReadOnlySpan<float> c, ReadOnlySpan<float> nextC, Span<float> dGates, Span<float> dMemory, int hidden)
    {
        Vector512<float> one = Vector512<float>.One;
        fixed (float* pdh = dh, pdc = dc, pg = gates, pc = c, pnc = nextC, pdg = dGates, pdm = dMemory)
        {
            for (int at = 0; at < c.Length; at += Vector512<float>.Count)
            {
                int row = (at / hidden * 4 * hidden) + (at % hidden);
                Vector512<float> i = Vector512.Load(pg + row), f = Vector512.Load(pg + row + hidden), g = Vector512.Load(pg + row + (2 * hidden)), o = Vector512.Load(pg + row + (3 * hidden));
                Vector512<float> t = VectorMath.Tanh(Vector512.Load(pnc + at)), upstream = Vector512.Load(pdh + at);
                Vector512<float> d = Vector512.Load(pdc + at) + (upstream * o * ((one - t) * (one + t)));
                (d * g * (i * (one - i))).Store(pdg + row);
                (d * Vector512.Load(pc + at) * (f * (one - f))).Store(pdg + row + hidden);
                (d * i * ((one - g) * (one + g))).Store(pdg + row + (2 * hidden));
                (upstream * t * (o * (one - o))).Store(pdg + row + (3 * hidden));
                (d * f).Store(pdm + at);
            }
        }
    }

    /// <summary>1,024 rows of 128 with factors and offsets, and a given gradient of the result.</summary>
    public static HandCase LayerNorm()
    {
        const int rows = 1024, n = 128;
        Generator random = new(2016);
        Tensor dy = Tensor.Normal([rows, n], random);
        (Tensor Leaf, float[] ByHand) x = HandCase.Pair(Tensor.Normal([rows, n], random)), w = HandCase.Pair(Tensor.Normal([n], random)), b = HandCase.Pair(Tensor.Normal([n], random));
        float[] mean = new float[rows], scale = new float[rows], y = new float[rows * n];
        return new("layer norm", Tape, Hand, [x, w, b]);

        void Tape()
        {
            using TapeScope scope = Autograd.Tape.Scope();
            x.Leaf.ZeroGrad();
            w.Leaf.ZeroGrad();
            b.Leaf.ZeroGrad();
            x.Leaf.LayerNorm(w.Leaf, b.Leaf).Backward(dy);
        }

        void Hand()
        {
            ReadOnlySpan<float> source = x.Leaf.AsSpan<float>(), weight = w.Leaf.AsSpan<float>(), upstream = dy.AsSpan<float>();
            RowNormKernels.Forward(source, weight, b.Leaf.AsSpan<float>(), n, true, 1e-5, mean, scale, y);
            RowNormKernels.Backward(upstream, source, weight, n, 1, true, mean, scale, x.ByHand, fresh: true, w.ByHand, freshW: true, b.ByHand, freshB: true);
        }
    }

    /// <summary>The mean cross-entropy of 1,024 rows of 100 logits.</summary>
    public static HandCase CrossEntropy()
    {
        const int rows = 1024, classes = 100;
        Generator random = new(2012);
        Tensor labels = HandNets.Labels(rows, classes, random), logits = Tensor.Normal([rows, classes], random);
        HandCrossEntropy loss = new(labels.ToArray<long>(), classes);
        logits.RequiresGrad = true;
        return new("softmax cross-entropy", Tape, Hand, [(logits, loss.DX)]);

        void Tape()
        {
            using TapeScope scope = Autograd.Tape.Scope();
            logits.ZeroGrad();
            Loss.CrossEntropy(logits, labels).Backward();
        }

        void Hand()
        {
            loss.Forward(logits.AsSpan<float>());
            loss.Backward(logits.AsSpan<float>());
        }
    }
}
