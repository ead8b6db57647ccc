namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor)
    {
        /// <summary>The identity matrix, [n, n].</summary>
        /// <exception cref="ShapeException">n is negative, or there would be 2³¹ elements or more.</exception>
        public static Tensor Eye(int n, DType dtype = DType.Float32)
        {
            if (n < 0) throw Throw.EyeSize(n);
            Shape shape = [n, n];
            Throw.IfTooLarge("Eye", shape, dtype);
            Tensor y = Tensor.Zeros(shape, dtype);
            switch (dtype)
            {
                case DType.Float32: SetDiagonal(y.AsWritableSpan<float>(), n, 1); break;
                case DType.Float64: SetDiagonal(y.AsWritableSpan<double>(), n, 1); break;
                case DType.Int64: SetDiagonal(y.AsWritableSpan<long>(), n, 1); break;
                default: SetDiagonal(y.AsWritableSpan<bool>(), n, true); break;
            }
            return y;
        }
    }

    static void SetDiagonal<T>(Span<T> x, int n, T value)
    {
        for (int i = 0; i < n; i++) x[i * (n + 1)] = value;
    }
}
