using System.Numerics;

namespace Autograd.Samples;

// sample: member
public static class Distances
{
    extension(Tensor a)
    {
        /// <summary>The squared distance of every row of a to every row of b.</summary>
        /// <param name="b">[n, k].</param>
        /// <returns>[m, n] for a [m, k].</returns>
        public Tensor SquaredDistances(Tensor b)
        {
            if (a.Rank != 2 || b.Rank != 2 || a.Shape[1] != b.Shape[1] || a.DType != b.DType)
                throw new ShapeException($"SquaredDistances: a and b must be matrices of one type with equally long rows, but are {a.DType} {a.Shape} and {b.DType} {b.Shape}.", "Cast, or Slice, one of them.");
            return SquaredDistancesOp.Instance.Apply(a, b);
        }
    }
}
// end

// sample: class
// dᵢⱼ = Σₖ (aᵢₖ − bⱼₖ)²   ⇒   da = 2(a ∘ Σⱼ dyᵢⱼ − dy·b),  db = 2(b ∘ Σᵢ dyᵢⱼ − dyᵀ·a)
sealed class SquaredDistancesOp : Op
{
    public static readonly SquaredDistancesOp Instance = new();

    // end
    // sample: saves
    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.A | Saved.B;

    // end
    // sample: forward
    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor a = inputs[0].Dense(), b = inputs[1].Dense(), d = Tensor.Empty([a.Shape[0], b.Shape[0]], a.DType);
        if (a.DType == DType.Float32) Forward<float>(a.AsSpan<float>(), b.AsSpan<float>(), a.Shape[1], d.AsWritableSpan<float>());
        else Forward<double>(a.AsSpan<double>(), b.AsSpan<double>(), a.Shape[1], d.AsWritableSpan<double>());
        return d;
    }

    static void Forward<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, int k, Span<T> d) where T : unmanaged, INumber<T>
    {
        int n = k == 0 ? 0 : b.Length / k;
        d.Clear();
        for (int i = 0; i < d.Length && n > 0; i++)
        {
            ReadOnlySpan<T> p = a.Slice(i / n * k, k), q = b.Slice(i % n * k, k);
            for (int j = 0; j < k; j++) d[i] += (p[j] - q[j]) * (p[j] - q[j]);
        }
    }

    // end
    // sample: vjp
    protected override Tensor Vjp(int input, Tensor dy, Recorded values) => input == 0
        ? 2 * ((values.A * dy.Sum(1, keepAxis: true)) - dy.MatMul(values.B))
        : 2 * ((values.B * dy.T.Sum(1, keepAxis: true)) - dy.T.MatMul(values.A));

    // end
    // sample: jvp
    // dᵢⱼ moves by 2⟨aᵢ − bⱼ, ȧᵢ − ḃⱼ⟩.
    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y)
    {
        Tensor? left = tangents[0] is { } da ? Moved(inputs[0], da, inputs[1]) : null;
        Tensor? right = tangents[1] is { } db ? Moved(inputs[1], db, inputs[0]).T : null;
        return left is null ? right : right is null ? left : left + right;
    }

    static Tensor Moved(Tensor a, Tensor da, Tensor b) => 2 * ((a * da).Sum(1, keepAxis: true) - da.MatMul(b.T));
    // end
    // sample: close
}
// end

public static class SquaredDistancesSample
{
    public static void Check()
    {
        // sample: check
        Generator random = new(seed: 1);
        Tensor a = Tensor.Normal([3, 4], random, dtype: DType.Float64), b = Tensor.Normal([2, 4], random, dtype: DType.Float64);
        GradCheck.That((x, y) => x.SquaredDistances(y), a, b);
        // end
    }
}
