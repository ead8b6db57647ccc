namespace Autograd.Nn;

/// <summary>Sets the learning rates of an optimizer by a schedule: at once that of no steps, with each <see cref="Step"/> the next.</summary>
public sealed class Scheduler
{
    readonly Optimizer _optimizer;
    readonly Schedule _schedule;
    readonly Schedule? _momentum;
    readonly double[] _initial;

    /// <summary>Takes the optimizer's rates as the initial ones and sets those of no steps taken.</summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="schedule">That of the rates.</param>
    /// <param name="momentum">That of the momentum, one that uses no initial value; the momentum stays as it is when left out.</param>
    public Scheduler(Optimizer optimizer, Schedule schedule, Schedule? momentum = null)
    {
        (_optimizer, _schedule, _momentum) = (optimizer, schedule, momentum);
        _initial = [.. optimizer.Groups.Select(group => group.LearningRate!.Value)];
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

    void Set()
    {
        for (int i = 0; i < _initial.Length; i++)
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
public sealed class PlateauScheduler(
    Optimizer optimizer, double factor = 0.1, int patience = 10, double threshold = 1e-4, int cooldown = 0, double lowest = 0, bool rising = false, bool absolute = false)
{
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
        foreach (ParameterGroup group in optimizer.Groups)
            group.LearningRate = Math.Min(group.LearningRate!.Value, Math.Max(group.LearningRate.Value * factor, lowest));
        (_bad, _cooling) = (0, cooldown);
    }
}
