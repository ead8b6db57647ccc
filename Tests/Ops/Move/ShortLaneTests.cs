namespace Autograd.Tests.Ops;

/// <summary>Lanes of few elements, of which many are done at once: against one after the other.</summary>
public sealed class ShortLaneTests
{
    static readonly float[] Values = [0f, -0f, 1f, -1f, 2f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e-40f];

    static float[] Draw(int count)
    {
        Generator random = new(5);
        float[] x = new float[count];
        for (int i = 0; i < count; i++) x[i] = Values[random.NextInt(Values.Length)];
        return x;
    }

    [Test]
    public void Extremes_AreTheFirstOnes([Values(1, 2, 3, 5, 7, 8, 9, 15, 16, 17)] int size, [Values(1, 15, 31, 32, 33, 70)] int lanes, [Values(DType.Float32, DType.Float64)] DType dtype)
    {
        float[] x = Draw(size * lanes);
        Tensor tensor = Tensor.From(x, [lanes, size]).Cast(dtype);
        (Tensor values, Tensor places) = tensor.Max(1);
        long[] greatest = places.ToArray<long>(), least = tensor.ArgMin(1).ToArray<long>();
        for (int lane = 0; lane < lanes; lane++)
        {
            int high = 0, low = 0;
            for (int i = 1; i < size; i++)
            {
                float v = x[(lane * size) + i], h = x[(lane * size) + high], l = x[(lane * size) + low];
                if (!float.IsNaN(h) && !(v <= h)) high = i;
                if (!float.IsNaN(l) && !(v >= l)) low = i;
            }
            Assert.That((greatest[lane], least[lane]), Is.EqualTo((high, low)));
            Assert.That(values[lane], Is.EqualTo(tensor[lane, high]));
        }
    }

    [Test]
    public void Orders_AreStable([Values(1, 2, 3, 5, 7, 8, 9, 16)] int size, [Values(1, 2, 40)] int lanes, [Values] bool descending)
    {
        float[] x = Draw(size * lanes);
        Tensor tensor = Tensor.From(x, [lanes, size]);
        long[] order = tensor.ArgSort(1, descending).ToArray<long>();
        int few = (size + 1) / 2;
        long[] first = tensor.TopK(few, 1, descending).Indices.ToArray<long>();
        for (int lane = 0; lane < lanes; lane++)
        {
            IEnumerable<int> places = Enumerable.Range(0, size);
            float[] own = x[(lane * size)..((lane + 1) * size)];
            // NaN is the greatest; −0 equals 0.
            (bool, float) Key(int i) => (float.IsNaN(own[i]), float.IsNaN(own[i]) ? 0 : own[i] + 0f);
            int[] expected = [.. descending ? places.OrderByDescending(Key) : places.OrderBy(Key)];
            Assert.That(order[(lane * size)..((lane + 1) * size)], Is.EqualTo(expected));
            Assert.That(first[(lane * few)..((lane + 1) * few)], Is.EqualTo(expected[..few]));
        }
    }

    [Test]
    public void Pads_StandAroundEveryRow([Values(1, 3, 7, 8, 9, 16, 17)] int size, [Values(1, 8, 16, 17, 18, 40)] int rows, [Values(0, 1, 2, 20)] int before, [Values(0, 1, 30)] int after)
    {
        Check(Tensor.Arange(1, (size * rows) + 1).Reshape(rows, size));
        Check(Tensor.Arange(1, (size * rows) + 1, 1, DType.Float64).Reshape(rows, size));
        Check(Tensor.Arange(1, (size * rows) + 1, 1, DType.Int64).Reshape(rows, size));

        void Check(Tensor x)
        {
            Tensor y = x.Pad([before, after, 1, 2], value: -3).Cast(DType.Float64);
            double[] numbers = y.ToArray<double>();
            int width = size + before + after;
            for (int i = 0; i < numbers.Length; i++)
            {
                int row = (i / width) - 1, column = (i % width) - before;
                bool inside = row >= 0 && row < rows && column >= 0 && column < size;
                Assert.That(numbers[i], Is.EqualTo(inside ? (row * size) + column + 1 : -3));
            }
        }
    }
}
