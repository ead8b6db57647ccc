using static Autograd.Tests.ErrorTests.ErrorRows;

namespace Autograd.Tests.ErrorTests;

/// <summary>The whole texts of the errors of linear algebra.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class LinearAlgebraErrorTests
{
    const string Diagonal = "Add a little to the diagonal (a + 1e-6 * Tensor.Eye(n, a.DType)), or look for rows that depend on each other.";
    const string Square = "Least squares have a square system: (a.T.MatMul(a)).Solve(a.T.MatMul(b)).";

    public static readonly TestCaseData[] Rows =
    [
        Row<ShapeException>(() => F(2, 3).Solve(F(2)), $"Solve: the last two axes must have one size, but F(2, 3) is [2, 3]. {Square}"),
        Row<ShapeException>(() => F(3).Solve(F(3)), "Solve: the last two axes must have one size, but F(3) is [3]. Give matrices [..., n, n]."),
        Row<ShapeException>(() => F(3, 3).Solve(F(2, 3)), "Solve: b must have as many rows as a, but F(3, 3) is [3, 3] and F(2, 3) is [2, 3] (2 ≠ 3). Did you mean F(2, 3).T?"),
        Row<ShapeException>(() => F(3, 3).Solve(F(4)), "Solve: b must have as many rows as a, but F(3, 3) is [3, 3] and F(4) is [4] (4 ≠ 3). Give one right side as [3], or several as the columns of [..., 3, k]."),
        Row<ShapeException>(() => F(3, 3).Solve(F()), "Solve: b must have as many rows as a, but F(3, 3) is [3, 3] and F() is []. Give one right side as [3], or several as the columns of [..., 3, k]."),
        Row<ShapeException>(() => F(2, 3, 3).Solve(F(4, 3, 1)), "Solve: the axes in front of the matrices must broadcast, but a is [2, 3, 3] and b is [4, 3, 1]. Unsqueeze adds an axis of size 1, which is repeated."),
        Row<LinearAlgebraException>(() => F(2, 2).Solve(F(2)), $"Solve: the matrix must have an inverse, but pivot 0 of [2, 2] is 0. {Diagonal}"),
        Row<LinearAlgebraException>(() => Tensor.Stack([Tensor.Eye(2), Tensor.Ones([2, 2])]).Solve(S(2)), $"Solve: the matrix must have an inverse, but pivot 1 of matrix 1 of 2 in [2, 2, 2] is 0. {Diagonal}"),
        Row<DTypeException>(() => F(2, 2).Solve(S(2)), "Solve: all inputs must have the same element type, but they are Float64 and Float32. Cast one of them: x.Cast(DType.Float64)."),
        Row<ShapeException>(() => F(2, 3).SolveTriangular(F(2), upper: true), $"SolveTriangular: the last two axes must have one size, but F(2, 3) is [2, 3]. {Square}"),
        Row<LinearAlgebraException>(() => F(2, 2).SolveTriangular(F(2), upper: true), $"SolveTriangular: the matrix must have an inverse, but pivot 0 of [2, 2] is 0. {Diagonal}"),
        Row<ShapeException>(() => F(2, 3).Inverse(), $"Inverse: the last two axes must have one size, but F(2, 3) is [2, 3]. {Square}"),
        Row<LinearAlgebraException>(() => F(3, 3).Inverse(), $"Inverse: the matrix must have an inverse, but pivot 0 of [3, 3] is 0. {Diagonal}"),
        Row<ShapeException>(() => F(3, 2).Determinant(), $"Determinant: the last two axes must have one size, but F(3, 2) is [3, 2]. {Square}"),
        Row<ShapeException>(() => F(3, 2).SignLogDeterminant(), $"SignLogDeterminant: the last two axes must have one size, but F(3, 2) is [3, 2]. {Square}"),
        Row<ShapeException>(() => F(3, 2).Cholesky(), $"Cholesky: the last two axes must have one size, but F(3, 2) is [3, 2]. {Square}"),
        Row<LinearAlgebraException>(() => Tensor.From(new[,] { { 1f, 0, 0 }, { 0, -1, 0 }, { 0, 0, -1 } }).Cholesky(),
            "Cholesky: the matrix must be positive definite, but its first 2 rows and columns of [3, 3] are not. Add a little to the diagonal (a + 1e-6 * Tensor.Eye(n, a.DType)), or see whether a is symmetric."),
    ];

    [TestCaseSource(nameof(Rows))]
    public void AMistake_IsToldInASentence(Func<object> call, Type type, string message) => Check(call, type, message);
}
