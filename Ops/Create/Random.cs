using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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
            Tensor x = Tensor.Zeros(shape, dtype);
            if (dtype == DType.Float32) DrawUniform(x.AsWritableSpan<float>(), generator, low, high - low, high > low ? last : double.PositiveInfinity);
            else DrawUniform(x.AsWritableSpan<double>(), generator, low, high - low, high > low ? last : double.PositiveInfinity);
            return x;
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
            Tensor x = Tensor.Zeros(shape, dtype);
            if (dtype == DType.Float32) DrawNormal(x.AsWritableSpan<float>(), generator, mean, std);
            else DrawNormal(x.AsWritableSpan<double>(), generator, mean, std);
            return x;
        }
    }

    const int Drawn = 256;

    [MethodImpl(Jit.Loop)]
    static void DrawUniform(Span<float> x, Generator generator, double low, double range, double last)
    {
        Span<float> drawn = stackalloc float[Drawn];
        Vector512<double> start = Vector512.Create(low), factor = Vector512.Create(range), most = Vector512.Create(last);
        for (; !x.IsEmpty; x = x[drawn.Length..])
        {
            drawn = drawn[..Math.Min(drawn.Length, x.Length)];
            generator.NextSingles(drawn);
            int i = 0;
            for (; i + Vector512<float>.Count <= drawn.Length; i += Vector512<float>.Count)
            {
                (Vector512<double> a, Vector512<double> b) = Vector512.Widen(Vector512.Create<float>(drawn[i..]));
                Vector512.Narrow(Vector512.Min(start + (factor * a), most), Vector512.Min(start + (factor * b), most)).CopyTo(x[i..]);
            }
            for (; i < drawn.Length; i++) x[i] = (float)Math.Min(low + (range * drawn[i]), last);
        }
    }

    [MethodImpl(Jit.Loop)]
    static void DrawUniform(Span<double> x, Generator generator, double low, double range, double last)
    {
        Vector512<double> start = Vector512.Create(low), factor = Vector512.Create(range), most = Vector512.Create(last);
        for (int length; !x.IsEmpty; x = x[length..])
        {
            length = Math.Min(Drawn, x.Length);
            generator.NextDoubles(x[..length]);
            int i = 0;
            for (; i + Vector512<double>.Count <= length; i += Vector512<double>.Count) Vector512.Min(start + (factor * Vector512.Create<double>(x[i..])), most).CopyTo(x[i..]);
            for (; i < length; i++) x[i] = Math.Min(low + (range * x[i]), last);
        }
    }

    [MethodImpl(Jit.Loop)]
    static void DrawNormal(Span<float> x, Generator generator, double mean, double std)
    {
        Vector512<double> center = Vector512.Create(mean), factor = Vector512.Create(std);
        bool isStandard = mean == 0 && std == 1;
        for (int length; !x.IsEmpty; x = x[length..])
        {
            length = Math.Min(Drawn, x.Length);
            generator.NextNormals(x[..length]);
            if (isStandard) continue;
            int i = 0;
            for (; i + Vector512<float>.Count <= length; i += Vector512<float>.Count)
            {
                (Vector512<double> a, Vector512<double> b) = Vector512.Widen(Vector512.Create<float>(x[i..]));
                Vector512.Narrow(center + (factor * a), center + (factor * b)).CopyTo(x[i..]);
            }
            for (; i < length; i++) x[i] = (float)(mean + (std * x[i]));
        }
    }

    static void DrawNormal(Span<double> x, Generator generator, double mean, double std)
    {
        generator.NextNormals(x);
        for (int i = 0; i < x.Length; i++) x[i] = mean + (std * x[i]);
    }
}
