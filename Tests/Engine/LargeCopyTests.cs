using Autograd.Tests.Support;

namespace Autograd.Tests.Engine;

/// <summary>Copies that threads share.</summary>
[NonParallelizable]
public sealed class LargeCopyTests : ThreadsFixture
{
    static readonly Func<Tensor, Tensor>[] Views =
    [
        x => x, x => x.T, x => x.Reshape(33, 17, -1).Permute(1, 0, 2), x => x.Reshape(33, 17, -1).Permute(2, 0, 1), x => x.Reshape(3, 187, -1).Permute(0, 2, 1),
        x => x.Flip(0, 1), x => x.Reshape(-1).Flip(0), x => x.Reshape(-1).Slice(0, 1, null, 2), x => x.Reshape(-1).Slice(0, null, null, 3), x => x.Slice(1, 2, null, 2),
        x => x.Slice(0, 5, 6).Expand([200, 600]), x => x.Slice(1, 5, 6).Expand([561, 600]), x => x.Reshape(17, 33, -1).Slice(2, 7, 400).Transpose(0, 1),
    ];

    [Test]
    public void Copy_OnSeveralThreads_EqualsThatOnOne([Values(2, 5)] int threads, [Range(0, 12)] int view, [Values(DType.Float32, DType.Float64)] DType dtype)
    {
        Tensor x = Tensor.Uniform([561, 600], new Generator(3), dtype: dtype), strided = Views[view](x).Detach();
        Parallelism.Threads = 1;
        double[] alone = Numbers(strided);
        Parallelism.Threads = threads;
        Assert.That(Numbers(strided), Is.EqualTo(alone));
    }

    // A number written for each, so that what no piece has written is seen.
    static double[] Numbers(Tensor x)
    {
        Tensor copy = Tensor.Full(x.Shape, double.NaN, x.DType);
        copy.CopyFrom(x);
        return x.DType == DType.Float64 ? copy.ToArray<double>() : Array.ConvertAll(copy.ToArray<float>(), number => (double)number);
    }
}
