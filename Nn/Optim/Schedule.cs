namespace Autograd.Nn;

/// <summary>
/// A learning rate as a function of the number of steps taken, in closed form: the rate of step t never depends on the steps before.
/// </summary>
/// <param name="rateAt">Steps taken, ≥ 0, and initial rate → rate.</param>
public sealed class Schedule(Func<long, double, double> rateAt)
{
    const string AllSteps = "Pass the steps of the whole training, epochs · batches.Count.";

    readonly Func<long, double, double> _rateAt = Throw.Given(nameof(Schedule), rateAt);

    /// <summary>The rate after a number of steps.</summary>
    public double RateAt(long step, double initial) => _rateAt(step, initial);

    /// <summary>The initial rate, always.</summary>
    public static Schedule Constant() => new((_, initial) => initial);

    /// <summary>The initial rate times a factor of your own.</summary>
    /// <param name="factor">Steps taken → factor.</param>
    public static Schedule Scaled(Func<long, double> factor)
    {
        Throw.IfNull("Schedule.Scaled", factor);
        return new((step, initial) => initial * factor(step));
    }

    /// <summary>initial·factor^⌊t/every⌋.</summary>
    public static Schedule Stairs(long every, double factor = 0.1)
    {
        Throw.IfBelow("Schedule.Stairs", every, 1, "Pass the steps between two stairs, such as those of an epoch.");
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
        Throw.IfBelow("Schedule.Linear", steps, 1, AllSteps);
        return new((step, initial) => initial * (start + ((end - start) * Math.Min(step, steps) / steps)));
    }

    /// <summary>initial·(1 − t/steps)^power, 0 after that.</summary>
    public static Schedule Polynomial(long steps, double power = 1)
    {
        Throw.IfBelow("Schedule.Polynomial", steps, 1, AllSteps);
        return new((step, initial) => initial * Math.Pow(1 - (Math.Min(step, steps) / (double)steps), power));
    }

    /// <summary>Half a cosine from the initial rate to the lowest in a number of steps; going on, up again as it came down, and so forth.</summary>
    /// <remarks>Source: Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, equation 5.</remarks>
    public static Schedule Cosine(long steps, double lowest = 0)
    {
        Throw.IfBelow("Schedule.Cosine", steps, 1, AllSteps);
        return new((step, initial) => Descend(initial, lowest, step / (double)steps));
    }

    /// <summary>Half cosines one after the other, each starting at the initial rate.</summary>
    /// <param name="first">Steps of the first.</param>
    /// <param name="growth">How many times as long each is as the one before, ≥ 1.</param>
    /// <param name="lowest">The rate that each goes down to.</param>
    /// <inheritdoc cref="Cosine" path="/remarks"/>
    public static Schedule CosineRestarts(long first, long growth = 1, double lowest = 0)
    {
        Throw.IfBelow("Schedule.CosineRestarts", first, 1, "Pass the steps of the first cosine, such as those of an epoch.");
        Throw.IfBelow("Schedule.CosineRestarts", growth, 1, "Leave it out for cosines of one length.");
        return new((step, initial) =>
        {
            long length = first;
            if (growth == 1) step %= first;
            for (; step >= length; length *= growth) step -= length;
            return Descend(initial, lowest, step / (double)length);
        });
    }

    /// <summary>
    /// Up from highest/startDivisor to the highest rate, then down to highest/(startDivisor·endDivisor), by half cosines; the initial rate is not used.
    /// The momentum goes the other way if the scheduler gets <see cref="OneCycleMomentum"/> besides.
    /// </summary>
    /// <param name="steps">All steps, ≥ 2.</param>
    /// <param name="highest">The rate at the top.</param>
    /// <param name="rising">Which part of the steps goes up, in (0, 1).</param>
    /// <param name="startDivisor">How many times lower the rate starts.</param>
    /// <param name="endDivisor">How many times lower than the start it ends.</param>
    /// <param name="threePhases">Whether the way down to the start is as long as the way up, and the rest of the steps goes on from there to the end.</param>
    /// <param name="straight">Whether the ways are straight lines.</param>
    /// <remarks>Source: Smith and Topin, "Super-convergence: very fast training of neural networks using large learning rates", 2018.</remarks>
    public static Schedule OneCycle(
        long steps, double highest, double rising = 0.3, double startDivisor = 25, double endDivisor = 1e4, bool threePhases = false, bool straight = false)
    {
        double start = highest / startDivisor, end = start / endDivisor;
        return Ways("Schedule.OneCycle", steps, rising, straight, threePhases ? [start, highest, start, end] : [start, highest, end]);
    }

    /// <summary>The momentum that belongs to <see cref="OneCycle"/>: lowest where the rate is highest.</summary>
    /// <param name="steps">All steps, ≥ 2.</param>
    /// <param name="lowest">The momentum at the top of the rate.</param>
    /// <param name="highest">The momentum at the start and at the end.</param>
    /// <param name="rising">Which part of the steps goes up, in (0, 1).</param>
    /// <param name="threePhases">As that of the rate.</param>
    /// <param name="straight">As that of the rate.</param>
    /// <inheritdoc cref="OneCycle" path="/remarks"/>
    public static Schedule OneCycleMomentum(
        long steps, double lowest = 0.85, double highest = 0.95, double rising = 0.3, bool threePhases = false, bool straight = false) =>
        Ways("Schedule.OneCycleMomentum", steps, rising, straight, threePhases ? [highest, lowest, highest, highest] : [highest, lowest, highest]);

    /// <summary>Straight up and down between two values, again and again; the initial rate is not used. With the values swapped, the momentum that belongs to it.</summary>
    /// <param name="from">The value at the ends of a cycle.</param>
    /// <param name="to">The value at its top.</param>
    /// <param name="up">Steps from one to the other.</param>
    /// <param name="down">Steps back; as many when left out.</param>
    /// <param name="height">Number of the cycle, from 0, and number of steps → factor of the height; 1 when left out.</param>
    /// <remarks>Source: Smith, "Cyclical learning rates for training neural networks", 2017.</remarks>
    public static Schedule Cyclic(double from, double to, long up = 2000, long? down = null, Func<long, long, double>? height = null)
    {
        Throw.IfBelow("Schedule.Cyclic", up, 1, "Pass half of the steps of a cycle.");
        long back = down ?? up, length = up + back;
        Throw.IfBelow("Schedule.Cyclic", back, 1, "Leave it out for as many as up.", nameof(down));
        return new((step, _) =>
        {
            (long cycle, long place) = Math.DivRem(step, length);
            double part = place <= up ? place / (double)up : (length - place) / (double)back;
            return from + ((to - from) * part * (height?.Invoke(cycle, step) ?? 1));
        });
    }

    /// <summary>initial·factor for a number of steps, then the initial rate.</summary>
    public static Schedule Held(long steps, double factor = 1.0 / 3) => new((step, initial) => step < steps ? initial * factor : initial);

    /// <summary>Both schedules at once: the other one takes the rate of this one for the initial rate.</summary>
    public Schedule With(Schedule other)
    {
        Throw.IfNull("Schedule.With", other);
        return new((step, initial) => other.RateAt(step, RateAt(step, initial)));
    }

    /// <summary>This schedule for a number of steps, then another from its beginning: <c>Schedule.Linear(100).Then(100, Schedule.Cosine(900))</c>.</summary>
    public Schedule Then(long after, Schedule next)
    {
        Throw.IfNull("Schedule.Then", next);
        return new((step, initial) => step < after ? RateAt(step, initial) : next.RateAt(step - after, initial));
    }

    /// <summary>Ways between values: the first takes the rising part of the steps, so does the second of three, the last what remains.</summary>
    static Schedule Ways(string name, long steps, double rising, bool straight, double[] values)
    {
        Throw.IfBelow(name, steps, 2, AllSteps);
        double top = (rising * steps) - 1;
        double[] ends = values.Length == 3 ? [0, top, steps - 1] : [0, top, (2 * rising * steps) - 2, steps - 1];
        return new((step, _) =>
        {
            int way = 1;
            while (way < ends.Length - 1 && step > ends[way]) way++;
            double part = (Math.Min(step, ends[way]) - ends[way - 1]) / (ends[way] - ends[way - 1]);
            return straight ? values[way - 1] + ((values[way] - values[way - 1]) * part) : Descend(values[way - 1], values[way], part);
        });
    }

    /// <summary>Half a cosine from a to b as the part goes from 0 to 1.</summary>
    static double Descend(double a, double b, double part) => b + ((a - b) * (1 + Math.Cos(Math.PI * part)) / 2);
}
