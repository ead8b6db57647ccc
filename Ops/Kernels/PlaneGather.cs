namespace Autograd.Kernels;

/// <summary>Reads single positions of planes.</summary>
static class PlaneGather
{
    /// <summary>y[p, i] = x[p, indices[p, i]]; 0 for a negative index.</summary>
    public static void Run<T>(int planes, int inputs, int outputs, ReadOnlySpan<T> x, ReadOnlySpan<int> indices, Span<T> y) where T : unmanaged
    {
        for (int p = 0; p < planes; p++)
        {
            ReadOnlySpan<T> plane = x.Slice(p * inputs, inputs);
            ReadOnlySpan<int> at = indices.Slice(p * outputs, outputs);
            Span<T> target = y.Slice(p * outputs, outputs);
            for (int i = 0; i < target.Length; i++) target[i] = at[i] < 0 ? default : plane[at[i]];
        }
    }
}
