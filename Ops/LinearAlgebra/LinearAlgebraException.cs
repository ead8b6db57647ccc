namespace Autograd;

/// <summary>A matrix that has not what an operation needs: an inverse, or a Cholesky factor.</summary>
public sealed class LinearAlgebraException : AutogradException
{
    /// <inheritdoc/>
    public LinearAlgebraException(string rule, string hint) : base(rule, hint)
    {
    }
}
