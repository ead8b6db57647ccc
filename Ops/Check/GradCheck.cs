namespace Autograd;

/// <summary>
/// Checks derivatives against central differences, (f(x + h) − f(x − h)) / 2h, element by element: for the tests of a user's
/// own ops and models. Use float64 tensors, or pass <see cref="GradCheckOptions.Float32"/>.
/// </summary>
/// <remarks>
/// Also checked: that inputs are not changed, that the function repeats its result, that forward mode agrees, and, at order 2, the
/// gradient of the gradient with respect to inputs and upstream gradient. Where analytic and central difference differ, one-sided differences
/// tell a kink (the analytic value lies between two different slopes) or a jump from a bug. Where several elements have kinks
/// and moving them together is smooth, as at the ties of a maximum, their derivatives must add up to that slope.
/// </remarks>
public static class GradCheck
{
    /// <summary>Checks a function of one tensor.</summary>
    /// <param name="f">The function; its result may have any shape.</param>
    /// <param name="x">Where; not changed.</param>
    /// <param name="options">Step, tolerances, order.</param>
    /// <exception cref="GradCheckException">A derivative is wrong; the message lists where.</exception>
    public static void That(Func<Tensor, Tensor> f, Tensor x, GradCheckOptions? options = null) =>
        That(Singles.Function("GradCheck", f), Singles.Input("GradCheck", x), options);

    /// <summary>Checks a function of two tensors.</summary>
    /// <inheritdoc cref="That(Func{Tensor, Tensor}, Tensor, GradCheckOptions?)"/>
    public static void That(Func<Tensor, Tensor, Tensor> f, Tensor a, Tensor b, GradCheckOptions? options = null)
    {
        Throw.IfNull("GradCheck", f);
        Throw.IfNull("GradCheck", a);
        Throw.IfNull("GradCheck", b);
        That(t => f(t[0], t[1]), [a, b], options);
    }

    /// <summary>Checks a function of several tensors.</summary>
    /// <inheritdoc cref="That(Func{Tensor, Tensor}, Tensor, GradCheckOptions?)"/>
    public static void That(Func<Tensor[], Tensor> f, Tensor[] inputs, GradCheckOptions? options = null)
    {
        GradReport report = Run(f, inputs, options);
        if (!report.Passed) throw new GradCheckException(report);
    }

    /// <summary>Checks a function of one tensor and returns the report, passed or not.</summary>
    /// <param name="f">The function; its result may have any shape.</param>
    /// <param name="x">Where; not changed.</param>
    /// <param name="options">Step, tolerances, order.</param>
    public static GradReport Run(Func<Tensor, Tensor> f, Tensor x, GradCheckOptions? options = null) =>
        Run(Singles.Function("GradCheck", f), Singles.Input("GradCheck", x), options);

    /// <summary>Checks a function of several tensors and returns the report, passed or not.</summary>
    /// <inheritdoc cref="Run(Func{Tensor, Tensor}, Tensor, GradCheckOptions?)"/>
    public static GradReport Run(Func<Tensor[], Tensor> f, Tensor[] inputs, GradCheckOptions? options = null)
    {
        Throw.IfNull("GradCheck", f);
        Throw.IfNullIn("GradCheck", inputs);
        options ??= GradCheckOptions.Float64;
        foreach (Tensor input in inputs)
        {
            if (!input.DType.IsFloating()) throw Throw.NeedsFloating("GradCheck", input.DType);
        }
        using RecordingSwitch recording = Tape.EnableGrad();
        GradReport report = Compare(f, inputs, options);
        if (!report.Passed && report.Ops.Count > 0) GradSuspects.Find(f, Leaves(inputs), options, report);
        return report;
    }

    /// <summary>The check itself, without a search for the op to blame.</summary>
    internal static GradReport Compare(Func<Tensor[], Tensor> f, Tensor[] inputs, GradCheckOptions options)
    {
        using RecordingSwitch recording = Tape.EnableGrad();
        Tensor[] leaves = Leaves(inputs);
        Tensor y = f(leaves) ?? throw Throw.NoResult("GradCheck");
        GradReport report = new(y.Node is null ? [] : [.. Tape.From(y).Where(n => !n.IsLeaf).Select(n => n.Name).Distinct()], options.Listed);
        CheckBehaviour(f, inputs, leaves, y, report);
        if (y.Node is null) return report;
        leaves = Leaves(inputs);
        Compare(f, leaves, options, order: 1, report);
        CheckUnchanged("The backward", inputs, leaves, report);
        if (report.Passed && report.Deviations.Count == 0) CheckForward(f, leaves, options, report);
        if (options.Order < 2 || !report.Passed) return report;
        Generator generator = new(options.Seed);
        Tensor seed = Tensor.Uniform(y.Shape, generator, 0.5, 1.5, y.DType);
        CheckRecorded(f(leaves), leaves, seed, options, report);
        Tensor[] weights = [.. inputs.Select(x => Tensor.Uniform(x.Shape, generator, 0.5, 1.5, x.DType))];
        Compare(t => GradientSum(f, t, weights), Leaves([.. inputs, seed]), options, order: 2, report);
        return report;
    }

    static void Compare(Func<Tensor[], Tensor> f, Tensor[] leaves, GradCheckOptions options, int order, GradReport report)
    {
        if (options.Directions > 0) new GradProjection(f, leaves, options, order, report).Run();
        else new GradComparison(f, leaves, options, order, report).Run();
    }

    /// <summary>s = Σᵢ ⟨wᵢ, ∂⟨seed, f⟩/∂xᵢ⟩, a function of the inputs and of the seed, which comes last.</summary>
    static Tensor GradientSum(Func<Tensor[], Tensor> f, Tensor[] inputsAndSeed, Tensor[] weights)
    {
        Tensor[] inputs = inputsAndSeed[..^1];
        Tensor?[] gradients = Tape.Gradients(f(inputs), inputs, inputsAndSeed[^1], createGraph: true, allowUnused: true);
        Tensor sum = Tensor.Scalar(0, inputsAndSeed[^1].DType);
        for (int i = 0; i < gradients.Length; i++)
        {
            if (gradients[i] is { } dx) sum += (dx * weights[i]).SumTo(Shape.Scalar).Cast(sum.DType);
        }
        return sum;
    }

    static void CheckBehaviour(Func<Tensor[], Tensor> f, Tensor[] inputs, Tensor[] leaves, Tensor y, GradReport report)
    {
        if (y.Node is null)
        {
            report.Add("The result does not depend on any input by recorded ops.");
            return;
        }
        Tensor again = f(leaves);
        if (again.Shape != y.Shape || !SameBits(again, y)) report.Add("The function is not repeatable: a second call with the same inputs gave another result.");
        CheckUnchanged("The function", inputs, leaves, report);
    }

    static void CheckUnchanged(string what, Tensor[] inputs, Tensor[] leaves, GradReport report)
    {
        for (int i = 0; i < inputs.Length; i++)
        {
            if (!SameBits(inputs[i], leaves[i])) report.Add($"{what} changed input {i} in place.");
        }
    }

    /// <summary>An op may compute its gradient by a kernel and, for a recorded backward, by ops: both must agree.</summary>
    static void CheckRecorded(Tensor y, Tensor[] leaves, Tensor seed, GradCheckOptions options, GradReport report)
    {
        Tensor?[] plain = Tape.Gradients(y, leaves, seed, retainGraph: true, allowUnused: true);
        Tensor?[] recorded = Tape.Gradients(y, leaves, seed, createGraph: true, allowUnused: true);
        for (int i = 0; i < leaves.Length; i++)
        {
            if (plain[i] is not { } p || recorded[i] is not { } r) continue;
            double[] a = p.Cast(DType.Float64).ToArray<double>(), b = r.Cast(DType.Float64).ToArray<double>();
            double tolerance = (options.AbsoluteTolerance + options.RelativeTolerance) * a.Select(Math.Abs).Where(double.IsFinite).DefaultIfEmpty().Max();
            for (int j = 0; j < a.Length; j++)
            {
                if (a[j].Equals(b[j]) || Math.Abs(a[j] - b[j]) <= tolerance) continue;
                report.Add(string.Create(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"The recorded backward differs from the unrecorded one at element {j} of input {i}: {b[j]:G9}, not {a[j]:G9}."));
                break;
            }
        }
    }

    /// <summary>⟨u, Jv⟩ by forward mode is ⟨Jᵀu, v⟩ by backward. Where an op has no forward mode, nothing is checked.</summary>
    static void CheckForward(Func<Tensor[], Tensor> f, Tensor[] leaves, GradCheckOptions options, GradReport report)
    {
        Generator generator = new(options.Seed);
        Tensor[] v = [.. leaves.Select(x => Tensor.Uniform(x.Shape, generator, -1, 1, x.DType))];
        Tensor y = f(leaves), u = Tensor.Uniform(y.Shape, generator, -1, 1, y.DType);
        Tensor?[] dx = Tape.Gradients(y, leaves, u, allowUnused: true);
        double backward = dx.Zip(v, Inner).Sum(), forward;
        try
        {
            using DualLevel level = DualMode.Enter();
            Tensor[] moving = new Tensor[leaves.Length];
            for (int i = 0; i < moving.Length; i++) moving[i] = level.With(leaves[i].Detach(), v[i]);
            forward = Inner(level.TangentOf(f(moving)), u);
        }
        catch (NotSupportedException)
        {
            return;
        }
        if (options.IsClose(forward, backward, Math.Max(1, Math.Sqrt(y.Count)))) return;
        report.Add(string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"Forward mode differs from backward: along a random direction it gives {forward:G9}, backward {backward:G9}."));
    }

    static double Inner(Tensor? a, Tensor b) => a is null ? 0 : GradComparison.Numbers(a).Zip(GradComparison.Numbers(b), (p, q) => p * q).Sum();

    static bool SameBits(Tensor a, Tensor b) => a.DType == DType.Float32
        ? System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(a.ToArray<float>()).SequenceEqual(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(b.ToArray<float>()))
        : System.Runtime.InteropServices.MemoryMarshal.AsBytes<double>(a.ToArray<double>()).SequenceEqual(System.Runtime.InteropServices.MemoryMarshal.AsBytes<double>(b.ToArray<double>()));

    static Tensor[] Leaves(Tensor[] inputs)
    {
        Tensor[] leaves = new Tensor[inputs.Length];
        for (int i = 0; i < leaves.Length; i++)
        {
            leaves[i] = inputs[i].Clone();
            leaves[i].RequiresGrad = true;
        }
        return leaves;
    }
}
