namespace Autograd;

public static partial class Grad
{
    /// <summary>The gradient of every sample's own loss, in place of the gradient of their mean: one call of the loss and one backward a sample.</summary>
    /// <param name="loss">From a batch of one sample, the tensors of <paramref name="inputs"/> cut down to it, to a scalar; it uses the parameters themselves.</param>
    /// <param name="parameters">Tensors that require gradients, such as a module's parameters.</param>
    /// <param name="inputs">The batch, samples along axis 0; of any element type.</param>
    /// <param name="createGraph">Records the backward passes, so that the gradients can be differentiated again; else each sample's memory is recycled, and nothing may be carried out of the loss but by <see cref="Tensor.Keep"/>.</param>
    /// <returns>One tensor a parameter, [samples, p…]; zeros for a parameter that a sample's loss does not depend on.</returns>
    /// <exception cref="ShapeException">A loss has not one element, or the inputs have not one number of samples.</exception>
    /// <exception cref="GraphException">A parameter requires no gradient.</exception>
    public static Tensor[] PerSample(Func<Tensor[], Tensor> loss, IReadOnlyList<Tensor> parameters, Tensor[] inputs, bool createGraph = false)
    {
        Tensor[] targets = [.. parameters];
        for (int i = 0; i < targets.Length; i++)
        {
            if (!targets[i].RequiresGrad) throw Throw.ParameterWithoutGradient(i, targets[i].Shape);
        }
        int samples = CountSamples(inputs);
        RowStack[] rows = [.. targets.Select(p => new RowStack([samples], p, composed: createGraph || DualMode.IsActive))];
        for (int k = 0; k < samples && targets.Length > 0; k++)
        {
            using TapeScope scope = rows[0].Scope();
            Tensor?[] gradients = GradientsOfSample(loss, targets, [.. inputs.Select(x => x.Slice(0, k, k + 1))], createGraph);
            for (int i = 0; i < rows.Length; i++) rows[i].Add(gradients[i]);
        }
        return [.. rows.Select(r => r.Join())];
    }

    static Tensor?[] GradientsOfSample(Func<Tensor[], Tensor> loss, Tensor[] parameters, Tensor[] sample, bool createGraph)
    {
        Tensor y;
        using (Tape.EnableGrad()) y = loss(sample);
        if (y.Count != 1) throw Throw.NotScalar("Grad.PerSample", y.Shape);
        // retainGraph: what the loss shares with other samples must stay.
        return y.Node is null ? new Tensor?[parameters.Length] : Tape.Gradients(y, parameters, null, retainGraph: true, createGraph, allowUnused: true);
    }

    static int CountSamples(Tensor[] inputs)
    {
        foreach (Tensor x in inputs)
        {
            if (x.Rank == 0 || x.Shape[0] != inputs[0].Shape[0]) throw Throw.Samples(inputs);
        }
        return inputs.Length > 0 ? inputs[0].Shape[0] : throw Throw.Samples(inputs);
    }
}
