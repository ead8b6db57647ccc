using Autograd.Kernels;

namespace Autograd.Bench.ByHand;

/// <summary>Whole nets.</summary>
static class HandNets
{
    /// <summary>2-2-1 with sigmoids and half the sum of squared errors.</summary>
    public static HandCase Xor()
    {
        Tensor x = Tensor.From(new float[,] { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } }), target = Tensor.From(new float[,] { { 0 }, { 1 }, { 1 }, { 0 } });
        Generator random = new(1986);
        HandLinear first = Linear(4, 2, 2, random), second = Linear(4, 2, 1, random);
        float[] dHidden = new float[8], e = new float[4], squares = new float[4], loss = new float[1], dy = new float[4];
        (Tensor Leaf, float[] ByHand)[] all = [first.Weight, first.Bias, second.Weight, second.Bias];
        return new("xor 2-2-1", Tape, Hand, all);

        void Tape()
        {
            using TapeScope scope = Autograd.Tape.Scope();
            foreach ((Tensor leaf, _) in all) leaf.ZeroGrad();
            Tensor error = Apply(Apply(x, first, Activation.Sigmoid), second, Activation.Sigmoid) - target;
            (0.5 * error.Square().Sum()).Backward();
        }

        void Hand()
        {
            float[] hidden = Overwrite<SigmoidOp>(first.Forward(x.AsSpan<float>())), y = Overwrite<SigmoidOp>(second.Forward(hidden));
            ReadOnlySpan<float> wanted = target.AsSpan<float>();
            for (int i = 0; i < e.Length; i++) e[i] = y[i] - wanted[i];
            MapKernels.Forward<SquareOp, float>(default, e, squares);
            loss[0] = 0.5f * FoldKernels.Total<float, Adding<float>>(squares);
            // The gradient of ½·Σe² is e.
            MapKernels.Backward<SigmoidOp, float>(default, e, [], y, dy, fresh: true);
            second.Backward(dy, hidden, dHidden);
            MapKernels.Backward<SigmoidOp, float>(default, dHidden, [], hidden, dHidden, fresh: true);
            first.Backward(dHidden, x.AsSpan<float>(), []);
        }
    }

    /// <summary>784-128-10 with tanh and cross-entropy, 64 samples.</summary>
    public static HandCase MlpSmall()
    {
        const int n = 64;
        Generator random = new(1986);
        Tensor x = Tensor.Normal([n, 784], random), labels = Labels(n, 10, random);
        HandLinear first = Linear(n, 784, 128, random), second = Linear(n, 128, 10, random);
        HandCrossEntropy loss = new(labels.ToArray<long>(), 10);
        float[] dHidden = new float[n * 128];
        (Tensor Leaf, float[] ByHand)[] all = [first.Weight, first.Bias, second.Weight, second.Bias];
        return new("mlp_small 784-128-10", Tape, Hand, all);

        void Tape()
        {
            using TapeScope scope = Autograd.Tape.Scope();
            foreach ((Tensor leaf, _) in all) leaf.ZeroGrad();
            Loss.CrossEntropy(Apply(Apply(x, first, Activation.Tanh), second), labels).Backward();
        }

        void Hand()
        {
            float[] hidden = Overwrite<TanhOp>(first.Forward(x.AsSpan<float>())), logits = second.Forward(hidden);
            loss.Forward(logits);
            second.Backward(loss.Backward(logits), hidden, dHidden);
            MapKernels.Backward<TanhOp, float>(default, dHidden, [], hidden, dHidden, fresh: true);
            first.Backward(dHidden, x.AsSpan<float>(), []);
        }
    }

    /// <summary>LeNet-5 with tanh and average pooling, 64 images of 32 × 32.</summary>
    public static HandCase LeNet5()
    {
        const int n = 64;
        Generator random = new(1998);
        Tensor x = Tensor.Normal([n, 1, 32, 32], random), labels = Labels(n, 10, random);
        HandConvolution conv1 = Convolution(new(n, 1, 32, 32, 6, 5, 5), random), conv2 = Convolution(new(n, 6, 14, 14, 16, 5, 5), random);
        HandLinear full1 = Linear(n, 400, 120, random), full2 = Linear(n, 120, 84, random), full3 = Linear(n, 84, 10, random);
        HandCrossEntropy loss = new(labels.ToArray<long>(), 10);
        float[] d1 = new float[n * 120], d2 = new float[n * 84];
        float[] dPool1 = new float[conv1.Y.Length], dPool2 = new float[conv2.Y.Length];
        (Tensor Leaf, float[] ByHand)[] all =
            [conv1.Weight, conv1.Bias, conv2.Weight, conv2.Bias, full1.Weight, full1.Bias, full2.Weight, full2.Bias, full3.Weight, full3.Bias];
        return new("LeNet-5", Tape, Hand, all);

        void Tape()
        {
            using TapeScope scope = Autograd.Tape.Scope();
            foreach ((Tensor leaf, _) in all) leaf.ZeroGrad();
            Tensor y = Filter(Filter(x, conv1), conv2).Flatten(1);
            Loss.CrossEntropy(Apply(Apply(Apply(y, full1, Activation.Tanh), full2, Activation.Tanh), full3), labels).Backward();
        }

        void Hand()
        {
            ReadOnlySpan<float> images = x.AsSpan<float>();
            float[] h1 = Overwrite<TanhOp>(full1.Forward(conv2.Forward(conv1.Forward(images)))), h2 = Overwrite<TanhOp>(full2.Forward(h1));
            float[] logits = full3.Forward(h2);
            loss.Forward(logits);
            full3.Backward(loss.Backward(logits), h2, d2);
            MapKernels.Backward<TanhOp, float>(default, d2, [], h2, d2, fresh: true);
            full2.Backward(d2, h1, d1);
            MapKernels.Backward<TanhOp, float>(default, d1, [], h1, d1, fresh: true);
            full1.Backward(d1, conv2.Y, dPool2);
            conv2.Backward(dPool2, conv1.Y, dPool1);
            conv1.Backward(dPool1, images, []);
        }
    }

    static Tensor Apply(Tensor x, HandLinear layer, Activation activation = Activation.Identity) => x.Linear(layer.Weight.Leaf, layer.Bias.Leaf, activation);

    static Tensor Filter(Tensor x, HandConvolution layer) => x.Conv2d(layer.Weight.Leaf, layer.Bias.Leaf, activation: Activation.Tanh).AvgPool2d(2);

    static float[] Overwrite<TOp>(float[] sums) where TOp : struct, IUnaryOp
    {
        MapKernels.Forward<TOp, float>(default, sums, sums);
        return sums;
    }

    static HandLinear Linear(int rows, int inputs, int outputs, Generator random) =>
        new(rows, Tensor.Normal([outputs, inputs], random, std: 1 / Math.Sqrt(inputs)), Tensor.Normal([outputs], random, std: 0.1));

    static HandConvolution Convolution(Conv2dGeometry g, Generator random) =>
        new(g, Tensor.Normal([g.OutC, g.C, g.KH, g.KW], random, std: 0.2), Tensor.Normal([g.OutC], random, std: 0.1));

    public static Tensor Labels(int count, int classes, Generator random)
    {
        long[] labels = new long[count];
        for (int i = 0; i < count; i++) labels[i] = random.NextInt(classes);
        return Tensor.From(labels);
    }
}
