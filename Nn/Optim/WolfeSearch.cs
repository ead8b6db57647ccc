namespace Autograd.Nn;

/// <summary>A point on a line through the parameters.</summary>
/// <param name="Length">How far it lies along the direction.</param>
/// <param name="Value">The loss.</param>
/// <param name="Slope">Its derivative along the direction.</param>
/// <param name="Gradient">Its gradient.</param>
readonly record struct LinePoint(double Length, double Value, double Slope, double[] Gradient);

/// <summary>
/// Finds a length of a step at which the strong Wolfe conditions hold: the loss has fallen by at least 10⁻⁴ of what the slope at the start promises, and the slope is at
/// most 0.9 times as steep.
/// </summary>
/// <remarks>
/// Source: Nocedal and Wright, "Numerical optimization", second edition, 2006, algorithms 3.5 and 3.6 with the cubic of equation 3.59; how far a next length may lie from
/// those before is minFunc's (Schmidt, 2005), as in PyTorch.
/// </remarks>
/// <param name="at">The point at a length.</param>
/// <param name="start">The point at length 0, where the slope is negative.</param>
/// <param name="least">Ends the search when the lengths left differ by no more.</param>
sealed class WolfeSearch(Func<double, LinePoint> at, LinePoint start, double least)
{
    const double Decrease = 1e-4, Curvature = 0.9, Growth = 10, LeastGrowth = 0.01, Margin = 0.1;
    const int Most = 25;

    int _evaluations;

    /// <summary>The point found; where the conditions hold nowhere, the lowest one that has been seen to fall enough, and else the start.</summary>
    /// <param name="length">The length that is tried first, > 0.</param>
    public LinePoint Find(double length)
    {
        LinePoint before = start;
        while (true)
        {
            LinePoint point = Evaluate(length);
            if (!FallsEnough(point) || (_evaluations > 1 && point.Value >= before.Value)) return Between(before, point);
            if (IsFlat(point)) return point;
            if (point.Slope >= 0) return Between(point, before);
            if (_evaluations == Most) return point;
            length = Minimum(before, point, point.Length + (LeastGrowth * (point.Length - before.Length)), Growth * point.Length);
            before = point;
        }
    }

    /// <summary>Narrows a stretch that holds a length as wanted.</summary>
    /// <param name="low">The lowest point that falls enough; the slope there leads to the other end.</param>
    /// <param name="high">The other end, on either side.</param>
    LinePoint Between(LinePoint low, LinePoint high)
    {
        bool nearEnd = false;
        while (_evaluations < Most && Math.Abs(high.Length - low.Length) > least)
        {
            double left = Math.Min(low.Length, high.Length), right = Math.Max(low.Length, high.Length), margin = Margin * (right - left);
            double length = Minimum(low, high, left, right);
            // A minimum near an end is believed once; the second time the stretch would hardly narrow.
            if (Math.Min(right - length, length - left) >= margin) nearEnd = false;
            else if (!nearEnd && length > left && length < right) nearEnd = true;
            else (length, nearEnd) = (right - length < length - left ? right - margin : left + margin, false);

            LinePoint point = Evaluate(length);
            if (!FallsEnough(point) || point.Value >= low.Value)
            {
                high = point;
                continue;
            }
            if (IsFlat(point)) return point;
            if (point.Slope * (high.Length - low.Length) >= 0) high = low;
            low = point;
        }
        return low;
    }

    LinePoint Evaluate(double length)
    {
        _evaluations++;
        return at(length);
    }

    // What is no number does not fall.
    bool FallsEnough(LinePoint point) => point.Value <= start.Value + (Decrease * point.Length * start.Slope);

    bool IsFlat(LinePoint point) => Math.Abs(point.Slope) <= -Curvature * start.Slope;

    /// <summary>Where the cubic through two points with their slopes is lowest, inside of a stretch; its middle where there is no such place.</summary>
    static double Minimum(LinePoint a, LinePoint b, double left, double right)
    {
        if (a.Length > b.Length) (a, b) = (b, a);
        double d1 = a.Slope + b.Slope - (3 * (a.Value - b.Value) / (a.Length - b.Length)), square = (d1 * d1) - (a.Slope * b.Slope);
        double d2 = Math.Sqrt(square), length = b.Length - ((b.Length - a.Length) * ((b.Slope + d2 - d1) / (b.Slope - a.Slope + (2 * d2))));
        return double.IsFinite(length) ? Math.Clamp(length, left, right) : (left + right) / 2;
    }
}
