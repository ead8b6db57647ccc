using System.Numerics;
using Autograd.Kernels;

namespace Autograd;

/// <summary>An affine map of every channel of x [n, channels, …]: batch normalisation with fixed statistics. The inputs are x, m, f and, where there is one, b.</summary>
// y = (x − m)·f + b   ⇒   dx = dy·f,  dm = −f·Σ dy,  df = Σ dy·(x − m),  db = Σ dy over each channel
// A rectified y has the dy of the numbers that it keeps, 0 elsewhere.
sealed class ChannelMapOp(bool relu) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        new(x => new ChannelMapOp(false).Apply(x[0], x[1], x[2], x[3]), new SampleInput([3, 2, 2, 3]), new SampleInput([2]), new SampleInput([2]), new SampleInput([2])),
        new(x => new ChannelMapOp(false).Apply(x[0], x[1], x[2]), new SampleInput([4, 20]), new SampleInput([20]), new SampleInput([20])),
        new(x => new ChannelMapOp(true).Apply(x[0], x[1], x[2], x[3]), new SampleInput([3, 2, 2]), new SampleInput([2]), new SampleInput([2]), new SampleInput([2])),
    ];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) =>
        Saved.C | (inputs[2].RequiresGrad ? Saved.A | Saved.B : Saved.Nothing) | (relu ? Saved.Output : Saved.Nothing);

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0].Dense(), m = inputs[1].Dense(), f = inputs[2].Dense(), y = Tensor.Empty(x.Shape, x.DType);
        Tensor? b = inputs.Length > 3 ? inputs[3].Dense() : null;
        if (x.DType == DType.Float32) Forward<float>(x, m, f, b, y);
        else Forward<double>(x, m, f, b, y);
        return y;
    }

    void Forward<T>(Tensor x, Tensor m, Tensor f, Tensor? b, Tensor y) where T : unmanaged, IBinaryFloatingPointIeee754<T> => ChannelMapKernels.Forward(
        x.AsSpan<T>(), AxisSplit.Of(x.Shape, 1).Inner, m.AsSpan<T>(), f.AsSpan<T>(), b is null ? [] : b.AsSpan<T>(), relu, y.AsWritableSpan<T>());

    // Channels of different samples are different channels.
    protected override Tensor? Batch(BatchedInputs inputs)
    {
        int samples = inputs.Count, channels = inputs.Shape(0)[1];
        Tensor[] all = inputs.Full();
        Tensor x = all[0].Transpose(0, 1);
        Shape apart = x.Shape;
        all[0] = x.Reshape([apart[0], samples * channels, .. apart.Sizes[3..]]);
        for (int i = 1; i < all.Length; i++) all[i] = all[i].Reshape(samples * channels);
        return Apply(all).Reshape(apart.Sizes).Transpose(0, 1);
    }

    protected override Tensor Vjp(int input, Tensor dy, Recorded values)
    {
        if (relu) dy = BatchNormOp.Rectify(dy, values.Y);
        AxisSet over = BatchNormOp.Over(dy.Shape);
        return input switch
        {
            0 => dy * values.C.Spread(dy.Shape, over),
            1 => -(values.C * dy.SumOver(over, false)),
            2 => (dy * (values.A - values.B.Spread(dy.Shape, over))).SumOver(over, false),
            _ => dy.SumOver(over, false),
        };
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y)
    {
        Shape shape = y.Shape;
        AxisSet over = BatchNormOp.Over(shape);
        Tensor? dy = tangents[0] is { } dx ? dx * inputs[2].Spread(shape, over) : null;
        if (tangents[1] is { } dm) dy = Tangents.Plus(dy, -(dm * inputs[2]).Spread(shape, over));
        if (tangents[2] is { } df) dy = Tangents.Plus(dy, (inputs[0] - inputs[1].Spread(shape, over)) * df.Spread(shape, over));
        if (inputs.Length > 3 && tangents[3] is { } db) dy = Tangents.Plus(dy, db.Spread(shape, over));
        return dy is not null && relu ? BatchNormOp.Rectify(dy, y) : dy;
    }

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        dy = relu ? BatchNormOp.Rectify(dy, values.Y).Dense() : dy.Dense();
        if (dy.DType == DType.Float32) Backward<float>(dy, values, gradients);
        else Backward<double>(dy, values, gradients);
    }

    void Backward<T>(Tensor dy, Recorded values, Gradients gradients) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Tensor f = values.C.Dense();
        int inner = AxisSplit.Of(dy.Shape, 1).Inner;
        if (gradients.Needs(0))
        {
            Tensor buffer = gradients.Buffer(0, out bool fresh), dx = fresh ? buffer : Tensor.Empty(dy.Shape, dy.DType), zero = Filled(f, T.Zero);
            ChannelMapKernels.Forward(dy.AsSpan<T>(), inner, zero.AsSpan<T>(), f.AsSpan<T>(), [], false, dx.AsWritableSpan<T>());
            if (!fresh) gradients.Add(0, dx);
        }
        Tensor? sums = null;
        if (gradients.Needs(2))
        {
            Tensor x = values.A.Dense(), m = values.B.Dense(), sum = Tensor.Empty(f.Shape, f.DType), dot = Tensor.Empty(f.Shape, f.DType), one = Filled(f, T.One);
            ChannelNormKernels.Backward(
                dy.AsSpan<T>(), x.AsSpan<T>(), inner, [], [], m.AsSpan<T>(), one.AsSpan<T>(), false, null, [], sum.AsWritableSpan<T>(), dot.AsWritableSpan<T>(), [], true);
            gradients.Add(2, dot);
            sums = sum;
        }
        bool offset = values.Count > 3 && gradients.Needs(3);
        if (!offset && !gradients.Needs(1)) return;
        sums ??= dy.SumOver(BatchNormOp.Over(dy.Shape), false);
        if (gradients.Needs(1)) gradients.Add(1, -(f * sums));
        if (offset) gradients.Add(3, sums);
    }

    static Tensor Filled<T>(Tensor like, T value) where T : unmanaged
    {
        Tensor filled = Tensor.Empty(like.Shape, like.DType);
        filled.AsWritableSpan<T>().Fill(value);
        return filled;
    }
}
