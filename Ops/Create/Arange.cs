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
            double[] values = new double[shape.ElementCount];
            for (int i = 0; i < values.Length; i++) values[i] = start + (i * step);
            return FromDoubles(values, shape, dtype);
        }

        /// <summary>0, 1, … below <paramref name="stop"/>.</summary>
        /// <inheritdoc cref="Arange(double, double, double, DType)"/>
        public static Tensor Arange(double stop, DType dtype = DType.Float32) => Tensor.Arange(0, stop, 1, dtype);
    }

    /// <summary>A tensor of any type from doubles; no scope owns it.</summary>
    static Tensor FromDoubles(double[] values, Shape shape, DType dtype) => dtype switch
    {
        DType.Float32 => Tensor.From(Array.ConvertAll(values, static v => (float)v), shape),
        DType.Float64 => Tensor.From(values, shape),
        DType.Int64 => Tensor.From(Array.ConvertAll(values, static v => (long)v), shape),
        _ => Tensor.From(Array.ConvertAll(values, static v => v != 0), shape),
    };
}
