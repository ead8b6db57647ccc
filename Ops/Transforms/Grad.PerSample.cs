namespace Autograd;

public static partial class Grad
{
    /// <summary>The gradient of every sample's own loss, in place of the gradient of their mean, from one call of the loss and one backward for the whole batch.</summary>
    /// <param name="loss">From a batch of one sample, the tensors of <paramref name="inputs"/> cut down to it, to a scalar; it uses the parameters themselves. It stands for all samples at once, so it cannot read numbers of what depends on them.</param>
    /// <param name="parameters">Tensors that require gradients, such as a module's parameters.</param>
    /// <param name="inputs">The batch, samples along axis 0; of any element type.</param>
    /// <param name="createGraph">Records the backward pass, so that the gradients can be differentiated again.</param>
    /// <returns>One tensor a parameter, [samples, p…]; zeros for a parameter that a sample's loss does not depend on.</returns>
    /// <exception cref="ShapeException">The loss has not one element, or the inputs have not one number of samples.</exception>
    /// <exception cref="GraphException">A parameter requires no gradient, or the loss reads or changes the numbers of a batched tensor.</exception>
    public static Tensor[] PerSample(Func<Tensor[], Tensor> loss, IReadOnlyList<Tensor> parameters, Tensor[] inputs, bool createGraph = false)
    {
        Throw.IfNull("Grad.PerSample", loss);
        Throw.IfNullIn("Grad.PerSample", parameters);
        Throw.IfNullIn("Grad.PerSample", inputs);
        Tensor[] targets = [.. parameters];
        for (int i = 0; i < targets.Length; i++)
        {
            if (!targets[i].RequiresGrad) throw Throw.ParameterWithoutGradient(i, targets[i].Shape);
        }
        int samples = CountSamples("Grad.PerSample", inputs);
        if (samples == 0 || targets.Length == 0) return [.. targets.Select(p => Tensor.Zeros([samples, .. p.Shape.Sizes], p.DType))];
        Tensor[] each, samplesOf = [.. inputs.Select(x => x.Unsqueeze(1))];
        Tensor losses;
        Dictionary<Tensor, Tensor> others;
        using (Tape.EnableGrad())
        {
            // Every sample has parameters of its own, though in the same memory.
            each = [.. targets.Select(p => p.Expand([samples, .. p.Shape.Sizes]))];
            using SampleLevel level = SampleLevel.Capturing(samples);
            for (int i = 0; i < targets.Length; i++) level.Bind(targets[i], each[i]);
            Tensor y = loss([.. samplesOf.Select(level.Wrap)]) ?? throw Throw.NoResult("Grad.PerSample");
            if (y.Count != 1) throw Throw.NotScalar("Grad.PerSample", y.Shape);
            losses = level.Close(y);
            others = level.Captured.ToDictionary(x => x, x => level.Find(x)!);
        }
        if (losses.Node is null) return [.. targets.Select((_, i) => Tensor.ZerosLike(each[i]))];
        // retainGraph: what was computed outside of the loss must stay.
        Tensor?[] gradients = Tape.Gradients(
            losses, [.. each, .. others.Values], Tensor.OnesLike(losses), retainGraph: others.Count > 0, createGraph, allowUnused: true);
        foreach ((Tensor other, Tensor? dy) in others.Keys.Zip(gradients[targets.Length..]))
        {
            if (dy is null) continue;
            Tensor?[] parts = PullRows(other, targets, dy, createGraph);
            for (int i = 0; i < parts.Length; i++)
            {
                if (parts[i] is { } part) gradients[i] = gradients[i] is { } sum ? sum + part : part;
            }
        }
        return [.. targets.Select((_, i) => gradients[i] ?? Tensor.ZerosLike(each[i]))];
    }

    static int CountSamples(string op, Tensor[] inputs)
    {
        foreach (Tensor x in inputs)
        {
            if (x.Rank == 0 || x.Shape[0] != inputs[0].Shape[0]) throw Throw.Samples(op, inputs);
        }
        return inputs.Length > 0 ? inputs[0].Shape[0] : throw Throw.Samples(op, inputs);
    }

    /// <summary>The gradients of Σ dy·y for each of the rows dy [rows, y…], as [rows, x…]: one backward for all of them.</summary>
    static Tensor?[] PullRows(Tensor y, Tensor[] x, Tensor rows, bool createGraph)
    {
        if (y.Node is null) return new Tensor?[x.Length];
        // On a level outside of this one y has values of its own, and rows of those would be rows of each sample.
        if (BatchLevel.IsActive) return PullOneByOne(y, x, rows, createGraph);
        using SampleLevel level = new(rows.Shape[0]);
        Tensor?[] dx = Tape.Gradients(y, x, level.Wrap(rows), retainGraph: true, createGraph, allowUnused: true);
        return [.. dx.Select(t => t is null ? null : level.ValueOf(t))];
    }

    static Tensor?[] PullOneByOne(Tensor y, Tensor[] x, Tensor rows, bool createGraph)
    {
        Tensor?[][] dx = [.. rows.Unbind().Select(dy => Tape.Gradients(y, x, dy, retainGraph: true, createGraph, allowUnused: true))];
        return [.. x.Select((_, i) => dx[0][i] is null ? null : Tensor.Stack([.. dx.Select(row => row[i]!)]))];
    }
}
