namespace Autograd.Nn;

/// <summary>
/// The quasi-Newton method of limited memory: the direction is −H·g, where H approximates the inverse second derivative from the last
/// changes of parameters and gradients. For full batches: the loss is computed several times a step, and must be the same function each time.
/// </summary>
/// <remarks>
/// Source: Nocedal, "Updating quasi-Newton matrices with limited storage", 1980. The length of each step fulfils the strong Wolfe conditions (Nocedal and Wright,
/// "Numerical optimization", second edition, 2006, section 3.5).
/// </remarks>
public sealed class Lbfgs : IStateful
{
    const double LeastCurvature = 1e-10;
    const string StepsName = "steps", ChangesName = "changes";

    readonly Tensor[] _parameters;
    readonly List<(double[] Step, double[] Change, double Inverse)> _memory = [];
    readonly double _rate, _gradientTolerance, _changeTolerance;
    readonly int _iterations, _history, _count;

    /// <summary>Takes over parameters.</summary>
    /// <param name="parameters">Leaves that require gradients, such as a module's Parameters.</param>
    /// <param name="learningRate">The length of a step that is tried first, > 0; 1 is that of Newton's method.</param>
    /// <param name="iterations">How many steps in a row a call takes, ≥ 1.</param>
    /// <param name="history">How many changes are remembered, ≥ 1.</param>
    /// <param name="gradientTolerance">Ends a call when no element of the gradient is greater.</param>
    /// <param name="changeTolerance">Ends a call when no parameter changes by more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is too small.</exception>
    /// <exception cref="ArgumentException">There is no parameter, or one occurs twice.</exception>
    /// <exception cref="GraphException">A parameter is a recorded result or requires no gradient.</exception>
    public Lbfgs(
        IEnumerable<Tensor> parameters, double learningRate = 1, int iterations = 20, int history = 100, double gradientTolerance = 1e-7, double changeTolerance = 1e-9)
    {
        Throw.IfNotPositive(nameof(Lbfgs), learningRate, "Pass 1, the step of Newton's method.");
        Sizes.AtLeastOne(nameof(Lbfgs), (nameof(iterations), iterations), (nameof(history), history));
        // The checks of parameters are those of every optimizer.
        _parameters = [.. new Sgd(parameters, learningRate).Groups[0].Parameters];
        (_rate, _iterations, _history) = (learningRate, iterations, history);
        (_gradientTolerance, _changeTolerance) = (gradientTolerance, changeTolerance);
        _count = _parameters.Sum(parameter => parameter.Count);
    }

    /// <summary>Takes several steps down.</summary>
    /// <param name="loss">Computes the loss; gradients are cleared before and computed here.</param>
    /// <returns>The loss at the start.</returns>
    /// <exception cref="GraphException">The loss depends on no parameter.</exception>
    public double Step(Func<Tensor> loss)
    {
        Throw.IfNull("Lbfgs.Step", loss);
        (double first, double[] gradient) = Evaluate(loss);
        double value = first;
        double[] start = Read(parameter => parameter);
        for (int i = 0; i < _iterations && double.IsFinite(value) && Greatest(gradient) > _gradientTolerance; i++)
        {
            double[] direction = Direction(gradient);
            double slope = Dot(direction, gradient), length = _memory.Count == 0 ? Math.Min(1, 1 / Sum(gradient)) * _rate : _rate;
            if (!(slope < 0)) break;
            WolfeSearch search = new(At, new(0, value, slope, gradient), _changeTolerance / Greatest(direction));
            LinePoint found = search.Find(length);
            Write(start, direction, found.Length);
            if (found.Length == 0) break;
            Remember(Scale(direction, found.Length), Subtract(found.Gradient, gradient));
            start = Read(parameter => parameter);
            (value, gradient) = (found.Value, found.Gradient);
            if (Greatest(direction) * found.Length <= _changeTolerance) break;

            LinePoint At(double length)
            {
                Write(start, direction, length);
                (double reached, double[] there) = Evaluate(loss);
                return new(length, reached, Dot(direction, there), there);
            }
        }
        return first;
    }

    /// <summary>The remembered steps and the changes of the gradient that belong to them, [remembered, elements of all parameters] each.</summary>
    /// <inheritdoc path="/returns"/>
    public OrderedDictionary<string, Tensor> StateDict() => new()
    {
        [StepsName] = Tensor.From([.. _memory.SelectMany(item => item.Step)], [_memory.Count, _count]),
        [ChangesName] = Tensor.From([.. _memory.SelectMany(item => item.Change)], [_memory.Count, _count]),
    };

    /// <inheritdoc/>
    public void LoadStateDict(IReadOnlyDictionary<string, Tensor> state)
    {
        Throw.IfNull("LoadStateDict", state);
        int remembered = state.TryGetValue(StepsName, out Tensor? saved) && saved.Rank == 2 ? Math.Min(saved.Shape[0], _history) : 0;
        Tensor steps = Tensor.Zeros([remembered, _count], DType.Float64), changes = Tensor.Zeros([remembered, _count], DType.Float64);
        StateMismatch.Check(nameof(Lbfgs), [(StepsName, steps), (ChangesName, changes)], state);
        double[][] s = Rows(StepsName), y = Rows(ChangesName);
        _memory.Clear();
        for (int i = 0; i < remembered; i++) Remember(s[i], y[i]);

        double[][] Rows(string name) => [.. state[name].Cast(DType.Float64).ToArray<double>().Chunk(Math.Max(_count, 1))];
    }

    /// <summary>−H·g by the two loops over the remembered changes.</summary>
    double[] Direction(double[] gradient)
    {
        double[] q = Scale(gradient, -1), weights = new double[_memory.Count];
        for (int i = _memory.Count - 1; i >= 0; i--)
        {
            weights[i] = _memory[i].Inverse * Dot(_memory[i].Step, q);
            Add(q, _memory[i].Change, -weights[i]);
        }
        if (_memory.Count > 0) q = Scale(q, 1 / (_memory[^1].Inverse * Dot(_memory[^1].Change, _memory[^1].Change)));
        for (int i = 0; i < _memory.Count; i++) Add(q, _memory[i].Step, weights[i] - (_memory[i].Inverse * Dot(_memory[i].Change, q)));
        return q;
    }

    void Remember(double[] step, double[] change)
    {
        double curvature = Dot(step, change);
        if (!(curvature > LeastCurvature)) return;
        if (_memory.Count == _history) _memory.RemoveAt(0);
        _memory.Add((step, change, 1 / curvature));
    }

    (double Value, double[] Gradient) Evaluate(Func<Tensor> loss)
    {
        foreach (Tensor parameter in _parameters) parameter.ZeroGrad();
        Tensor value = loss();
        value.Backward();
        return (value.Detach().Item(), Read(parameter => parameter.Grad));
    }

    /// <summary>All parameters, or their gradients, one after the other; what is missing is 0.</summary>
    double[] Read(Func<Tensor, Tensor?> part)
    {
        using RecordingSwitch _ = Tape.NoGrad();
        double[] all = new double[_count];
        int place = 0;
        foreach (Tensor parameter in _parameters)
        {
            if (part(parameter) is { } tensor) tensor.Detach().Cast(DType.Float64).ToArray<double>().CopyTo(all, place);
            place += parameter.Count;
        }
        return all;
    }

    void Write(double[] start, double[] direction, double length)
    {
        using RecordingSwitch _ = Tape.NoGrad();
        int place = 0;
        foreach (Tensor parameter in _parameters)
        {
            double[] values = new double[parameter.Count];
            for (int i = 0; i < values.Length; i++, place++) values[i] = Math.FusedMultiplyAdd(length, direction[place], start[place]);
            parameter.CopyFrom(Tensor.From(values, parameter.Shape).Cast(parameter.DType));
        }
    }

    static double[] Scale(double[] x, double factor) => Array.ConvertAll(x, value => value * factor);

    static double[] Subtract(double[] a, double[] b)
    {
        double[] difference = new double[a.Length];
        for (int i = 0; i < a.Length; i++) difference[i] = a[i] - b[i];
        return difference;
    }

    static void Add(double[] x, double[] y, double factor)
    {
        for (int i = 0; i < x.Length; i++) x[i] = Math.FusedMultiplyAdd(factor, y[i], x[i]);
    }

    static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum = Math.FusedMultiplyAdd(a[i], b[i], sum);
        return sum;
    }

    static double Sum(double[] x) => x.Sum(Math.Abs);

    static double Greatest(double[] x) => x.Length == 0 ? 0 : x.Max(Math.Abs);
}
