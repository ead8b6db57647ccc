using System.Numerics;

namespace Autograd.Kernels;

/// <summary>Matrices in memory: [rows, columns] with neighbours of a row (or, transposed, of a column) next to each other.</summary>
/// <param name="rows">Rows of the matrix that the product sees.</param>
/// <param name="columns">Its columns.</param>
/// <param name="lead">Distance of rows as stored, in elements; at least the length of a stored row.</param>
/// <param name="transposed">Whether the transposed matrix is stored.</param>
/// <param name="steps">Distance between neighbours of each batch axis, ≥ 0; 0 repeats the matrix.</param>
ref struct MatrixLayout(int rows, int columns, int lead, bool transposed, ReadOnlySpan<int> steps)
{
    public readonly int Rows = rows, Columns = columns;
    public readonly bool Transposed = transposed;
    public readonly ReadOnlySpan<int> Steps = steps;
    public int Lead = lead;
}

/// <summary>Products of batches of matrices, where batch axes may be repeated by a factor or summed in the result.</summary>
static class MatrixProduct
{
    /// <summary>
    /// C (+)= A·B for every index of the batch axes; where C has step 0, the products along that axis are summed. A row that is not empty
    /// is added to every row of C.
    /// </summary>
    /// <remarks>Axes that all three run through in one go become one; a summed axis that continues the inner one of the product lengthens it.</remarks>
    public static void Multiply<T>(
        ReadOnlySpan<int> batch, ReadOnlySpan<T> a, MatrixLayout la, ReadOnlySpan<T> b, MatrixLayout lb,
        Span<T> c, MatrixLayout lc, bool accumulate, ReadOnlySpan<T> row = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (c.IsEmpty) return;
        Span<Axis> axes = stackalloc Axis[batch.Length + 1];
        int rank = Merge(batch, la.Steps, lb.Steps, lc.Steps, axes);
        if (rank < 0 || la.Columns == 0)
        {
            if (!accumulate) c.Clear();
            return;
        }
        int inner = Lengthen(axes, ref rank, ref la, ref lb);
        Axis last = rank > 0 && axes[rank - 1].C != 0 ? axes[--rank] : new Axis(1, 0, 0, 0);
        Span<int> index = stackalloc int[rank];
        index.Clear();
        int pa = 0, pb = 0, pc = 0;
        while (true)
        {
            bool adds = accumulate || Repeats(axes, index);
            Gemm.MultiplyBatched(
                last.Size, la.Rows, lb.Columns, inner, T.One, a[pa..], last.A, la.Lead, la.Transposed,
                b[pb..], last.B, lb.Lead, lb.Transposed, adds ? T.One : T.Zero, c[pc..], last.C, lc.Lead, adds ? default : row);
            int i = rank - 1;
            for (; i >= 0; i--)
            {
                (pa, pb, pc) = (pa + axes[i].A, pb + axes[i].B, pc + axes[i].C);
                if (++index[i] < axes[i].Size) break;
                (pa, pb, pc) = (pa - (axes[i].Size * axes[i].A), pb - (axes[i].Size * axes[i].B), pc - (axes[i].Size * axes[i].C));
                index[i] = 0;
            }
            if (i < 0) return;
        }
    }

    readonly record struct Axis(int Size, int A, int B, int C)
    {
        public bool Continues(Axis inner) => A == inner.A * inner.Size && B == inner.B * inner.Size && C == inner.C * inner.Size;
    }

    /// <summary>The batch axes, summed ones first, as few as possible; −1 if a sum has no terms.</summary>
    static int Merge(ReadOnlySpan<int> batch, ReadOnlySpan<int> a, ReadOnlySpan<int> b, ReadOnlySpan<int> c, Span<Axis> axes)
    {
        int rank = 0;
        for (int pass = 0; pass < 2; pass++)
        {
            for (int i = 0; i < batch.Length; i++)
            {
                if (batch[i] == 0) return -1;
                if (batch[i] == 1 || c[i] == 0 != (pass == 0)) continue;
                Axis axis = new(batch[i], a[i], b[i], c[i]);
                if (rank > 0 && axes[rank - 1].Continues(axis))
                    axes[rank - 1] = axis with { Size = axis.Size * axes[rank - 1].Size };
                else
                    axes[rank++] = axis;
            }
        }
        return rank;
    }

    /// <summary>Takes summed axes into the inner axis of the product, where memory allows it, and returns its length.</summary>
    static int Lengthen(scoped Span<Axis> axes, ref int rank, ref MatrixLayout a, ref MatrixLayout b)
    {
        int inner = a.Columns;
        for (int i = rank - 1; i >= 0; i--)
        {
            Axis axis = axes[i];
            int stepA = a.Transposed ? a.Lead : 1, stepB = b.Transposed ? 1 : b.Lead;
            if (axis.C != 0 || inner == 0 || axis.A != inner * stepA || axis.B != inner * stepB) continue;
            int longer = inner * axis.Size;
            if (!Reaches(ref a, !a.Transposed, a.Rows, longer) || !Reaches(ref b, b.Transposed, b.Columns, longer)) continue;
            inner = longer;
            axes[(i + 1)..rank].CopyTo(axes[i..]);
            rank--;
        }
        return inner;
    }

    static bool Reaches(ref MatrixLayout x, bool along, int others, int longer)
    {
        if (!along || x.Lead >= longer) return true;
        if (others != 1) return false;
        x.Lead = longer;
        return true;
    }

    static bool Repeats(ReadOnlySpan<Axis> axes, ReadOnlySpan<int> index)
    {
        for (int i = 0; i < index.Length; i++)
        {
            if (axes[i].C == 0 && index[i] > 0) return true;
        }
        return false;
    }
}
