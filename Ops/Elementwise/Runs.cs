namespace Autograd;

/// <summary>
/// Walks two broadcast operands in blocks of runs: stretches of the result along which each operand advances by one or stands still, and which follow each
/// other with constant steps, so that short runs cost no more than a turn of a loop.
/// </summary>
unsafe ref struct Runs
{
    /// <summary>The shortest rows of a view that are read where they are.</summary>
    const int ShortestRow = 16;

    readonly Span<int> _axes;
    readonly Span<int> _index;
    readonly int _outer;

    readonly int _run;
    int _from, _left;

    /// <summary>Positions of the current block's start in the operands and in the result.</summary>
    public int A, B, Y;

    /// <summary>The length of each run of the block: the first and the last run of a walk may be parts of longer ones.</summary>
    public int Length;

    /// <summary>The number of runs in the block; the result's are next to each other.</summary>
    public int Rows;

    /// <summary>How far the operands' runs are apart.</summary>
    public readonly int StepA, StepB;

    public readonly bool MovesA, MovesB;

    /// <summary>Two operands of one shape: a single run.</summary>
    public Runs(int length) => (Length, Rows, MovesA, MovesB) = (length, 1, true, true);

    /// <param name="shapes">The operands and their broadcast shape.</param>
    /// <param name="axes">Room for size and two strides an axis, and one axis more.</param>
    /// <param name="index">Room for one index an axis, and one more.</param>
    /// <param name="start">The element of the result to start at.</param>
    /// <param name="count">How many elements are walked, at least one.</param>
    public Runs(Shapes shapes, Span<int> axes, Span<int> index, int start, int count)
    {
        Shape a = shapes.A, b = shapes.B, shape = shapes.All;
        int rank = 0, strideA = 1, strideB = 1;
        // From the innermost axis out: an axis joins the one inside it if both operands go on from there in the same way.
        for (int i = 1; i <= shape.Rank; i++)
        {
            int size = shape.Sizes[^i], sizeA = i <= a.Rank ? a.Sizes[^i] : 1, sizeB = i <= b.Rank ? b.Sizes[^i] : 1;
            if (size == 1) continue;
            int stepA = sizeA == 1 ? 0 : shapes.StridesA is null ? strideA : shapes.StridesA[a.Rank - i];
            int stepB = sizeB == 1 ? 0 : shapes.StridesB is null ? strideB : shapes.StridesB[b.Rank - i];
            strideA *= sizeA;
            strideB *= sizeB;
            if (rank > 0 && stepA == Continues(axes, rank - 1, 1) && stepB == Continues(axes, rank - 1, 2))
            {
                axes[3 * (rank - 1)] *= size;
                continue;
            }
            (axes[3 * rank], axes[(3 * rank) + 1], axes[(3 * rank) + 2]) = (size, stepA, stepB);
            rank++;
        }
        if (rank == 0)
        {
            (axes[0], axes[1], axes[2]) = (1, 1, 1);
            rank = 1;
        }
        _axes = axes;
        _index = index;
        _outer = rank - 1;
        (_run, MovesA, MovesB) = (axes[0], axes[1] != 0, axes[2] != 0);
        _from = start % _run;
        (A, B, Y) = (MovesA ? _from : 0, MovesB ? _from : 0, start);
        for (int i = 1, run = start / _run; i < rank; run /= axes[3 * i++])
        {
            index[i] = run % axes[3 * i];
            A += index[i] * axes[(3 * i) + 1];
            B += index[i] * axes[(3 * i) + 2];
        }
        (StepA, StepB) = rank > 1 ? (axes[4], axes[5]) : (0, 0);
        _left = count;
        Take();
    }

    /// <summary>Whether a view is made of rows that are worth reading where they are; else a dense copy is.</summary>
    public static bool Read(Tensor x)
    {
        long row = 1;
        bool goesOn = true;
        for (int i = x.Rank - 1; i >= 0; i--)
        {
            int size = x.Shape.Sizes[i], stride = x.Strides[i];
            if (size == 1) continue;
            if (stride < 0) return false;
            goesOn &= stride == row;
            if (goesOn) row *= size;
        }
        return row >= ShortestRow;
    }

    public bool Next()
    {
        if (_left == 0) return false;
        Y += Rows * Length;
        if (MovesA) A -= _from;
        if (MovesB) B -= _from;
        _from = 0;
        for (int i = 1, steps = Rows; i <= _outer; i++, steps = 1)
        {
            int size = _axes[3 * i], stepA = _axes[(3 * i) + 1], stepB = _axes[(3 * i) + 2];
            A += steps * stepA;
            B += steps * stepB;
            if ((_index[i] += steps) < size) break;
            A -= stepA * size;
            B -= stepB * size;
            _index[i] = 0;
        }
        Take();
        return true;
    }

    /// <summary>Finds how far the block reaches.</summary>
    void Take()
    {
        bool isPart = _outer == 0 || _from > 0 || _left < _run;
        Length = isPart ? Math.Min(_run - _from, _left) : _run;
        Rows = isPart ? 1 : Math.Min(_axes[3] - _index[1], _left / _run);
        _left -= Rows * Length;
    }

    /// <summary>The stride that an axis outside must have to be a continuation of this one.</summary>
    static int Continues(Span<int> axes, int axis, int operand) => axes[(3 * axis) + operand] * axes[3 * axis];
}

/// <summary>The shapes of two operands and of their result; strides of those that are not dense.</summary>
readonly unsafe struct Shapes(Shape a, Shape b, Shape all, int* stridesA = null, int* stridesB = null)
{
    public readonly Shape A = a, B = b, All = all;
    public readonly int* StridesA = stridesA, StridesB = stridesB;
}
