namespace Autograd;

/// <summary>The base of every error that this library reports; nothing has been changed when one is thrown.</summary>
public abstract class AutogradException : Exception
{
    /// <summary>A message of the rule and then the hint, which gets a line of its own below a rule of several lines.</summary>
    /// <param name="rule">What was called, what must hold there, and the values that do not fit.</param>
    /// <param name="hint">What to do instead, in a sentence.</param>
    protected AutogradException(string rule, string hint) : base($"{rule}{(rule.Contains('\n') ? '\n' : ' ')}{hint}") => Hint = hint;

    /// <summary>What to do instead: the sentence that ends the message.</summary>
    public string Hint { get; }
}

/// <summary>Shapes, axes or indices that do not fit together.</summary>
/// <param name="rule">The op, what must hold, and the shapes.</param>
/// <param name="hint">What to do instead, in a sentence.</param>
public sealed class ShapeException(string rule, string hint) : AutogradException(rule, hint);

/// <summary>An element type that an operation does not take.</summary>
/// <param name="rule">The op, what must hold, and the element types.</param>
/// <param name="hint">What to do instead, in a sentence.</param>
public sealed class DTypeException(string rule, string hint) : AutogradException(rule, hint);

/// <summary>A use of the recorded graph that its rules forbid: a second backward, a changed saved value, a tensor of an ended scope.</summary>
/// <param name="rule">What was done, and what the graph forbids.</param>
/// <param name="hint">What to do instead, in a sentence.</param>
public sealed class GraphException(string rule, string hint) : AutogradException(rule, hint);

/// <summary>A derivative that became NaN while anomaly detection was on.</summary>
/// <param name="rule">The op, the input and the line that recorded it.</param>
/// <param name="hint">Where to look, in a sentence.</param>
public sealed class AnomalyException(string rule, string hint) : AutogradException(rule, hint);
