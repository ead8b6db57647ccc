namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>Gated linear unit: the first half along an axis times σ of the second. Source: Dauphin et al. 2017.</summary>
        /// <param name="axis">The axis that is halved, of even size.</param>
        /// <returns>The shape of x with that axis halved.</returns>
        /// <exception cref="ShapeException">There is no such axis, or its size is odd.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Glu(int axis = -1)
        {
            Throw.IfNull("Glu", x);
            Throw.IfNotFloating("Glu", x);
            int at = x.Shape.Axis(axis, "Glu"), half = x.Shape[at] / 2;
            if (x.Shape[at] % 2 != 0) throw Throw.OddAxis("Glu", at, x.Shape);
            return x.Slice(at, 0, half) * x.Slice(at, half, 2 * half).Sigmoid();
        }
    }
}
