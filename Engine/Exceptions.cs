namespace Autograd;

/// <summary>The base of every error that this library reports; nothing has been changed when one is thrown.</summary>
public abstract class AutogradException : Exception
{
    /// <summary>A message of the rule and then the hint, which gets a line of its own below a rule of several lines.</summary>
    /// <param name="rule">What was called, what must hold there, and the values that do not fit.</param>
    /// <param name="hint">What to do instead, in a sentence.</param>
    protected AutogradException(string rule, string hint) : base($"{rule}{(rule.Contains('\n') ? '\n' : ' ')}{hint}") => Hint = hint;

    /// <summary>Goes when every text has a hint.</summary>
    protected AutogradException(string message) : base(message) => Hint = "";

    /// <summary>What to do instead: the sentence that ends the message.</summary>
    public string Hint { get; }
}

/// <summary>Shapes, axes or indices that do not fit together.</summary>
public sealed class ShapeException : AutogradException
{
    /// <inheritdoc/>
    public ShapeException(string rule, string hint) : base(rule, hint)
    {
    }

    /// <summary>Goes when every text has a hint.</summary>
    public ShapeException(string message) : base(message)
    {
    }
}

/// <summary>An element type that an operation does not take.</summary>
public sealed class DTypeException : AutogradException
{
    /// <inheritdoc/>
    public DTypeException(string rule, string hint) : base(rule, hint)
    {
    }

    /// <summary>Goes when every text has a hint.</summary>
    public DTypeException(string message) : base(message)
    {
    }
}

/// <summary>A use of the recorded graph that its rules forbid: a second backward, a changed saved value, a tensor of an ended scope.</summary>
public sealed class GraphException : AutogradException
{
    /// <inheritdoc/>
    public GraphException(string rule, string hint) : base(rule, hint)
    {
    }

    /// <summary>Goes when every text has a hint.</summary>
    public GraphException(string message) : base(message)
    {
    }
}

/// <summary>A derivative that became NaN while anomaly detection was on.</summary>
public sealed class AnomalyException : AutogradException
{
    /// <inheritdoc/>
    public AnomalyException(string rule, string hint) : base(rule, hint)
    {
    }

    /// <summary>Goes when every text has a hint.</summary>
    public AnomalyException(string message) : base(message)
    {
    }
}
