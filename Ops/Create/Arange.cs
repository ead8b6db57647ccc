using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor)
    {
        /// <summary>start, start + step, … below <paramref name="stop"/>: shape [⌈(stop − start)/step⌉].</summary>
        /// <param name="start">The first number.</param>
        /// <param name="stop">Not reached.</param>
        /// <param name="step">The distance; negative counts down.</param>
        /// <param name="dtype">Any type but Bool.</param>
        /// <exception cref="ShapeException">step is 0 or not finite, or there would be 2³¹ elements or more.</exception>
        /// <exception cref="DTypeException">The element type is Bool.</exception>
        public static Tensor Arange(double start, double stop, double step = 1, DType dtype = DType.Float32)
        {
            double count = Math.Ceiling((stop - start) / step);
            if (step == 0 || !double.IsFinite(count) || count > int.MaxValue) throw Throw.BadRange(start, stop, step);
            if (dtype == DType.Bool) throw Throw.NoNumbers("Arange");
            Shape shape = [Math.Max((int)count, 0)];
            Throw.IfTooLarge("Arange", shape, dtype);
            Tensor y = Tensor.Zeros(shape, dtype);
            WriteSteps(y, 0, y.Count, start, step, 1, 0, 1);
            return y;
        }

        /// <summary>0, 1, … below <paramref name="stop"/>.</summary>
        /// <inheritdoc cref="Arange(double, double, double, DType)"/>
        public static Tensor Arange(double stop, DType dtype = DType.Float32) => Tensor.Arange(0, stop, 1, dtype);
    }

    /// <summary>Writes numbers at equal distances: element i of those from first to end is from + scale·(k + i·direction) / divisor.</summary>
    static void WriteSteps(Tensor y, int first, int end, double from, double scale, double divisor, double k, double direction)
    {
        switch (y.DType)
        {
            case DType.Float32: StepKernels.Write(y.AsWritableSpan<float>()[first..end], from, scale, divisor, k, direction); break;
            case DType.Float64: StepKernels.Write(y.AsWritableSpan<double>()[first..end], from, scale, divisor, k, direction); break;
            default: StepKernels.Write(y.AsWritableSpan<long>()[first..end], from, scale, divisor, k, direction); break;
        }
    }
}
