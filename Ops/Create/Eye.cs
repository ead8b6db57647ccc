namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor)
    {
        /// <summary>The identity matrix, [n, n].</summary>
        public static Tensor Eye(int n, DType dtype = DType.Float32)
        {
            double[] values = new double[n * n];
            for (int i = 0; i < n; i++) values[i * (n + 1)] = 1;
            return FromDoubles(values, [n, n], dtype);
        }
    }
}
