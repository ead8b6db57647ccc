namespace Autograd;

/// <summary>What Jacobian-vector products of several inputs share.</summary>
static class Tangents
{
    /// <summary>The sum of two parts of a tangent, of which the first may be zero, that is null.</summary>
    public static Tensor Plus(Tensor? a, Tensor b) => a is null ? b : a + b;
}
