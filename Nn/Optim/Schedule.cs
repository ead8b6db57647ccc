namespace Autograd.Nn;

/// <summary>
/// A learning rate as a function of the number of steps taken, in closed form: the rate of step t never depends on the steps before.
/// </summary>
/// <param name="rateAt">Steps taken, ≥ 0, and initial rate → rate.</param>
public sealed class Schedule(Func<long, double, double> rateAt)
{
    /// <summary>The rate after a number of steps.</summary>
    public double RateAt(long step, double initial) => rateAt(step, initial);

    /// <summary>The initial rate, always.</summary>
    public static Schedule Constant() => new((_, initial) => initial);

    /// <summary>The initial rate times a factor of your own.</summary>
    /// <param name="factor">Steps taken → factor.</param>
    public static Schedule Scaled(Func<long, double> factor) => new((step, initial) => initial * factor(step));

    /// <summary>initial·factor^⌊t/every⌋.</summary>
    public static Schedule Stairs(long every, double factor = 0.1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(every, 1);
        return new((step, initial) => initial * UpdateLoop.Power(factor, step / every));
    }

    /// <summary>initial·factorᵏ, with k the number of milestones reached.</summary>
    /// <param name="factor">By which the rate is multiplied at a milestone.</param>
    /// <param name="milestones">Numbers of steps.</param>
    public static Schedule Milestones(double factor, params ReadOnlySpan<long> milestones)
    {
        long[] reached = milestones.ToArray();
        return new((step, initial) => initial * UpdateLoop.Power(factor, reached.Count(milestone => milestone <= step)));
    }

    /// <summary>initial·factorᵗ.</summary>
    public static Schedule Exponential(double factor) => new((step, initial) => initial * UpdateLoop.Power(factor, step));

    /// <summary>A straight line from initial·start to initial·end in a number of steps, then initial·end; a warm-up where start is below end.</summary>
    public static Schedule Linear(long steps, double start = 1.0 / 3, double end = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        return new((step, initial) => initial * (start + ((end - start) * Math.Min(step, steps) / steps)));
    }

    /// <summary>initial·(1 − t/steps)^power, 0 after that.</summary>
    public static Schedule Polynomial(long steps, double power = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        return new((step, initial) => initial * Math.Pow(1 - (Math.Min(step, steps) / (double)steps), power));
    }

    /// <summary>Half a cosine from the initial rate to the lowest in a number of steps, the lowest after that.</summary>
    /// <remarks>Source: Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, equation 5.</remarks>
    public static Schedule Cosine(long steps, double lowest = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        return new((step, initial) => Descend(initial, lowest, Math.Min(step, steps) / (double)steps));
    }

    /// <summary>Half cosines one after the other, each starting at the initial rate.</summary>
    /// <param name="first">Steps of the first.</param>
    /// <param name="growth">How many times as long each is as the one before, ≥ 1.</param>
    /// <param name="lowest">The rate that each goes down to.</param>
    /// <inheritdoc cref="Cosine" path="/remarks"/>
    public static Schedule CosineRestarts(long first, long growth = 1, double lowest = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(first, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(growth, 1);
        return new((step, initial) =>
        {
            long length = first;
            if (growth == 1) step %= first;
            for (; step >= length; length *= growth) step -= length;
            return Descend(initial, lowest, step / (double)length);
        });
    }

    /// <summary>Up from highest/startDivisor by half a cosine, then down to highest/(startDivisor·endDivisor); the initial rate is not used, the momentum stays as it is.</summary>
    /// <param name="steps">All steps, ≥ 2.</param>
    /// <param name="highest">The rate at the top.</param>
    /// <param name="rising">Which part of the steps goes up, in (0, 1).</param>
    /// <param name="startDivisor">How many times lower the rate starts.</param>
    /// <param name="endDivisor">How many times lower than the start it ends.</param>
    /// <remarks>Source: Smith and Topin, "Super-convergence: very fast training of neural networks using large learning rates", 2018.</remarks>
    public static Schedule OneCycle(long steps, double highest, double rising = 0.3, double startDivisor = 25, double endDivisor = 1e4)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 2);
        double top = (rising * steps) - 1, last = steps - 1, start = highest / startDivisor;
        return new((step, _) => step <= top
            ? Descend(start, highest, step / top)
            : Descend(highest, start / endDivisor, (Math.Min(step, last) - top) / (last - top)));
    }

    /// <summary>This schedule for a number of steps, then another from its beginning: <c>Schedule.Linear(100).Then(100, Schedule.Cosine(900))</c>.</summary>
    public Schedule Then(long after, Schedule next) =>
        new((step, initial) => step < after ? RateAt(step, initial) : next.RateAt(step - after, initial));

    /// <summary>Half a cosine from a to b as the part goes from 0 to 1.</summary>
    static double Descend(double a, double b, double part) => b + ((a - b) * (1 + Math.Cos(Math.PI * part)) / 2);
}

/// <summary>Sets the learning rates of an optimizer by a schedule: at once that of no steps, with each <see cref="Step"/> the next.</summary>
public sealed class Scheduler
{
    readonly Optimizer _optimizer;
    readonly Schedule _schedule;
    readonly double[] _initial;

    /// <summary>Takes the optimizer's rates as the initial ones and sets those of no steps taken.</summary>
    public Scheduler(Optimizer optimizer, Schedule schedule)
    {
        (_optimizer, _schedule) = (optimizer, schedule);
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
        for (int i = 0; i < _initial.Length; i++) _optimizer.Groups[i].LearningRate = _schedule.RateAt(Steps, _initial[i]);
    }
}

/// <summary>Lowers the learning rates when a measure, such as the validation loss, no longer falls.</summary>
/// <param name="optimizer">The optimizer.</param>
/// <param name="factor">By which the rates are multiplied, in (0, 1).</param>
/// <param name="patience">How many measures without progress in a row are borne.</param>
/// <param name="threshold">By which part of the best measure a new best must be lower.</param>
/// <param name="cooldown">After how many measures the counting starts again.</param>
/// <param name="lowest">Below which no rate falls.</param>
public sealed class PlateauScheduler(
    Optimizer optimizer, double factor = 0.1, int patience = 10, double threshold = 1e-4, int cooldown = 0, double lowest = 0)
{
    int _bad, _cooling;

    /// <summary>The lowest measure so far.</summary>
    public double Best { get; private set; } = double.PositiveInfinity;

    /// <summary>Takes the next measure; NaN counts as no progress.</summary>
    public void Step(double measure)
    {
        bool better = measure < Best - (double.IsFinite(Best) ? threshold * Math.Abs(Best) : 0);
        if (better) Best = measure;
        _bad = better || _cooling > 0 ? 0 : _bad + 1;
        if (_cooling > 0) _cooling--;
        if (_bad <= patience) return;
        foreach (ParameterGroup group in optimizer.Groups)
            group.LearningRate = Math.Min(group.LearningRate!.Value, Math.Max(group.LearningRate.Value * factor, lowest));
        (_bad, _cooling) = (0, cooldown);
    }
}
