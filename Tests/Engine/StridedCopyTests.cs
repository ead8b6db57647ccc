namespace Autograd.Tests.Engine;

[Parallelizable(ParallelScope.All)]
public sealed class StridedCopyTests
{
    [Test]
    public void Copy_OfRandomViews_EqualsElementByElement()
    {
        Generator random = new(5);
        for (int trial = 0; trial < 2000; trial++)
        {
            int rank = random.NextInt(5);
            int[] sizes = new int[rank], strides = new int[rank];
            for (int i = 0; i < rank; i++) (sizes[i], strides[i]) = (random.NextInt(5), random.NextInt(13) - 6);
            Check(Shape.Create(sizes), strides, random);
        }
    }

    // Around the edges of the square blocks.
    [Test]
    public void Copy_OfTransposes_EqualsElementByElement([Values(1, 15, 16, 17, 33)] int rows, [Values(1, 15, 16, 17, 33)] int columns)
    {
        Generator random = new(5);
        Check([rows, columns], [1, rows], random);
        Check([3, rows, columns], [rows * columns, 1, rows], random);
        Check([rows, columns], [-1, -rows], random);
        Check([rows, columns], [0, 2], random);
        Check([3, rows, 2, columns], [2 * rows * columns, 1, rows * columns, rows], random);
        Check([rows, 2, columns], [1, rows, 2 * rows], random);
        Check([rows, columns], [columns, -1], random);
        Check([rows, columns], [2 * columns, 2], random);
        Check([rows, columns], [2 * columns, 3], random);
    }

    static void Check(Shape shape, int[] strides, Generator random)
    {
        Check<double>(shape, strides, random, DType.Float64);
        Check<float>(shape, strides, random, DType.Float32);
    }

    static void Check<T>(Shape shape, int[] strides, Generator random, DType dtype) where T : unmanaged, System.Numerics.INumber<T>
    {
        int low = 0, high = 0;
        for (int i = 0; i < strides.Length; i++)
        {
            int span = Math.Max(shape[i] - 1, 0) * strides[i];
            if (span < 0) low += span;
            else high += span;
        }
        Tensor memory = Tensor.Uniform([high - low + 1], random, dtype: dtype);
        Tensor view = memory.View(shape, strides, -low);
        double[] values = Array.ConvertAll(view.ToArray<T>(), double.CreateChecked);
        int[] index = new int[shape.Rank];
        for (int k = 0; k < values.Length; k++)
        {
            int position = -low, rest = k;
            for (int i = shape.Rank - 1; i >= 0; i--)
            {
                (rest, index[i]) = Math.DivRem(rest, shape[i]);
                position += index[i] * strides[i];
            }
            if (values[k] != memory[position] || view[index] != memory[position])
                Assert.Fail($"{shape} with strides {string.Join(", ", strides)}: element {k} is {values[k]}, not {memory[position]}");
        }
    }
}
