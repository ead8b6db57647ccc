namespace Autograd;

/// <summary>The base of every error that this library reports; nothing has been changed when one is thrown.</summary>
/// <param name="message">What happened, the values involved and a hint.</param>
public abstract class AutogradException(string message) : Exception(message);

/// <summary>Shapes, axes or indices that do not fit together.</summary>
/// <param name="message">The op, the rule, the shapes and a hint.</param>
public sealed class ShapeException(string message) : AutogradException(message);

/// <summary>An element type that an operation does not take.</summary>
/// <param name="message">The op, the rule, the element types and a hint.</param>
public sealed class DTypeException(string message) : AutogradException(message);

/// <summary>A use of the recorded graph that its rules forbid: a second backward, a changed saved value, a tensor of an ended scope.</summary>
/// <param name="message">The cause and the remedy.</param>
public sealed class GraphException(string message) : AutogradException(message);

/// <summary>A derivative that became NaN while anomaly detection was on.</summary>
/// <param name="message">The op, the input and the line that recorded it.</param>
public sealed class AnomalyException(string message) : AutogradException(message);
