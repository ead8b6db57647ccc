using System.Numerics;
using Autograd.Kernels;

namespace Autograd;

/// <summary>A tensor read as matrices, for kernels: transposed and other strided views without a copy where a kernel can read them.</summary>
ref struct Matrices
{
    /// <summary>Dense memory from the first element of the first matrix on.</summary>
    public Tensor Memory;
    public MatrixLayout Layout;

    /// <summary>
    /// c (+)= a·b, plus a dense row for every row of c; where c repeats, because it was broadcast along a batch axis, the products are summed.
    /// </summary>
    public static void Multiply(
        Tensor a, MatrixForm formA, Tensor b, MatrixForm formB, Tensor c, MatrixForm formC, Shape batch, bool accumulate, Tensor? row = null)
    {
        if (c.Count == 0) return;
        if (a.Count == 0 || b.Count == 0)
        {
            if (row is not null) c.CopyFrom(row.Expand(c.Shape));
            else if (!accumulate) c.Fill(0);
            return;
        }
        int rank = batch.Rank;
        if (rank == 0 && formC != MatrixForm.Transposed && c.Count <= TinyProduct.MaxWork && a.IsDense && b.IsDense)
        {
            int rows = formA.Rows(a.Shape), columns = c.Count / rows, inner = a.Count / rows;
            if (c.Count * inner <= TinyProduct.MaxWork)
            {
                (int, int) stepA = Steps(a, formA), stepB = Steps(b, formB);
                if (c.DType == DType.Float32) TinyProduct.Multiply(rows, columns, inner, a.AsSpan<float>(), stepA, b.AsSpan<float>(), stepB, c.AsWritableSpan<float>(), accumulate, Span<float>(row));
                else TinyProduct.Multiply(rows, columns, inner, a.AsSpan<double>(), stepA, b.AsSpan<double>(), stepB, c.AsWritableSpan<double>(), accumulate, Span<double>(row));
                return;
            }
        }
        Span<int> steps = stackalloc int[3 * rank];
        Matrices ma = Of(a, formA, steps[..rank]), mb = Of(b, formB, steps[rank..(2 * rank)]), mc = Of(c, formC, steps[(2 * rank)..]);
        if (c.DType == DType.Float32) Multiply<float>(batch, ma, mb, c, mc, accumulate, row);
        else Multiply<double>(batch, ma, mb, c, mc, accumulate, row);
    }

    static void Multiply<E>(Shape batch, Matrices a, Matrices b, Tensor c, Matrices mc, bool accumulate, Tensor? row)
        where E : unmanaged, IBinaryFloatingPointIeee754<E> =>
        MatrixProduct.Multiply(
            batch.Sizes, a.Memory.AsSpan<E>(), a.Layout, b.Memory.AsSpan<E>(), b.Layout, c.AsWritableSpan<E>(), mc.Layout, accumulate, Span<E>(row));

    static ReadOnlySpan<E> Span<E>(Tensor? x) where E : unmanaged => x is null ? default : x.AsSpan<E>();

    /// <summary>The distances of neighbours in a column and in a row of the matrix; 0 where it has one row or one column.</summary>
    static (int Down, int Across) Steps(Tensor x, MatrixForm form)
    {
        ReadOnlySpan<int> strides = x.Strides;
        return form switch
        {
            MatrixForm.Plain => (strides[^2], strides[^1]),
            MatrixForm.Transposed => (strides[^1], strides[^2]),
            MatrixForm.Row => (0, strides[^1]),
            MatrixForm.Column => (strides[^1], 0),
            _ => (0, 0),
        };
    }

    static Matrices Of(Tensor x, MatrixForm form, Span<int> steps)
    {
        if (TryRead(x, form, steps, out Matrices matrices)) return matrices;
        TryRead(x.Dense(), form, steps, out matrices);
        return matrices;
    }

    static bool TryRead(Tensor x, MatrixForm form, Span<int> steps, out Matrices matrices)
    {
        ReadOnlySpan<int> strides = x.Strides;
        matrices = default;
        for (int i = 0; i < strides.Length; i++)
        {
            if (strides[i] < 0 && x.Shape.Sizes[i] > 1) return false;
        }
        int batch = x.Rank - form.Axes, rows = form.Rows(x.Shape), columns = form.Columns(x.Shape);
        for (int i = 1; i <= steps.Length; i++) steps[^i] = i <= batch && x.Shape.Sizes[batch - i] != 1 ? strides[batch - i] : 0;
        (int down, int across) = Steps(x, form);
        bool transposed = false;
        if (!Fits(rows, columns, down, across, out int lead))
        {
            if (!Fits(columns, rows, across, down, out lead)) return false;
            transposed = true;
        }
        matrices.Layout = new MatrixLayout(rows, columns, lead, transposed, steps);
        matrices.Memory = x.IsDense ? x : Flat(x);
        return true;
    }

    static bool Fits(int rows, int columns, int down, int across, out int lead)
    {
        lead = rows <= 1 ? Math.Max(columns, 1) : down;
        return (columns <= 1 || across == 1) && lead >= Math.Max(columns, 1);
    }

    /// <summary>The memory from the first element on, as far as the elements reach; strides must not be negative.</summary>
    public static Tensor Flat(Tensor x)
    {
        if (x.Count == 0) return x;
        int length = 1;
        for (int i = 0; i < x.Rank; i++) length += (x.Shape.Sizes[i] - 1) * x.Strides[i];
        return x.View([length], [1]);
    }
}
