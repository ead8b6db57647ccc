using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class Grad
{
    /// <summary>A function of one sample, run once for a whole batch: op by op for all samples together, so that it is as fast as a function written for batches.</summary>
    /// <param name="f">The function. It sees the shapes of one sample, and may use tensors from outside, which are the same for all. It cannot read numbers of what is each sample's own.</param>
    /// <returns>From a tensor [samples, x…] to one [samples, y…].</returns>
    /// <exception cref="ShapeException">In the result: the argument is a scalar.</exception>
    /// <exception cref="GraphException">In the result: f reads or changes the numbers of a batched tensor.</exception>
    [OverloadResolutionPriority(1)]
    public static Func<Tensor, Tensor> Vmap(Func<Tensor, Tensor> f)
    {
        Func<Tensor[], Tensor> mapped = Vmap(Singles.Function("Grad.Vmap", f));
        return x => mapped([x]);
    }

    /// <summary>The same for several inputs, all with the samples along axis 0.</summary>
    /// <exception cref="ShapeException">In the result: there is no argument, one is a scalar, or they have not one number of samples.</exception>
    /// <inheritdoc cref="Vmap(Func{Tensor, Tensor})"/>
    public static Func<Tensor[], Tensor> Vmap(Func<Tensor[], Tensor> f)
    {
        Throw.IfNull("Grad.Vmap", f);
        return x =>
        {
            Throw.IfNullIn("Grad.Vmap", x);
            using SampleLevel level = new(CountSamples("Grad.Vmap", x));
            Tensor y = f([.. x.Select(level.Wrap)]) ?? throw Throw.NoResult("Grad.Vmap");
            return level.Close(y);
        };
    }
}
