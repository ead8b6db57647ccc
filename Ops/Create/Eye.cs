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
            double[] values = new double[shape.ElementCount];
            for (int i = 0; i < n; i++) values[i * (n + 1)] = 1;
            return FromDoubles(values, shape, dtype);
        }
    }
}
