namespace Autograd.Bench.Steps;

/// <summary>A named piece of work whose repetitions are timed.</summary>
/// <param name="Name">Its name, the same as that of PyTorch's side.</param>
/// <param name="Make">Makes model and data, from a fixed seed.</param>
sealed record StepCase(string Name, Func<StepWork> Make)
{
    /// <summary>All cases, one family after the other.</summary>
    public static IReadOnlyList<StepCase> All { get; } =
        [.. OverheadSteps.All, .. DenseSteps.All, .. ImageSteps.All, .. SequenceSteps.All, .. KernelSteps.All, .. DerivativeSteps.All];

    /// <summary>The cases of a comma list of names, "all" and beginnings that end in '*'; null if a part of it names none.</summary>
    public static IReadOnlyList<StepCase>? Find(string list)
    {
        List<StepCase> found = [];
        foreach (string part in list.Split(','))
        {
            List<StepCase> hits = [.. All.Where(c => part == "all" || part == c.Name || (part.EndsWith('*') && c.Name.StartsWith(part[..^1], StringComparison.Ordinal)))];
            if (hits.Count == 0) return null;
            found.AddRange(hits.Where(hit => !found.Contains(hit)));
        }
        return found;
    }
}

/// <summary>What a case times.</summary>
/// <param name="Step">The whole step, gradients cleared and parameters updated.</param>
/// <param name="Flops">
/// Two for each multiply-add of products and convolutions: forward, weight gradient and input gradient, less the input gradient of the first
/// layer. 0 where that says nothing.
/// </param>
/// <param name="MostRepetitions">How often it is run at most.</param>
sealed record StepWork(Action Step, double Flops = 0, int MostRepetitions = 200_000);
