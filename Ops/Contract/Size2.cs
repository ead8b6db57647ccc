namespace Autograd;

/// <summary>A height and a width in elements: of a window, a stride, a padding, a dilation. One number stands for both.</summary>
/// <param name="H">Along the axis before the last.</param>
/// <param name="W">Along the last axis.</param>
public readonly record struct Size2(int H, int W)
{
    /// <summary>The same size along both axes.</summary>
    public static implicit operator Size2(int size) => new(size, size);

    /// <summary>A height and a width.</summary>
    public static implicit operator Size2((int H, int W) size) => new(size.H, size.W);

    /// <summary>As errors show it: <c>3</c> or <c>(3, 2)</c>.</summary>
    public override string ToString() => H == W ? $"{H}" : $"({H}, {W})";

    /// <summary>A length along the last axis, for an operation without a height.</summary>
    internal static Size2 Length(int length, int none) => new(none, length);
}
