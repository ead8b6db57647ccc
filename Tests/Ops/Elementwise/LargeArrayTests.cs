namespace Autograd.Tests.Ops;

/// <summary>Arrays that are shared by the threads, and those that are written past the caches, hold what small ones do.</summary>
[TestFixture]
[NonParallelizable]
public sealed class LargeArrayTests
{
    [Test]
    public void Arrays_beyond_the_caches_hold_what_their_parts_do()
    {
        const int count = (1 << 22) + 5;
        Tensor x = Normal(count), z = Normal(count), dy = Normal(count);
        Func<Tensor, Tensor, Tensor>[] functions = [(a, _) => a.Relu(), (a, _) => a.Gelu(), (a, b) => a * b, (a, b) => a / b];
        foreach (Func<Tensor, Tensor, Tensor> function in functions)
        {
            (float[] y, float[] dx, float[] dz) = Run(function, x, z, dy);
            foreach (int start in (int[])[0, (1 << 20) - 3, count - 77])
            {
                (float[] part, float[] dpart, float[] zpart) = Run(function, x.Slice(0, start, start + 77), z.Slice(0, start, start + 77), dy.Slice(0, start, start + 77));
                Assert.That(y[start..(start + 77)], Is.EqualTo(part));
                Assert.That(dx[start..(start + 77)], Is.EqualTo(dpart));
                Assert.That(dz[start..(start + 77)], Is.EqualTo(zpart));
            }
        }
    }

    [TestCase(new[] { 300, 501 }, new[] { 501 })]
    [TestCase(new[] { 300, 501 }, new[] { 300, 1 })]
    [TestCase(new[] { 300, 501 }, new int[0])]
    [TestCase(new[] { 7, 1, 2111, 3 }, new[] { 5, 1, 3 })]
    [TestCase(new[] { 2, 70001 }, new[] { 2, 1 })]
    public void Broadcast_operands_are_shared_by_the_threads(int[] a, int[] b)
    {
        int threads = Parallelism.Threads;
        try
        {
            Generator random = new(5);
            Tensor x = Tensor.Normal(Shape.Create(a), random), z = Tensor.Normal(Shape.Create(b), random), dy = Tensor.Normal((x * z).Shape, random);
            Parallelism.Threads = 1;
            (float[] y, float[] dx, float[] dz) = Run((x, z) => x / z, x, z, dy);
            float[] flat = [.. x.Expand(dy.Shape).ToArray<float>().Zip(z.Expand(dy.Shape).ToArray<float>(), (p, q) => p / q)];
            Assert.That(y, Is.EqualTo(flat));
            foreach (int many in (int[])[2, 4])
            {
                Parallelism.Threads = many;
                Assert.That(Run((x, z) => x / z, x, z, dy), Is.EqualTo((y, dx, dz)));
            }
        }
        finally
        {
            Parallelism.Threads = threads;
        }
    }

    static (float[] Y, float[] DX, float[] DZ) Run(Func<Tensor, Tensor, Tensor> function, Tensor x, Tensor z, Tensor dy)
    {
        (x, z) = (x.Detach(), z.Detach());
        x.RequiresGrad = z.RequiresGrad = true;
        Tensor y = function(x, z);
        y.Backward(dy);
        return (y.Detach().ToArray<float>(), x.Grad!.ToArray<float>(), z.Grad?.ToArray<float>() ?? new float[x.Count]);
    }

    static Tensor Normal(int count) => Tensor.Normal([count], new Generator(3));
}
