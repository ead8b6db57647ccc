using System.Globalization;
using System.Text;

namespace Autograd;

/// <summary>What a wrong element looks like from both sides.</summary>
public enum DeviationKind
{
    /// <summary>The derivative is wrong: it is no slope of the function.</summary>
    Wrong,

    /// <summary>The function has a kink there, and the derivative lies between its two slopes: any such value is right.</summary>
    Kink,
}

/// <summary>One element whose analytic derivative is not the numeric one.</summary>
/// <param name="Kind">A bug or a kink.</param>
/// <param name="Order">1: the gradient; 2: the gradient of the gradient.</param>
/// <param name="Input">The position of the input.</param>
/// <param name="Element">The input's element, as indices; or the random direction in which the input moved.</param>
/// <param name="Output">The element of the result, as indices; or the random direction that it was projected on.</param>
/// <param name="Analytic">What backward computed.</param>
/// <param name="Numeric">The central difference.</param>
/// <param name="Left">The one-sided difference from below.</param>
/// <param name="Right">The one-sided difference from above.</param>
public readonly record struct Deviation(
    DeviationKind Kind, int Order, int Input, string Element, string Output, double Analytic, double Numeric, double Left, double Right)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(Kind == DeviationKind.Kink ? "kink" : "wrong")}, order {Order}: input {Input} {(Element.StartsWith('[') ? "element " : "")}{Element} → output {Output}: analytic {Analytic:G9}, numeric {Numeric:G9} (from the left {Left:G9}, from the right {Right:G9})");
}

/// <summary>The outcome of a gradient check.</summary>
public sealed class GradReport
{
    readonly List<Deviation> _deviations = [];
    readonly List<string> _faults = [];
    readonly List<string> _suspects = [];
    readonly int _listed;

    internal GradReport(IReadOnlyList<string> ops, int listed)
    {
        Ops = ops;
        _listed = listed;
    }

    /// <summary>The ops that the function recorded, in order, each once.</summary>
    public IReadOnlyList<string> Ops { get; }

    /// <summary>The elements where the two derivatives differ; kinks included.</summary>
    public IReadOnlyList<Deviation> Deviations => _deviations;

    /// <summary>What else is wrong: an input changed, a result that is not repeated, a derivative that is missing.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>
    /// Where a function of several ops failed: the ops that fail when they are checked alone with the inputs that they had, and how; or a
    /// sentence that says that none does.
    /// </summary>
    public IReadOnlyList<string> Suspects => _suspects;

    /// <summary>How many derivatives were compared.</summary>
    public int Compared { get; internal set; }

    /// <summary>The largest |analytic − numeric| among the accepted ones.</summary>
    public double WorstAccepted { get; internal set; }

    /// <summary>Whether nothing is wrong; kinks are not wrong.</summary>
    public bool Passed => _faults.Count == 0 && _deviations.TrueForAll(d => d.Kind == DeviationKind.Kink);

    internal void Add(Deviation deviation) => _deviations.Add(deviation);

    internal void Add(string fault) => _faults.Add(fault);

    internal void Suspect(string suspect) => _suspects.Add(suspect);

    /// <summary>The verdict, the ops, and the first deviations, one a line.</summary>
    public override string ToString()
    {
        int wrong = _deviations.Count(d => d.Kind == DeviationKind.Wrong), kinks = _deviations.Count - wrong;
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"GradCheck {(Passed ? "passed" : "failed")}: {Compared} derivatives of {string.Join(", ", Ops)}; {wrong} wrong, {kinks} at kinks");
        if (WorstAccepted > 0) text.Append(CultureInfo.InvariantCulture, $"; worst accepted difference {WorstAccepted:G3}");
        text.Append('.');
        foreach (string fault in _faults) text.Append("\n  ").Append(fault);
        // Wrong ones first: a kink rarely is what one looks for.
        foreach (Deviation deviation in _deviations.OrderBy(d => d.Kind).Take(_listed)) text.Append("\n  ").Append(deviation);
        if (_deviations.Count > _listed) text.Append(CultureInfo.InvariantCulture, $"\n  and {_deviations.Count - _listed} more");
        foreach (string suspect in _suspects) text.Append("\n  suspect: ").Append(suspect);
        return text.ToString();
    }
}

/// <summary>A gradient check that failed; the message is the report, so any test framework shows it.</summary>
/// <param name="report">The report.</param>
public sealed class GradCheckException(GradReport report) : AutogradException(report.ToString(), report.Suspects.Count > 0
    ? "Correct the op that is suspected; GradCheck.That checks it alone."
    : "Correct the derivative, or check where the function has no jump.")
{
    /// <summary>The report.</summary>
    public GradReport Report { get; } = report;
}
