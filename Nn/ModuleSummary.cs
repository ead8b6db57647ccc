using System.Globalization;
using System.Text;

namespace Autograd.Nn;

/// <summary>One module of a <see cref="ModuleSummary"/>.</summary>
/// <param name="Name">Its name; "" for the whole.</param>
/// <param name="Type">Its type, without the namespace.</param>
/// <param name="Output">The shape of its result, of the first tensor where there are several; null where it was not called.</param>
/// <param name="Parameters">How many numbers its own parameters hold, without those of the modules inside; a shared one counts at its first place.</param>
/// <param name="Flops">Operations of its own, without those of the modules inside.</param>
public sealed record ModuleSummaryRow(string Name, string Type, Shape? Output, long Parameters, long Flops);

/// <summary>What is in a model and what it computes for one input; its text is a table.</summary>
/// <remarks>
/// An operation is a multiplication or an addition in a product of matrices or a convolution, 2 for each pair of factors; additions of biases,
/// activations, pooling and normalisation are not counted, as they seldom matter.
/// </remarks>
public sealed class ModuleSummary
{
    ModuleSummary(IReadOnlyList<ModuleSummaryRow> rows, long trained)
    {
        (Rows, TrainedParameters) = (rows, trained);
        (Parameters, Flops) = (rows.Sum(row => row.Parameters), rows.Sum(row => row.Flops));
    }

    /// <summary>All modules, each before those inside; each once.</summary>
    public IReadOnlyList<ModuleSummaryRow> Rows { get; }

    /// <summary>How many numbers all parameters hold.</summary>
    public long Parameters { get; }

    /// <summary>How many of them are not frozen.</summary>
    public long TrainedParameters { get; }

    /// <summary>All operations of one forward pass.</summary>
    public long Flops { get; }

    /// <summary>A table with a line a module, and the sums.</summary>
    public override string ToString()
    {
        List<string[]> cells = [["module", "result", "parameters", "FLOPs"]];
        foreach (ModuleSummaryRow row in Rows)
        {
            int depth = row.Name.Length == 0 ? 0 : row.Name.Count('.') + 1;
            string name = row.Name[(row.Name.LastIndexOf('.') + 1)..];
            cells.Add([new string(' ', 2 * depth) + (name.Length == 0 ? row.Type : $"{name}: {row.Type}"), row.Output?.ToString() ?? "–", Number(row.Parameters), Number(row.Flops)]);
        }
        cells.Add(["sum", "", Text(Parameters), Text(Flops)]);
        int[] widths = [.. Enumerable.Range(0, 4).Select(column => cells.Max(line => line[column].Length))];
        StringBuilder table = new();
        for (int i = 0; i < cells.Count; i++)
        {
            if (i == 1 || i == cells.Count - 1) table.Append('─', widths.Sum() + 6).Append('\n');
            string[] line = cells[i];
            table.Append($"{line[0].PadRight(widths[0])}  {line[1].PadRight(widths[1])}  {line[2].PadLeft(widths[2])}  {line[3].PadLeft(widths[3])}".TrimEnd()).Append('\n');
        }
        if (TrainedParameters != Parameters) table.Append(CultureInfo.InvariantCulture, $"{Text(Parameters - TrainedParameters)} of the parameters are frozen\n");
        return table.ToString();

        static string Number(long value) => value == 0 ? "–" : Text(value);
    }

    static string Text(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Runs a forward pass in evaluation mode, with all its ops recorded, and leaves the model as it was.</summary>
    internal static ModuleSummary Of(ModuleBase model, Action forward)
    {
        IReadOnlyList<(string Name, ModuleBase Value)> modules = model.NamedModules();
        IReadOnlyList<Tensor> parameters = model.Parameters;
        bool[] training = [.. modules.Select(module => module.Value.IsTraining)], trained = [.. parameters.Select(parameter => parameter.RequiresGrad)];
        Watch watch = new();
        Action<Op, Tensor[], Tensor>? observer = Tape.Observer;
        IForwardWatch? before = ForwardPass.Current.Watch;
        try
        {
            // An op is seen only where it is recorded.
            foreach (Tensor parameter in parameters) parameter.RequiresGrad = true;
            model.Eval();
            (Tape.Observer, ForwardPass.Current.Watch) = (watch.Sees, watch);
            using RecordingSwitch _ = Tape.EnableGrad();
            forward();
        }
        finally
        {
            (Tape.Observer, ForwardPass.Current.Watch) = (observer, before);
            for (int i = 0; i < modules.Count; i++) modules[i].Value.SetOwnTraining(training[i]);
            for (int i = 0; i < parameters.Count; i++) parameters[i].RequiresGrad = trained[i];
        }
        HashSet<Tensor> counted = new(ReferenceEqualityComparer.Instance);
        ModuleSummaryRow[] rows =
        [
            .. modules.Select(module => new ModuleSummaryRow(
                module.Name, Throw.Name(module.Value.GetType()), watch.OutputOf(module.Value), OwnParameters(module.Value, counted), watch.FlopsOf(module.Value))),
        ];
        return new(rows, parameters.Where((_, i) => trained[i]).Sum(parameter => (long)parameter.Count));
    }

    static long OwnParameters(ModuleBase module, HashSet<Tensor> counted) =>
        ModuleMembers.Of(module).Where(member => member.Kind == MemberKind.Parameter && counted.Add((Tensor)member.Value)).Sum(member => (long)((Tensor)member.Value).Count);

    /// <summary>Counts operations for the innermost module that computes.</summary>
    sealed class Watch : IForwardWatch
    {
        readonly Dictionary<ModuleBase, Shape?> _outputs = new(ReferenceEqualityComparer.Instance);
        readonly Dictionary<ModuleBase, long> _flops = new(ReferenceEqualityComparer.Instance);

        public void Begins(ModuleBase module)
        {
        }

        public void Ends(ModuleBase module, object? result) => _outputs[module] = Tensors.In(result).FirstOrDefault()?.Shape;

        public void Sees(Op op, Tensor[] inputs, Tensor y)
        {
            if (ForwardPass.Current.Running is { } module) _flops[module] = FlopsOf(module) + (2 * Products(op, inputs, y));
        }

        public Shape? OutputOf(ModuleBase module) => _outputs.GetValueOrDefault(module);

        public long FlopsOf(ModuleBase module) => _flops.GetValueOrDefault(module);

        /// <summary>How many pairs of factors an op multiplies and adds up.</summary>
        static long Products(Op op, Tensor[] inputs, Tensor y) => op.Name switch
        {
            "Linear" or "MatMul" => (long)y.Count * inputs[0].Shape[-1],
            "Lstm" => (long)inputs[0].Shape[0] * inputs[0].Shape[1] * (inputs[1].Count + inputs[2].Count),
            "Gru" or "Rnn" => (long)inputs[0].Shape[0] * inputs[0].Shape[1] * inputs[1].Count,
            "Conv1d" or "Conv2d" => (long)y.Count * (inputs[1].Count / Math.Max(inputs[1].Shape[0], 1)),
            "ConvTranspose1d" or "ConvTranspose2d" => (long)inputs[0].Count * (inputs[1].Count / Math.Max(inputs[1].Shape[0], 1)),
            _ => 0,
        };
    }
}
