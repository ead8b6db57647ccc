namespace Autograd.GoldenDriver;

static partial class OpTable
{
    static OpEntry[] Move =>
    [
        Unary("expand", (x, a) => x.Expand(Kept(x.Shape, a.Ints("shape")))),
    ];

    /// <summary>The shape in which −1 keeps the size of the axis, counted from the end.</summary>
    static Shape Kept(Shape shape, int[] sizes) => [.. sizes.Select((size, i) => size == -1 ? shape[i - sizes.Length] : size)];
}
