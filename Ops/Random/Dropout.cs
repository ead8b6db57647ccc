namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>Sets each element to 0 with probability <paramref name="rate"/> and divides the others by 1 − rate, so that the expected value stays. Source: Srivastava et al. 2014.</summary>
        /// <param name="rate">In [0, 1]; at 1 everything is 0.</param>
        /// <param name="generator">The source of randomness.</param>
        /// <exception cref="ArgumentOutOfRangeException">The rate is outside [0, 1].</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Dropout(double rate, Generator generator)
        {
            Throw.IfNull("Dropout", generator);
            if (!(rate is >= 0 and <= 1)) throw Throw.DropoutRate(rate);
            if (!x.DType.IsFloating()) throw Throw.NeedsFloating("Dropout", x.DType);
            if (rate == 1) return x * 0;
            double[] kept = new double[x.Count];
            for (int i = 0; i < kept.Length; i++) kept[i] = generator.NextSingle() < rate ? 0 : 1 / (1 - rate);
            return x * FromDoubles(kept, x.Shape, x.DType);
        }
    }
}
