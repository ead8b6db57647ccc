namespace Autograd;

/// <summary>A matrix that has not what an operation needs: an inverse, or a Cholesky factor.</summary>
/// <param name="rule">The op, what must hold, and the matrix.</param>
/// <param name="hint">What to do instead, in a sentence.</param>
public sealed class LinearAlgebraException(string rule, string hint) : AutogradException(rule, hint);
