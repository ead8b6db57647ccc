using Autograd.Tests.Support;

namespace Autograd.Tests.Ops.LinearAlgebra;

/// <summary>Systems, inverses, determinants and factors: against their definitions at every size of blocks, and against PyTorch.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class LinearAlgebraTests
{
    static readonly int[] Sizes = [1, 2, 3, 5, 8, 9, 16, 17, 31, 32, 33, 47, 63, 64, 65, 97, 130, 200];

    // PyTorch 1.13, torch.linalg, float64.
    static readonly double[,] A = { { 2, 1, 0.5 }, { 0.3, 3, -1 }, { 1, -0.7, 4 } }, Right = { { 1, 2 }, { 3, -1 }, { 0.5, 0.25 } }, Weights = { { 1, 2 }, { 3, 4 }, { 5, 6 } };
    static readonly double[,] Squares = { { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 10 } }, Definite = { { 4, 1, 0.5 }, { 1, 3, -1 }, { 0.5, -1, 5 } };

    static Tensor Random(Shape shape, ulong seed, DType dtype = DType.Float64) => Tensor.Uniform(shape, new Generator(seed), -1, 1, dtype);

    static Tensor Of(double[,] numbers) => Tensor.From(numbers);

    static Tensor Leaf(double[,] numbers)
    {
        Tensor x = Of(numbers);
        x.RequiresGrad = true;
        return x;
    }

    [Test]
    public void Solutions_SolveTheirSystems([ValueSource(nameof(Sizes))] int n, [Values(DType.Float32, DType.Float64)] DType dtype, [Values(1, 2, 40)] int k)
    {
        Tensor a = Random([2, n, n], 1, dtype), b = Random([2, n, k], 2, dtype);
        double tolerance = dtype == DType.Float32 ? 2e-4 : 1e-12, scale = Close.Numbers(a.Inverse().Abs().AMax([0, 1, 2]))[0];
        Close.To(a.MatMul(a.Solve(b)), b, tolerance * (1 + scale), "a·x = b");
        Close.To(a.MatMul(a.Inverse()), Tensor.Eye(n, dtype: dtype).Expand([2, n, n]), tolerance * (1 + scale), "a·a⁻¹ = 1");
        Tensor triangle = (a / n) + (2 * Tensor.Eye(n, dtype: dtype));
        foreach (bool upper in (bool[])[false, true])
        {
            Close.To((upper ? triangle.Triu() : triangle.Tril()).MatMul(triangle.SolveTriangular(b, upper)), b, tolerance, $"upper {upper}");
            Tensor unit = (upper ? triangle.Triu(1) : triangle.Tril(-1)) + Tensor.Eye(n, dtype: dtype);
            Close.To(unit.MatMul(triangle.SolveTriangular(b, upper, unitDiagonal: true)), b, tolerance, $"unit, upper {upper}");
        }
        Tensor definite = a.MatMul(a.T) + Tensor.Eye(n, dtype: dtype), l = definite.Cholesky();
        Close.To(l.MatMul(l.T), definite, tolerance, "l·lᵀ = a");
        Close.To(l.Triu(1), Tensor.Zeros([2, n, n], dtype), 0, "l is triangular");
        Close.To(definite.Tril().Cholesky(), l, 0, "the lower triangle is read");
    }

    /// <summary>Small matrices are factored side by side, larger ones one by one.</summary>
    [Test]
    public void CholeskyFactors_OfMatricesSideBySide_AreThoseOfEach([Values(1, 2, 5, 8)] int n, [Values(1, 16, 37)] int count, [Values(DType.Float32, DType.Float64)] DType dtype)
    {
        const int Size = 12;
        Tensor a = Random([count, n, n], 4, dtype), definite = a.MatMul(a.T) + Tensor.Eye(n, dtype: dtype);
        Tensor framed = definite.Pad([0, Size - n, 0, Size - n]) + Tensor.Eye(Size, dtype: dtype).Slice(0, n, Size).Pad([0, 0, n, 0]);
        Close.To(definite.Cholesky(), framed.Cholesky().Slice(1, 0, n).Slice(2, 0, n), 0);
        Tensor broken = Tensor.Concat([definite, -definite, definite]);
        Assert.That(() => broken.Cholesky(), Throws.InstanceOf<LinearAlgebraException>().With.Message.Contains($"first 1 rows and columns of matrix {count}"));
    }

    [Test]
    public void Determinants_AreProducts_AndChangeTheirSignWithRows([ValueSource(nameof(Sizes))] int n)
    {
        Tensor a = Random([n, n], 1), b = Random([n, n], 2);
        (Tensor signA, Tensor logA) = a.SignLogDeterminant();
        (Tensor signB, Tensor logB) = b.SignLogDeterminant();
        (Tensor sign, Tensor log) = a.MatMul(b).SignLogDeterminant();
        Close.To(sign, signA * signB, 0);
        Close.To(log, logA + logB, 1e-11);
        Close.To(a.Determinant(), signA * logA.Exp(), 1e-12 * Math.Max(1, Math.Abs(a.Determinant().Item())));
        Assert.That(sign.RequiresGrad, Is.False);
        if (n > 1) Close.To(a.Roll(1, 0).SignLogDeterminant().Sign, n % 2 == 0 ? -signA : signA, 0, "a cycle of n rows");
        Close.To(Random([3, 0, 0], 1).Determinant(), Tensor.Ones([3], DType.Float64), 0);
    }

    [Test]
    public void Gradients_ByKernels_AreThoseThatAreRecorded([ValueSource(nameof(Sizes))] int n, [Values(1, 3, 70)] int k)
    {
        Tensor x = Random([2, n, n], 1), b = Random([2, n, k], 2), weights = Random([2, n, n], 3);
        foreach (bool single in (bool[])[false, true])
        {
            if (single) (x, b, weights) = (x.Select(0, 1), b.Select(0, 1), weights.Select(0, 1));
            Check(a => (Regular(a).Solve(b) * b).Sum());
            Check(a => (b.T.MatMul(Regular(a).Inverse()) * b.T).Sum());
            Check(a => (a.MatMul(a.T) + Tensor.Eye(n, DType.Float64)).SignLogDeterminant().LogMagnitude.Sum());
            Check(a => ((a.MatMul(a.T) / n + Tensor.Eye(n, DType.Float64)).Cholesky() * weights).Sum());
            foreach (bool unit in (bool[])[false, true])
            {
                Check(a => (Regular(a).SolveTriangular(b, upper: false, unit) * b).Sum());
                Check(a => (Regular(a).SolveTriangular(b, upper: true, unit) * b).Sum() + (a * weights).Sum(), "added to what is there");
            }
        }

        Tensor Regular(Tensor a) => (a / n) + Tensor.Eye(n, DType.Float64);

        void Check(Func<Tensor, Tensor> loss, string what = "")
        {
            Tensor a = x.Detach();
            a.RequiresGrad = true;
            Tensor recorded = Tape.Gradients(loss(a), [a], createGraph: true)[0]!.Detach();
            loss(a).Backward();
            Close.To(a.Grad!, recorded, 1e-11, what);
        }
    }

    [Test]
    public void Gradients_AreThoseOfPyTorch()
    {
        Tensor a = Leaf(A), b = Leaf(Right);
        (a.Solve(b) * Of(Weights)).Sum().Backward();
        Close.To(a.Grad!, Of(new[,] { { 0.3104992816389376, 0.5111563054734082, 0.10546945909227275 }, { -2.404381121382107, -0.6760470799848917, 0.16355320256125916 }, { -2.5413442428249353, -0.7476708732242936, 0.16297995743973437 } }), 1e-14);
        Close.To(b.Grad!, Of(new[,] { { -0.6038840117052409, -0.2905027932960894 }, { 1.6041500399042299, 1.899441340782123 }, { 1.7265230114392127, 2.011173184357542 } }), 1e-14);
        Tensor triangle = Leaf(A);
        (triangle.SolveTriangular(Of(Right), upper: false) * Of(Weights)).Sum().Backward();
        Close.To(triangle.Grad!, Of(new[,] { { 0.16187499999999994, 0, 0 }, { -2.3291666666666666, -0.4976388888888887, 0 }, { -2.125, -0.5375, 0.18718749999999998 } }), 1e-14);
        Tensor inverted = Leaf(A);
        (inverted.Inverse() * Of(Squares)).Sum().Backward();
        Close.To(inverted.Grad!, Of(new[,] { { 0.3847479713669017, 0.24395047700009645, 0.09814041405707433 }, { -0.3708683623257362, -1.0952591142258843, -0.843167141080083 }, { -0.39752779902677154, -1.183531785840435, -0.937744093611353 } }), 1e-14);
        Tensor c = Leaf(A);
        Tensor determinant = c.Determinant();
        determinant.Backward();
        Assert.That(determinant.Item(), Is.EqualTo(18.795).Within(1e-13));
        Close.To(c.Grad!, Of(new[,] { { 11.3, -2.2, -3.21 }, { -4.35, 7.5, 2.4 }, { -2.5, 2.15, 5.7 } }), 1e-13);
        Tensor d = Leaf(A);
        (Tensor sign, Tensor log) = (-d).SignLogDeterminant();
        log.Backward();
        Assert.That((sign.Item(), log.Item()), Is.EqualTo((-1.0, 2.933590877016141)).Within(1e-15));
        Close.To(d.Grad!, d.Detach().Inverse().T, 1e-15);
        Tensor definite = Leaf(Definite);
        (definite.Cholesky() * Of(Squares)).Sum().Backward();
        Close.To(definite.Grad!, Of(new[,] { { 0.20995638930950827, -0.14479178967209738, 0.6099324648681285 }, { -0.14479178967209738, 2.8897814189986253, 3.3787714793795285 }, { 0.6099324648681285, 3.378771479379529, 2.362997322295915 } }), 1e-13);
    }

    [Test]
    public void Determinant_OfASingularMatrix_HasTheGradientOfThePolynomial()
    {
        Tensor a = Leaf(new double[,] { { 1, 2 }, { 2, 4 } });
        a.Determinant().Backward();
        Close.To(a.Grad!, Of(new double[,] { { 4, -2 }, { -2, 1 } }), 0);

        Tensor[] singular =
        [
            Of(new double[,] { { 1, 2, 3 }, { 4, 5, 6 }, { 5, 7, 9 } }), Of(new double[,] { { 0, 2, 3 }, { 0, 5, 7 }, { 0, 7, 9 } }),
            Of(new double[,] { { 0, 0, 0, 0 }, { 4, 5, 6, 1 }, { 5, 7, 9, 2 }, { 8, 1, 0, 3 } }), Of(new double[,] { { 1, 2, 3 }, { 2, 4, 6 }, { 3, 6, 9 } }),
            Tensor.Zeros([3, 3], DType.Float64), Tensor.Zeros([1, 1], DType.Float64),
        ];
        foreach (Tensor x in singular)
        {
            int n = x.Shape[0];
            Tensor minors = Tensor.ZerosLike(x);
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++) minors.AsWritableSpan<double>()[(i * n) + j] = ((i + j) % 2 == 0 ? 1 : -1) * Minor(x, i, j).Determinant().Item();
            }
            Assert.That(x.Determinant().Item(), Is.Zero.Within(1e-13));
            Close.To(Grad.Of(t => t.Determinant())(x), minors, 1e-13, $"{x}");
        }

        static Tensor Minor(Tensor x, int row, int column) => Without(Without(x, 0, row), 1, column);
        static Tensor Without(Tensor x, int axis, int index) => Tensor.Concat([x.Slice(axis, 0, index), x.Slice(axis, index + 1, x.Shape[axis])], axis);
    }

    [Test]
    public void SignLogDeterminant_HoldsWhereProductsOverflow()
    {
        Tensor a = Tensor.Eye(400) * -20;
        (Tensor sign, Tensor log) = a.SignLogDeterminant();
        Assert.That((float)a.Determinant().Item(), Is.EqualTo(float.PositiveInfinity));
        Assert.That((sign.Item(), log.Item()), Is.EqualTo((1.0, 400 * Math.Log(20))).Within(1e-4));
        (sign, log) = Tensor.Zeros([2, 2]).SignLogDeterminant();
        Assert.That((sign.Item(), log.Item()), Is.EqualTo((0.0, double.NegativeInfinity)));
    }

    [Test]
    public void Systems_WithManyRightSides_FactorTheirMatrixOnce_AndBroadcast()
    {
        Tensor a = Random([3, 3], 1), b = Random([4, 5, 3, 2], 2), many = a.Expand([4, 5, 3, 3]);
        Close.To(a.Solve(b), many.Solve(b), 1e-13);
        Close.To(a.Solve(b.Select(-1, 0).Select(0, 1).Select(0, 2)), many.Solve(b).Select(-1, 0).Select(0, 1).Select(0, 2), 1e-13, "a vector");
        Tensor rows = Random([5, 3, 3], 3);
        Close.To(rows.Solve(b), rows.Expand([4, 5, 3, 3]).Solve(b), 1e-13);
        Close.To(rows.Unsqueeze(0).Solve(Random([4, 1, 3, 2], 4)), rows.Expand([4, 5, 3, 3]).Solve(Random([4, 1, 3, 2], 4).Expand([4, 5, 3, 2])), 1e-13);
    }

    [Test]
    public void NotANumber_StaysAndIsNoError()
    {
        Tensor a = Tensor.From(new[,] { { double.NaN, 1 }, { 1, 2 } });
        Assert.That(Close.Numbers(a.Solve(Tensor.Ones([2], DType.Float64))), Has.Some.NaN);
        Assert.That(a.Determinant().Item(), Is.NaN);
        Assert.That(Close.Numbers(a.Cholesky()), Has.Some.NaN);
    }

    [Test]
    public void NotANumber_IsNeverLost([Values(3, 20, 40)] int n, [Values] bool above)
    {
        // Where all other numbers of a column are zeros, and the search for the largest pivot would pass it by.
        Tensor a = Random([n, n], 1);
        a.AsWritableSpan<double>()[(above ? n - 2 : n - 1) * n] = double.NaN;
        for (int i = 0; i < n - 2; i++) a.AsWritableSpan<double>()[i * n] = 0;
        a.AsWritableSpan<double>()[(above ? n - 1 : n - 2) * n] = 0;
        Assert.That(a.Determinant().Item(), Is.NaN);
        Assert.That(Close.Numbers(a.Solve(Tensor.Ones([n], DType.Float64))), Has.Some.NaN);
    }

    [Test]
    public void Determinant_ThatUnderflows_HasAGradientOfZeros_WhereTheMatrixIsRegular()
    {
        Tensor a = Tensor.Eye(64) * 1e-2;
        a.RequiresGrad = true;
        Tensor determinant = a.Determinant();
        determinant.Backward();
        Assert.That(determinant.Item(), Is.Zero);
        Close.To(a.Grad!, Tensor.Zeros([64, 64]), 0);
    }

    [Test]
    public void SecondDerivative_OfADeterminant_NeedsAnInverse()
    {
        Tensor a = Leaf(new double[,] { { 1, 2 }, { 2, 4 } });
        Tensor da = Tape.Gradients(a.Determinant(), [a], createGraph: true)[0]!;
        Assert.That(() => da.Square().Sum().Backward(), Throws.TypeOf<LinearAlgebraException>().With.Message.StartsWith("Inverse: the matrix must have an inverse, but pivot 1 of [2, 2] is 0."));
    }
}
