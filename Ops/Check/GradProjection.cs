namespace Autograd;

/// <summary>Compares uᵀJv by backward with that by differences, for random u and v: the cost does not grow with the numbers of elements.</summary>
sealed class GradProjection(Func<Tensor[], Tensor> f, Tensor[] inputs, GradCheckOptions options, int order, GradReport report)
{
    public void Run()
    {
        Generator generator = new(options.Seed + (ulong)order);
        Tensor y = f(inputs);
        double[] values = GradComparison.Numbers(y);
        for (int direction = 0; direction < options.Directions; direction++)
        {
            double[] u = Draw(y.Count, generator);
            double size = 0;
            for (int k = 0; k < u.Length; k++) size += Math.Abs(u[k] * values[k]);
            // What a difference quotient of sums of this size loses by rounding.
            double rounding = 8 * size * (y.DType == DType.Float32 ? 1.2e-7 : 2.2e-16) / options.Step;
            Tensor?[] dx = Tape.Gradients(y, inputs, From(u, y), retainGraph: true, allowUnused: true);
            for (int input = 0; input < inputs.Length; input++)
            {
                if (inputs[input].Count > 0) Compare(new Line(input, direction, u, Scaled(inputs[input], generator), rounding), dx[input]);
            }
        }
    }

    void Compare(Line line, Tensor? dx)
    {
        report.Compared++;
        (double numeric, double[] moved) = Slope(line, options.Step, options.Step);
        double analytic = dx is null ? 0 : Inner(GradComparison.Numbers(dx), moved);
        if (options.IsClose(analytic, numeric, 1, line.Rounding))
        {
            if (double.IsFinite(numeric)) report.WorstAccepted = Math.Max(report.WorstAccepted, Math.Abs(analytic - numeric));
            return;
        }
        double step = options.Step, right = Slope(line, step, 0).Value, left = Slope(line, 0, step).Value, slack = options.Tolerance(numeric, 1) + line.Rounding;
        // As for single elements: at a kink the one-sided slopes stay apart when the step shrinks.
        double closer = Slope(line, step / 8, 0).Value - Slope(line, 0, step / 8).Value;
        bool kink = Math.Abs(right - left) > 4 * slack && Math.Abs(closer) > Math.Abs(right - left) / 2 &&
            analytic >= Math.Min(left, right) - slack && analytic <= Math.Max(left, right) + slack;
        string name = $"direction {line.Number}";
        report.Add(new Deviation(kink ? DeviationKind.Kink : DeviationKind.Wrong, order, line.Input, name, name, analytic, numeric, left, right));
    }

    /// <summary>⟨u, f(x + forward·v) − f(x − back·v)⟩ / (forward + back), and by how much each element has moved, as stored, over the same.</summary>
    (double Value, double[] Moved) Slope(Line line, double forward, double back)
    {
        (double[] above, double[] high) = At(line, forward);
        (double[] below, double[] low) = At(line, -back);
        double sum = 0;
        for (int k = 0; k < above.Length; k++) sum += line.U[k] * (above[k] - below[k]);
        for (int j = 0; j < high.Length; j++) high[j] = (high[j] - low[j]) / (forward + back);
        return (sum / (forward + back), high);
    }

    (double[] Result, double[] Stored) At(Line line, double step)
    {
        double[] x = GradComparison.Numbers(inputs[line.Input]);
        for (int j = 0; j < x.Length; j++) x[j] += step * line.V[j];
        Tensor there = From(x, inputs[line.Input]);
        Tensor[] moved = [.. inputs.Select((t, i) => i == line.Input ? there : t.Detach())];
        return (GradComparison.Numbers(f(order == 1 ? moved : GradComparison.WithGradients(moved))), GradComparison.Numbers(there));
    }

    /// <summary>A direction of length about 1, without an element near 0.</summary>
    static double[] Draw(int count, Generator generator)
    {
        double[] v = new double[count];
        double scale = 1 / Math.Sqrt(Math.Max(count, 1));
        for (int i = 0; i < count; i++) v[i] = (0.5 + generator.NextDouble()) * (generator.NextInt(2) == 0 ? scale : -scale);
        return v;
    }

    /// <summary>A direction whose elements are relative to max(1, |x|), as steps are.</summary>
    static double[] Scaled(Tensor x, Generator generator)
    {
        double[] v = Draw(x.Count, generator), at = GradComparison.Numbers(x);
        for (int i = 0; i < v.Length; i++) v[i] *= Math.Max(1, Math.Abs(at[i]));
        return v;
    }

    static Tensor From(double[] values, Tensor like) => Tensor.From(values, like.Shape).Cast(like.DType).Detach();

    static double Inner(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    readonly record struct Line(int Input, int Number, double[] U, double[] V, double Rounding);
}
