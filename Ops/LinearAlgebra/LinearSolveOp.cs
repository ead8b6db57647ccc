namespace Autograd;

// op(A)·X = B   ⇒   dB = op(A)⁻ᵀ·dX,  d op(A) = −dB·Xᵀ
/// <summary>What the ops have in common that solve linear systems, for matrices a [..., n, n] and b [..., n, k] with the same axes in front.</summary>
abstract class LinearSolveOp(bool transposed) : Op
{
    /// <summary>Whether op(A) is the transpose.</summary>
    protected bool Transposed => transposed;

    /// <summary>The same op for further right sides; for the same matrices only if <paramref name="sameMatrices"/>.</summary>
    protected abstract LinearSolveOp With(bool transposed, bool sameMatrices);

    /// <summary>The part of a gradient of A that A is read in.</summary>
    protected abstract Tensor Read(Tensor da);

    /// <summary>Adds −p·qᵀ to the gradient of A, as far as A is read.</summary>
    protected abstract void AddLeft(Tensor p, Tensor q, Gradients gradients);

    /// <summary>The solutions for any axes in front, which are broadcast.</summary>
    public Tensor Solve(Tensor a, Tensor b)
    {
        ReadOnlySpan<int> left = a.Shape.Sizes[..^2], right = b.Shape.Sizes[..^2];
        if (left.SequenceEqual(right)) return Apply(a, b);
        int extra = right.Length - left.Length;
        // Axes that only b has become columns: its matrices have a as their only factor.
        if (extra > 0 && left.SequenceEqual(right[extra..])) return Unfold(Apply(a, Fold(b, extra)), b.Shape, extra);
        if (!Shape.TryBroadcast(Shape.Create(left), Shape.Create(right), out Shape batch)) throw Throw.SolveBatch(Name, a.Shape, b.Shape);
        bool same = left.SequenceEqual(batch.Sizes);
        return With(transposed, same).Apply(
            same ? a : a.Expand([.. batch.Sizes, .. a.Shape.Sizes[^2..]]), b.Expand([.. batch.Sizes, .. b.Shape.Sizes[^2..]]));
    }

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.A | (inputs[0].RequiresGrad ? Saved.Output : Saved.Nothing);

    protected override Tensor? Batch(BatchedInputs inputs)
    {
        bool same = !inputs.IsBatched(0);
        int rank = Math.Max(inputs.Shape(0).Rank, inputs.Shape(1).Rank);
        return With(transposed, same).Solve(inputs.Aligned(0, rank), inputs.Aligned(1, rank));
    }

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values)
    {
        Tensor db = With(!transposed, sameMatrices: true).Solve(values.A, dy);
        return input == 1 ? db : FromRight(db, values);
    }

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        Tensor db = With(!transposed, sameMatrices: true).Solve(values.A, dy);
        if (gradients.Needs(0))
        {
            Tensor y = values.Y;
            if (transposed) AddLeft(y, db, gradients);
            else AddLeft(db, y, gradients);
        }
        if (gradients.Needs(1)) gradients.Add(1, db);
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y)
    {
        Tensor? right = tangents[1];
        if (tangents[0] is { } da)
        {
            Tensor moved = (transposed ? Read(da).T : Read(da)).MatMul(y);
            right = right is null ? -moved : right - moved;
        }
        return right is null ? null : With(transposed, sameMatrices: true).Solve(inputs[0], right);
    }

    Tensor FromRight(Tensor db, Recorded values) => -Read(transposed ? values.Y.MatMul(db.T) : db.MatMul(values.Y.T));

    /// <summary>[e…, l…, n, k] to [l…, n, e…·k].</summary>
    static Tensor Fold(Tensor b, int extra)
    {
        int rank = b.Rank;
        Tensor moved = b.Permute([.. Enumerable.Range(extra, rank - 1 - extra), .. Enumerable.Range(0, extra), rank - 1]);
        return moved.Reshape([.. b.Shape.Sizes[extra..^1], Columns(b.Shape, extra)]);
    }

    static Tensor Unfold(Tensor x, Shape shape, int extra)
    {
        int rank = shape.Rank;
        Tensor moved = x.Reshape([.. shape.Sizes[extra..^1], .. shape.Sizes[..extra], shape[-1]]);
        return moved.Permute([.. Enumerable.Range(rank - 1 - extra, extra), .. Enumerable.Range(0, rank - 1 - extra), rank - 1]);
    }

    static int Columns(Shape shape, int extra)
    {
        int columns = shape[-1];
        foreach (int size in shape.Sizes[..extra]) columns *= size;
        return columns;
    }
}
