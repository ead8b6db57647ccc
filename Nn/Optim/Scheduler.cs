namespace Autograd.Nn;

/// <summary>Sets the learning rates of an optimizer by a schedule: at once that of no steps, with each <see cref="Step"/> the next.</summary>
public sealed class Scheduler : IStateful
{
    readonly Optimizer _optimizer;
    readonly Schedule _schedule;
    readonly Schedule? _momentum;
    readonly List<double> _initial = [];

    /// <summary>Takes the optimizer's rates as the initial ones and sets those of no steps taken.</summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="schedule">That of the rates.</param>
    /// <param name="momentum">That of the momentum, one that uses no initial value; the momentum stays as it is when left out.</param>
    public Scheduler(Optimizer optimizer, Schedule schedule, Schedule? momentum = null)
    {
        Throw.IfNull(nameof(Scheduler), optimizer);
        Throw.IfNull(nameof(Scheduler), schedule);
        (_optimizer, _schedule, _momentum) = (optimizer, schedule, momentum);
        Set();
    }

    /// <summary>How many steps have been taken; may be set, to go on where a run was broken off.</summary>
    public long Steps
    {
        get;
        set
        {
            field = value;
            Set();
        }
    }

    /// <summary>Sets the rates of the next step.</summary>
    public void Step() => Steps++;

    /// <summary>The number of steps, and the initial rates of the groups.</summary>
    /// <inheritdoc path="/returns"/>
    public OrderedDictionary<string, Tensor> StateDict() => new()
    {
        [StepsName] = Tensor.From([Steps], []),
        [RatesName] = Tensor.From([.. _initial]),
    };

    /// <summary>Takes over a state, and sets the rates that belong to it.</summary>
    /// <inheritdoc/>
    public void LoadStateDict(IReadOnlyDictionary<string, Tensor> state)
    {
        StateMismatch.Check(nameof(Scheduler), [.. StateDict().Select(item => (item.Key, item.Value))], state);
        double[] initial = state[RatesName].Cast(DType.Float64).ToArray<double>();
        for (int i = 0; i < initial.Length; i++) _initial[i] = initial[i];
        Steps = state[StepsName].ToArray<long>()[0];
    }

    const string StepsName = "steps", RatesName = "initial_rates";

    void Set()
    {
        // A group that was added meanwhile starts from the rate that it came with.
        for (int i = _initial.Count; i < _optimizer.Groups.Count; i++) _initial.Add(_optimizer.Groups[i].LearningRate!.Value);
        for (int i = 0; i < _initial.Count; i++)
        {
            _optimizer.Groups[i].LearningRate = _schedule.RateAt(Steps, _initial[i]);
            if (_momentum is not null) _optimizer.Groups[i].Momentum = _momentum.RateAt(Steps, 0);
        }
    }
}

/// <summary>Lowers the learning rates when a measure, such as the validation loss, no longer falls.</summary>
/// <param name="optimizer">The optimizer.</param>
/// <param name="factor">By which the rates are multiplied, in (0, 1).</param>
/// <param name="patience">How many measures without progress in a row are borne.</param>
/// <param name="threshold">By which part of the best measure a new best must be lower.</param>
/// <param name="cooldown">After how many measures the counting starts again.</param>
/// <param name="lowest">Below which no rate falls.</param>
/// <param name="rising">Whether the measure should rise rather than fall, as an accuracy does.</param>
/// <param name="absolute">Whether the threshold is a difference rather than a part of the best measure.</param>
/// <param name="smallest">A change of a rate that is not greater than this is not made.</param>
public sealed class PlateauScheduler(
    Optimizer optimizer, double factor = 0.1, int patience = 10, double threshold = 1e-4, int cooldown = 0, double lowest = 0, bool rising = false, bool absolute = false,
    double smallest = 1e-8)
    : IStateful
{
    const string BestName = "best", BadName = "bad", CoolingName = "cooling";

    readonly Optimizer _optimizer = Throw.Given(nameof(PlateauScheduler), optimizer);
    int _bad, _cooling;

    /// <summary>The best measure so far.</summary>
    public double Best { get; private set; } = rising ? double.NegativeInfinity : double.PositiveInfinity;

    /// <summary>Takes the next measure; NaN counts as no progress.</summary>
    public void Step(double measure)
    {
        double margin = !double.IsFinite(Best) ? 0 : absolute ? threshold : threshold * Math.Abs(Best);
        bool better = rising ? measure > Best + margin : measure < Best - margin;
        if (better) Best = measure;
        _bad = better || _cooling > 0 ? 0 : _bad + 1;
        if (_cooling > 0) _cooling--;
        if (_bad <= patience) return;
        foreach (ParameterGroup group in _optimizer.Groups)
        {
            double rate = group.LearningRate!.Value, lowered = Math.Max(rate * factor, lowest);
            if (rate - lowered > smallest) group.LearningRate = lowered;
        }
        (_bad, _cooling) = (0, cooldown);
    }

    /// <summary>The best measure, and the counters of measures without progress and of cooling down.</summary>
    /// <inheritdoc path="/returns"/>
    public OrderedDictionary<string, Tensor> StateDict() => new()
    {
        [BestName] = Tensor.Scalar(Best, DType.Float64),
        [BadName] = Tensor.Scalar(_bad, DType.Int64),
        [CoolingName] = Tensor.Scalar(_cooling, DType.Int64),
    };

    /// <inheritdoc/>
    public void LoadStateDict(IReadOnlyDictionary<string, Tensor> state)
    {
        StateMismatch.Check(nameof(PlateauScheduler), [.. StateDict().Select(item => (item.Key, item.Value))], state);
        Best = state[BestName].Item();
        (_bad, _cooling) = ((int)state[BadName].Item(), (int)state[CoolingName].Item());
    }
}
