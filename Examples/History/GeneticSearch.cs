using Autograd.Nn;

namespace Autograd.Examples.History;

/// <summary>
/// Weights by selection: of two networks drawn by lot the better becomes a parent, a child takes each weight from one of two parents and changes some at random.
/// Source: Montana and Davis, "Training feedforward neural networks using genetic algorithms", 1989, for real weights as genes.
/// </summary>
static class GeneticSearch
{
    const int Population = 50;
    const double Mutated = 0.2, Spread = 1;

    /// <summary>How many networks were tried until the error of one was below a limit; null where none of the most allowed was.</summary>
    /// <param name="model">A network, whose weights are overwritten.</param>
    /// <param name="error">The error of the network as it is.</param>
    /// <param name="below">The limit.</param>
    /// <param name="most">How many networks are tried.</param>
    /// <param name="random">The source of chance.</param>
    public static int? Run(Module model, Func<double> error, double below, int most, Generator random)
    {
        IReadOnlyList<Tensor> parameters = model.Parameters;
        int count = parameters.Sum(parameter => parameter.Count), tried = 0;
        (double[] Weights, double Error)[] all = new (double[], double)[Population];
        for (int i = 0; i < Population; i++) all[i] = Judged([.. Enumerable.Range(0, count).Select(_ => Spread * random.NextNormal())]);
        while (tried < most)
        {
            (double[] Weights, double Error) best = all.MinBy(one => one.Error);
            if (best.Error < below) return tried;
            (double[], double)[] next = new (double[], double)[Population];
            // The best lives on.
            next[0] = best;
            for (int i = 1; i < Population; i++) next[i] = Judged(Child(Parent(), Parent()));
            all = next;
        }
        return null;

        (double[], double) Judged(double[] weights)
        {
            tried++;
            int start = 0;
            foreach (Tensor parameter in parameters)
            {
                weights.AsSpan(start, parameter.Count).CopyTo(parameter.AsWritableSpan<double>());
                start += parameter.Count;
            }
            return (weights, error());
        }

        double[] Parent()
        {
            (double[] Weights, double Error) a = all[random.NextInt(Population)], b = all[random.NextInt(Population)];
            return a.Error < b.Error ? a.Weights : b.Weights;
        }

        double[] Child(double[] a, double[] b)
        {
            double[] child = new double[count];
            for (int i = 0; i < count; i++)
            {
                child[i] = random.NextDouble() < 0.5 ? a[i] : b[i];
                if (random.NextDouble() < Mutated) child[i] += Spread * random.NextNormal();
            }
            return child;
        }
    }
}
