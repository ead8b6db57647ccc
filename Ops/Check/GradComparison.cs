namespace Autograd;

/// <summary>Compares the Jacobian by backward with that by differences, at one order.</summary>
sealed class GradComparison(Func<Tensor[], Tensor> f, Tensor[] inputs, GradCheckOptions options, int order, GradReport report)
{
    readonly Shape _shape = f(inputs).Shape;
    readonly List<Kink> _kinks = [];

    public void Run()
    {
        double[][] analytic = Analytic();
        for (int input = 0; input < inputs.Length; input++)
        {
            int count = inputs[input].Count;
            double[][] numeric = new double[count][];
            double scale = 1;
            for (int j = 0; j < count; j++)
            {
                numeric[j] = Difference(input, j, Side.Both, options.Step);
                foreach (double value in numeric[j]) scale = Math.Max(scale, double.IsFinite(value) ? Math.Abs(value) : 0);
            }
            for (int j = 0; j < count; j++)
            {
                for (int k = 0; k < _shape.ElementCount; k++) Compare(input, j, k, analytic[input][(k * count) + j], numeric[j][k], scale);
            }
        }
        if (order == 1) CompareTies();
    }

    void Compare(int input, int element, int output, double analytic, double numeric, double scale)
    {
        report.Compared++;
        if (options.IsClose(analytic, numeric, scale))
        {
            if (double.IsFinite(numeric)) report.WorstAccepted = Math.Max(report.WorstAccepted, Math.Abs(analytic - numeric));
            return;
        }
        double left = Difference(input, element, Side.Left, options.Step)[output], right = Difference(input, element, Side.Right, options.Step)[output];
        // At a kink the one-sided slopes stay apart when the step shrinks; where the function is only curved they approach each other.
        double closer = Difference(input, element, Side.Right, options.Step / 8)[output] - Difference(input, element, Side.Left, options.Step / 8)[output];
        double gap = right - left, slack = options.Tolerance(numeric, scale);
        bool kink = Math.Abs(gap) > 4 * slack && Math.Abs(closer) > Math.Abs(gap) / 2 &&
            analytic >= Math.Min(left, right) - slack && analytic <= Math.Max(left, right) + slack;
        // At a jump, such as that of a kink's derivative, the difference grows as the step shrinks, and no value is wrong.
        kink |= double.IsFinite(analytic) && Math.Abs(Difference(input, element, Side.Both, options.Step / 8)[output]) > 4 * Math.Abs(numeric) && Math.Abs(numeric) > slack;
        if (kink) _kinks.Add(new(input, element, output, analytic));
        report.Add(new Deviation(
            kink ? DeviationKind.Kink : DeviationKind.Wrong, order, input, Indices(inputs[input].Shape, element), Indices(_shape, output),
            analytic, numeric, left, right));
    }

    /// <summary>Elements at kinks that may be moved together smoothly, though not against each other, share one slope.</summary>
    void CompareTies()
    {
        foreach (IGrouping<int, Kink> kinks in _kinks.GroupBy(k => k.Output).Where(g => g.Count() > 1))
        {
            Kink[] tie = [.. kinks];
            double slope = Along(tie, options.Step, together: true), slack = 8 * tie.Length * options.Tolerance(slope, 1), sum = tie.Sum(k => k.Analytic);
            bool smooth = Math.Abs(slope - Along(tie, -options.Step, together: true)) <= slack;
            bool apart = Math.Abs(Along(tie, options.Step, together: false) - Along(tie, -options.Step, together: false)) > slack;
            if (!smooth || !apart || Math.Abs(sum - slope) <= slack) continue;
            string elements = string.Join(", ", tie.Select(k => $"input {k.Input} element {Indices(inputs[k.Input].Shape, k.Element)}"));
            report.Add(string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"At the tie of {elements} → output {Indices(_shape, kinks.Key)}, the derivatives add up to {sum:G9}, but moving the elements together has the slope {slope:G9}."));
        }
    }

    double Along(Kink[] tie, double step, bool together)
    {
        Tensor[] moved = [.. inputs.Select(t => t.Clone())];
        for (int i = 0; i < tie.Length; i++) Shift(moved[tie[i].Input], tie[i].Element, together || i == 0 ? step : -step);
        return (Numbers(f(moved))[tie[0].Output] - Numbers(f([.. inputs.Select(t => t.Detach())]))[tie[0].Output]) / step;
    }

    static void Shift(Tensor x, int element, double step)
    {
        if (x.DType == DType.Float32) x.AsWritableSpan<float>()[element] += (float)step;
        else x.AsWritableSpan<double>()[element] += step;
    }

    /// <summary>One row-major Jacobian an input, [outputs, elements].</summary>
    double[][] Analytic()
    {
        Tensor y = f(inputs);
        double[][] jacobians = [.. inputs.Select(x => new double[_shape.ElementCount * x.Count])];
        for (int k = 0; k < _shape.ElementCount; k++)
        {
            Tensor?[] row = Tape.Gradients(y, inputs, OneHot(k, y.DType), retainGraph: true, allowUnused: true);
            for (int i = 0; i < inputs.Length; i++)
            {
                if (row[i] is { } dx) Numbers(dx).CopyTo(jacobians[i], k * inputs[i].Count);
            }
        }
        return jacobians;
    }

    double[] Difference(int input, int element, Side side, double step)
    {
        double x = Numbers(inputs[input])[element], h = step * Math.Max(1, Math.Abs(x));
        double high = side == Side.Left ? x : x + h, low = side == Side.Right ? x : x - h;
        (double[] above, high) = At(input, element, high);
        (double[] below, low) = At(input, element, low);
        double[] slopes = new double[above.Length];
        for (int k = 0; k < slopes.Length; k++) slopes[k] = (above[k] - below[k]) / (high - low);
        return slopes;
    }

    /// <summary>The result with one element replaced, and that element as it was stored.</summary>
    (double[] Result, double Stored) At(int input, int element, double value)
    {
        Tensor x = inputs[input].Clone();
        if (x.DType == DType.Float32) x.AsWritableSpan<float>()[element] = (float)value;
        else x.AsWritableSpan<double>()[element] = value;
        Tensor[] moved = [.. inputs.Select((t, i) => i == input ? x : t.Detach())];
        return (Numbers(f(order == 1 ? moved : WithGradients(moved))), Numbers(x)[element]);
    }

    Tensor OneHot(int index, DType dtype)
    {
        Tensor seed = Tensor.Zeros(_shape, dtype);
        if (dtype == DType.Float32) seed.AsWritableSpan<float>()[index] = 1;
        else seed.AsWritableSpan<double>()[index] = 1;
        return seed;
    }

    public static Tensor[] WithGradients(Tensor[] tensors)
    {
        foreach (Tensor tensor in tensors) tensor.RequiresGrad = true;
        return tensors;
    }

    public static double[] Numbers(Tensor x) => x.Cast(DType.Float64).ToArray<double>();

    static string Indices(Shape shape, int element)
    {
        int[] indices = new int[shape.Rank];
        for (int i = shape.Rank - 1; i >= 0; i--) (element, indices[i]) = Math.DivRem(element, shape[i]);
        return $"[{string.Join(", ", indices)}]";
    }

    readonly record struct Kink(int Input, int Element, int Output, double Analytic);

    enum Side
    {
        Both,
        Left,
        Right,
    }
}
