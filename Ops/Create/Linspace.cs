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
        public static Tensor Linspace(double start, double end, int steps, DType dtype = DType.Float32)
        {
            CheckSteps("Linspace", start, end, steps, dtype);
            Tensor y = Tensor.Zeros([steps], dtype);
            WriteSteps(y, start, end);
            return y;
        }

        /// <summary>Powers of @base with exponents at equal distances from start to end: shape [steps].</summary>
        /// <param name="start">The first exponent, and the only one if steps is 1.</param>
        /// <param name="end">The last exponent.</param>
        /// <param name="steps">How many powers there are.</param>
        /// <param name="base">What is raised.</param>
        /// <param name="dtype">Any type but Bool; Int64 takes what is before the point.</param>
        /// <exception cref="ShapeException">steps is negative, or there would be 2 GiB or more.</exception>
        /// <exception cref="DTypeException">The element type is Bool.</exception>
        /// <exception cref="ArgumentOutOfRangeException">The distance of start and end is not finite.</exception>
        public static Tensor Logspace(double start, double end, int steps, double @base = 10, DType dtype = DType.Float32)
        {
            CheckSteps("Logspace", start, end, steps, dtype);
            Tensor exponents = Tensor.Zeros([steps], DType.Float64);
            WriteSteps(exponents, start, end);
            double[] powers = Array.ConvertAll(exponents.ToArray<double>(), x => Math.Pow(@base, x));
            return dtype switch
            {
                DType.Float32 => Tensor.From(Array.ConvertAll(powers, static v => (float)v)),
                DType.Float64 => Tensor.From(powers),
                _ => Tensor.From(Array.ConvertAll(powers, static v => (long)v)),
            };
        }
    }

    static void CheckSteps(string op, double start, double end, int steps, DType dtype)
    {
        if (steps < 0) throw Throw.StepCount(op, steps);
        if (!double.IsFinite(end - start)) throw Throw.BadEnds(op, start, end);
        if (dtype == DType.Bool) throw Throw.NoNumbers(op);
        Throw.IfTooLarge(op, [steps], dtype);
    }

    // Each half from its own end: both ends are exact, and the numbers are as symmetric as the ends.
    static void WriteSteps(Tensor y, double start, double end)
    {
        int last = Math.Max(y.Count - 1, 1), half = Math.Min((last / 2) + 1, y.Count);
        WriteSteps(y, 0, half, start, end - start, last, 0, 1);
        WriteSteps(y, half, y.Count, end, start - end, last, last - half, -1);
    }
}
