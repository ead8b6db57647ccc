namespace Autograd;

/// <summary>Finds the ops to blame when a composition fails: each recorded one is checked alone, with the inputs that it had.</summary>
static class GradSuspects
{
    /// <summary>How many applications are checked and how many suspects are named, at most.</summary>
    const int LargestCount = 500, Named = 3;

    /// <summary>Jacobians of more elements are checked along random directions.</summary>
    const long LargestJacobian = 4096;

    public static void Find(Func<Tensor[], Tensor> f, Tensor[] leaves, GradCheckOptions options, GradReport report)
    {
        List<Application> applied = Applied(f, leaves);
        if (applied.Count < 2) return;
        int suspects = 0;
        for (int i = 0; i < Math.Min(applied.Count, LargestCount) && suspects < Named; i++)
        {
            if (FaultOf(applied[i], options) is not { } fault) continue;
            suspects++;
            string shapes = string.Join(", ", applied[i].Inputs.Select(x => x.Shape));
            report.Suspect($"{applied[i].Op.Name}, number {i + 1} of {applied.Count} recorded ops, inputs {shapes}, fails alone: {fault}");
        }
        if (suspects == 0) report.Suspect(
            $"none of {Math.Min(applied.Count, LargestCount)} recorded ops fails alone; look for values that are taken out of the recording, by Detach, NoGrad or as numbers.");
    }

    static List<Application> Applied(Func<Tensor[], Tensor> f, Tensor[] leaves)
    {
        List<Application> applied = [];
        Action<Op, Tensor[], Tensor>? outer = Tape.Observer;
        Tape.Observer = (op, inputs, y) => applied.Add(new(op, inputs, y));
        try
        {
            f(leaves);
        }
        finally
        {
            Tape.Observer = outer;
        }
        return applied;
    }

    /// <summary>The first thing wrong with one application, or null.</summary>
    static string? FaultOf(Application applied, GradCheckOptions options)
    {
        Tensor[] all = [.. applied.Inputs.Select(x => x.Detach())];
        int[] moving = [.. Enumerable.Range(0, all.Length).Where(i => applied.Inputs[i].RequiresGrad)];
        long elements = moving.Sum(i => (long)all[i].Count) * applied.Result.Count;
        if (options.Directions == 0 && elements > LargestJacobian) options = options with { Directions = GradCheckOptions.Fast.Directions };
        Tensor Alone(Tensor[] x)
        {
            Tensor[] inputs = [.. all];
            for (int i = 0; i < moving.Length; i++) inputs[moving[i]] = x[i];
            return applied.Op.Apply(inputs);
        }
        try
        {
            GradReport report = GradCheck.Compare(Alone, [.. moving.Select(i => all[i])], options);
            return report.Passed ? null : report.Faults.FirstOrDefault() ?? report.Deviations.First(d => d.Kind == DeviationKind.Wrong).ToString();
        }
        catch (AutogradException e)
        {
            return e.Message;
        }
    }

    sealed record Application(Op Op, Tensor[] Inputs, Tensor Result);
}
