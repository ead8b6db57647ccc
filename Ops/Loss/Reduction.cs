namespace Autograd;

/// <summary>What a loss makes of its values, one an element or a row.</summary>
public enum Reduction
{
    /// <summary>Their mean, a scalar; weighted where the loss has weights for classes.</summary>
    Mean,

    /// <summary>Their sum, a scalar.</summary>
    Sum,

    /// <summary>The values themselves.</summary>
    None,
}
