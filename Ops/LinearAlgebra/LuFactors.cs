using System.Numerics;
using Autograd.Kernels;

namespace Autograd;

/// <summary>The factors P·A = L·U of matrices [..., n, n], kept so that derivatives need not factor again.</summary>
sealed class LuFactors
{
    readonly Tensor _lu;
    readonly int[] _pivots;
    readonly int _n;

    LuFactors(Tensor lu, int[] pivots) => (_lu, _pivots, _n) = (lu, pivots, lu.Shape[-1]);

    public static LuFactors Of(Tensor a)
    {
        LuFactors factors = new(a.ScopedCopy(), new int[a.Count / Math.Max(a.Shape[-1], 1)]);
        if (a.DType == DType.Float32) factors.Factor<float>();
        else factors.Factor<double>();
        return factors;
    }

    /// <exception cref="LinearAlgebraException">One of the matrices is singular.</exception>
    public void CheckInvertible(string op)
    {
        if (_lu.DType == DType.Float32) CheckInvertible<float>(op);
        else CheckInvertible<double>(op);
    }

    /// <summary>A⁻¹·b, or (Aᵀ)⁻¹·b, for b [..., n, k].</summary>
    public Tensor Solve(Tensor b, bool transposed)
    {
        Tensor x = b.ScopedCopy();
        if (x.DType == DType.Float32) Solve<float>(x, transposed);
        else Solve<double>(x, transposed);
        return x;
    }

    /// <summary>(Aᵀ)⁻¹ times a number for each matrix, [...], or times 1.</summary>
    public Tensor InverseTransposed(Tensor? scale)
    {
        Tensor x = Tensor.Empty(_lu.Shape, _lu.DType);
        if (x.DType == DType.Float32) InverseTransposed(x.AsWritableSpan<float>(), scale is null ? [] : scale.Dense().AsSpan<float>());
        else InverseTransposed(x.AsWritableSpan<double>(), scale is null ? [] : scale.Dense().AsSpan<double>());
        return x;
    }

    /// <summary>The determinants, [...].</summary>
    public Tensor Determinants()
    {
        Tensor y = Tensor.Empty(Shape.Create(_lu.Shape.Sizes[..^2]), _lu.DType);
        if (y.DType == DType.Float32) Determinants<float>(y.AsWritableSpan<float>());
        else Determinants<double>(y.AsWritableSpan<double>());
        return y;
    }

    /// <summary>Signs and logarithms of the magnitudes of the determinants, [..., 2].</summary>
    public Tensor SignsAndLogs()
    {
        Tensor y = Tensor.Empty([.. _lu.Shape.Sizes[..^2], 2], _lu.DType);
        if (y.DType == DType.Float32) SignsAndLogs<float>(y.AsWritableSpan<float>());
        else SignsAndLogs<double>(y.AsWritableSpan<double>());
        return y;
    }

    /// <summary>The cofactors ∂det/∂a of the matrices a that these are the factors of.</summary>
    public Tensor Cofactors(Tensor a)
    {
        Tensor y = Tensor.Empty(a.Shape, a.DType), rest = a.ScopedCopy();
        if (y.DType == DType.Float32) Cofactors<float>(rest.AsWritableSpan<float>(), y.AsWritableSpan<float>());
        else Cofactors<double>(rest.AsWritableSpan<double>(), y.AsWritableSpan<double>());
        return y;
    }

    int Count => _n == 0 ? 0 : _pivots.Length / _n;

    unsafe void Factor<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* lu = _lu.AsWritableSpan<T>()) new LuBatch<T>(Count, _n, lu, _pivots).Factor();
    }

    unsafe void Solve<T>(Tensor x, bool transposed) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* lu = _lu.AsSpan<T>(), all = x.AsWritableSpan<T>()) new LuBatch<T>(Count, _n, lu, _pivots).Solve(x.Shape[-1], transposed, all);
    }

    unsafe void InverseTransposed<T>(Span<T> x, ReadOnlySpan<T> scale) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* lu = _lu.AsSpan<T>(), all = x, scales = scale) new LuBatch<T>(Count, _n, lu, _pivots).InvertTransposed(scales, all);
    }

    void CheckInvertible<T>(string op) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ReadOnlySpan<T> lu = _lu.AsSpan<T>();
        for (int matrix = 0; matrix < Count; matrix++)
        {
            int zero = ZeroPivot(Matrix(lu, matrix));
            if (zero < _n) throw Throw.Singular(op, _lu.Shape, matrix, zero);
        }
    }

    /// <summary>The first row of U whose pivot is zero, or n.</summary>
    int ZeroPivot<T>(ReadOnlySpan<T> matrix) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int i = 0;
        while (i < _n && matrix[i * (_n + 1)] != T.Zero) i++;
        return i;
    }

    void Determinants<T>(Span<T> y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ReadOnlySpan<T> lu = _lu.AsSpan<T>();
        for (int i = 0; i < y.Length; i++)
        {
            T product = IsOdd(i) ? -T.One : T.One;
            for (int j = 0; j < _n; j++) product *= Matrix(lu, i)[j * (_n + 1)];
            y[i] = product;
        }
    }

    void SignsAndLogs<T>(Span<T> y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ReadOnlySpan<T> lu = _lu.AsSpan<T>();
        for (int i = 0; i < y.Length / 2; i++)
        {
            T sign = IsOdd(i) ? -T.One : T.One;
            double log = 0;
            for (int j = 0; j < _n; j++)
            {
                T pivot = Matrix(lu, i)[j * (_n + 1)];
                sign *= pivot == T.Zero ? T.Zero : T.CopySign(T.One, pivot);
                log += Math.Log(double.CreateTruncating(T.Abs(pivot)));
            }
            (y[2 * i], y[(2 * i) + 1]) = (sign, T.CreateTruncating(log));
        }
    }

    void Cofactors<T>(Span<T> a, Span<T> y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] determinants = new T[Count];
        Determinants<T>(determinants);
        InverseTransposed(y, determinants);
        ReadOnlySpan<T> lu = _lu.AsSpan<T>();
        for (int i = 0; i < determinants.Length; i++)
        {
            if (ZeroPivot(Matrix(lu, i)) < _n) LuKernels.SingularCofactors(_n, a.Slice(i * _n * _n, _n * _n), y.Slice(i * _n * _n, _n * _n));
        }
    }

    bool IsOdd(int matrix)
    {
        bool odd = false;
        for (int i = 0; i < _n; i++) odd ^= _pivots[(matrix * _n) + i] != i;
        return odd;
    }

    ReadOnlySpan<T> Matrix<T>(ReadOnlySpan<T> all, int i) => all.Slice(i * _n * _n, _n * _n);
}
