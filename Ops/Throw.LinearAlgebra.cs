namespace Autograd;

static partial class Throw
{
    /// <summary>Checks that a holds square matrices of floating-point numbers.</summary>
    public static void IfNotSquare(string op, Tensor a, string? text)
    {
        IfNull(op, a);
        IfNotFloating(op, a);
        if (a.Rank < 2 || a.Shape[-1] != a.Shape[-2])
            throw new ShapeException($"{op}: the last two axes must have one size, but {Named(text, "a")} is {a.Shape}.", SquareHint(a));
    }

    /// <summary>Checks that a·x = b is a system that can be solved: a square, b with as many rows, or a vector.</summary>
    public static void IfNoSystem(string op, Tensor a, Tensor b, string? aText, string? bText)
    {
        IfNotSquare(op, a, aText);
        IfNull(op, b);
        IfNotFloating(op, a, b);
        int rows = b.Rank == 0 ? -1 : b.Rank == 1 ? b.Shape[0] : b.Shape[-2];
        if (rows != a.Shape[-1])
        {
            throw new ShapeException(
                $"{op}: b must have as many rows as a, but {Named(aText, "a")} is {a.Shape} and {Named(bText, "b")} is {b.Shape}" + (rows < 0 ? "." : $" ({rows} ≠ {a.Shape[-1]})."),
                b.Rank > 1 && b.Shape[-1] == a.Shape[-1] ? $"Did you mean {Receiver(Named(bText, "b"))}.T?" : $"Give one right side as [{a.Shape[-1]}], or several as the columns of [..., {a.Shape[-1]}, k].");
        }
        int batchB = Math.Max(b.Rank - 2, 0);
        if (!Shape.TryBroadcast(Shape.Create(a.Shape.Sizes[..^2]), Shape.Create(b.Shape.Sizes[..batchB]), out _)) throw SolveBatch(op, a.Shape, b.Shape);
    }

    public static ShapeException SolveBatch(string op, Shape a, Shape b) =>
        new($"{op}: the axes in front of the matrices must broadcast, but a is {a} and b is {b}.", UnsqueezeHint);

    public static LinearAlgebraException Singular(string op, Shape shape, int matrix, int pivot) =>
        new($"{op}: the matrix must have an inverse, but pivot {pivot} {Which(shape, matrix)} is 0.", "Add a little to the diagonal (a + 1e-6 * Tensor.Eye(n, a.DType)), or look for rows that depend on each other.");

    public static LinearAlgebraException NotPositiveDefinite(Shape shape, int matrix, int row) =>
        new($"Cholesky: the matrix must be positive definite, but its first {row + 1} rows and columns {Which(shape, matrix)} are not.",
            "Add a little to the diagonal (a + 1e-6 * Tensor.Eye(n, a.DType)), or see whether a is symmetric.");

    static string Which(Shape shape, int matrix)
    {
        int count = 1;
        foreach (int size in shape.Sizes[..^2]) count *= size;
        return count == 1 ? $"of {shape}" : $"of matrix {matrix} of {count} in {shape}";
    }

    static string SquareHint(Tensor a) => a.Rank < 2
        ? "Give matrices [..., n, n]."
        : "Least squares have a square system: (a.T.MatMul(a)).Solve(a.T.MatMul(b)).";
}
