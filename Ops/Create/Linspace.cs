namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor)
    {
        /// <summary>Numbers at equal distances from start to end, both exactly among them: shape [steps].</summary>
        /// <param name="start">The first number, and the only one if steps is 1.</param>
        /// <param name="end">The last number.</param>
        /// <param name="steps">How many numbers there are.</param>
        /// <param name="dtype">Any type but Bool; Int64 takes what is before the point.</param>
        /// <exception cref="ShapeException">steps is negative, or there would be 2 GiB or more.</exception>
        /// <exception cref="DTypeException">The element type is Bool.</exception>
        /// <exception cref="ArgumentOutOfRangeException">The distance of start and end is not finite.</exception>
        public static Tensor Linspace(double start, double end, int steps, DType dtype = DType.Float32) =>
            FromDoubles(LinearSteps("Linspace", start, end, steps, dtype), [steps], dtype);

        /// <summary>Powers of @base with exponents at equal distances from start to end: shape [steps].</summary>
        /// <param name="start">The first exponent, and the only one if steps is 1.</param>
        /// <param name="end">The last exponent.</param>
        /// <param name="steps">How many powers there are.</param>
        /// <param name="base">What is raised.</param>
        /// <param name="dtype">Any type but Bool; Int64 takes what is before the point.</param>
        /// <exception cref="ShapeException">steps is negative, or there would be 2 GiB or more.</exception>
        /// <exception cref="DTypeException">The element type is Bool.</exception>
        /// <exception cref="ArgumentOutOfRangeException">The distance of start and end is not finite.</exception>
        public static Tensor Logspace(double start, double end, int steps, double @base = 10, DType dtype = DType.Float32) =>
            FromDoubles(Array.ConvertAll(LinearSteps("Logspace", start, end, steps, dtype), x => Math.Pow(@base, x)), [steps], dtype);
    }

    // Each half from its own end: both ends are exact, and the numbers are as symmetric as the ends.
    static double[] LinearSteps(string op, double start, double end, int steps, DType dtype)
    {
        if (steps < 0) throw Throw.StepCount(op, steps);
        double distance = end - start;
        if (!double.IsFinite(distance)) throw Throw.BadEnds(op, start, end);
        if (dtype == DType.Bool) throw Throw.NoNumbers(op);
        Throw.IfTooLarge(op, [steps], dtype);
        double[] values = new double[steps];
        int last = Math.Max(steps - 1, 1);
        for (int i = 0; i < values.Length; i++)
            values[i] = 2L * i <= last ? start + (distance * i / last) : end - (distance * (last - i) / last);
        return values;
    }
}
