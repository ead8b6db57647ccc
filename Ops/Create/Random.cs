namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor)
    {
        /// <summary>Independent numbers, uniform in [low, high).</summary>
        /// <param name="shape">Sizes.</param>
        /// <param name="generator">The source of randomness.</param>
        /// <param name="low">Lower bound, reached.</param>
        /// <param name="high">Upper bound, not reached.</param>
        /// <param name="dtype">Float32 or Float64.</param>
        /// <exception cref="DTypeException">dtype is not floating-point.</exception>
        public static Tensor Uniform(Shape shape, Generator generator, double low = 0, double high = 1, DType dtype = DType.Float32)
        {
            Throw.IfNull("Uniform", shape);
            Throw.IfNull("Uniform", generator);
            if (!dtype.IsFloating()) throw Throw.RandomType("Uniform", dtype);
            // Rounding must not reach the upper bound: the last number below it, which is high itself where float32 rounds it down.
            float rounded = (float)high;
            double last = dtype == DType.Float64 ? double.BitDecrement(high) : rounded < high ? rounded : float.BitDecrement(rounded);
            Throw.IfTooLarge("Uniform", shape, dtype);
            double[] values = new double[shape.ElementCount];
            for (int i = 0; i < values.Length; i++)
            {
                double value = low + ((high - low) * (dtype == DType.Float32 ? generator.NextSingle() : generator.NextDouble()));
                values[i] = high > low ? Math.Min(value, last) : value;
            }
            return FromDoubles(values, shape, dtype);
        }

        /// <summary>Independent normally distributed numbers.</summary>
        /// <param name="shape">Sizes.</param>
        /// <param name="generator">The source of randomness.</param>
        /// <param name="mean">Expected value.</param>
        /// <param name="std">Standard deviation.</param>
        /// <param name="dtype">Float32 or Float64.</param>
        /// <exception cref="DTypeException">dtype is not floating-point.</exception>
        public static Tensor Normal(Shape shape, Generator generator, double mean = 0, double std = 1, DType dtype = DType.Float32)
        {
            Throw.IfNull("Normal", shape);
            Throw.IfNull("Normal", generator);
            if (!dtype.IsFloating()) throw Throw.RandomType("Normal", dtype);
            Throw.IfTooLarge("Normal", shape, dtype);
            double[] values = new double[shape.ElementCount];
            for (int i = 0; i < values.Length; i++) values[i] = mean + (std * generator.NextNormal());
            return FromDoubles(values, shape, dtype);
        }
    }
}
