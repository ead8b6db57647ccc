using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor a)
    {
        /// <summary>Whether a &lt; b, elementwise; the shapes are broadcast. A Bool tensor; false where either is NaN.</summary>
        /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
        /// <exception cref="DTypeException">The element types differ.</exception>
        public Tensor Less(Tensor b) => CompareOp.Less.Apply(a, b);

        /// <summary>Whether a ≤ b, elementwise.</summary>
        /// <inheritdoc cref="Less(Tensor, Tensor)"/>
        public Tensor LessEqual(Tensor b) => CompareOp.LessEqual.Apply(a, b);

        /// <summary>Whether a &gt; b, elementwise.</summary>
        /// <inheritdoc cref="Less(Tensor, Tensor)"/>
        public Tensor Greater(Tensor b) => CompareOp.Greater.Apply(a, b);

        /// <summary>Whether a ≥ b, elementwise.</summary>
        /// <inheritdoc cref="Less(Tensor, Tensor)"/>
        public Tensor GreaterEqual(Tensor b) => CompareOp.GreaterEqual.Apply(a, b);

        /// <summary>Whether a = b, elementwise.</summary>
        /// <inheritdoc cref="Less(Tensor, Tensor)"/>
        public Tensor Equal(Tensor b) => CompareOp.Equal.Apply(a, b);

        /// <summary>Whether a ≠ b, elementwise; true where either is NaN.</summary>
        /// <inheritdoc cref="Less(Tensor, Tensor)"/>
        public Tensor NotEqual(Tensor b) => CompareOp.NotEqual.Apply(a, b);
    }

    extension(Tensor)
    {
        /// <inheritdoc cref="Less(Tensor, Tensor)"/>
        public static Tensor operator <(Tensor a, Tensor b) => a.Less(b);

        /// <inheritdoc cref="Greater(Tensor, Tensor)"/>
        public static Tensor operator >(Tensor a, Tensor b) => a.Greater(b);

        /// <inheritdoc cref="LessEqual(Tensor, Tensor)"/>
        public static Tensor operator <=(Tensor a, Tensor b) => a.LessEqual(b);

        /// <inheritdoc cref="GreaterEqual(Tensor, Tensor)"/>
        public static Tensor operator >=(Tensor a, Tensor b) => a.GreaterEqual(b);

        /// <inheritdoc cref="Less(Tensor, Tensor)"/>
        public static Tensor operator <(Tensor a, double b) => CompareOp.Less.Apply(a, b);

        /// <inheritdoc cref="Greater(Tensor, Tensor)"/>
        public static Tensor operator >(Tensor a, double b) => CompareOp.Greater.Apply(a, b);

        /// <inheritdoc cref="LessEqual(Tensor, Tensor)"/>
        public static Tensor operator <=(Tensor a, double b) => CompareOp.LessEqual.Apply(a, b);

        /// <inheritdoc cref="GreaterEqual(Tensor, Tensor)"/>
        public static Tensor operator >=(Tensor a, double b) => CompareOp.GreaterEqual.Apply(a, b);
    }

    static Tensor Like(Tensor x, double value) => Tensor.Scalar(value, x.DType);
}

/// <summary>A comparison: its result is a mask, so nothing is differentiated and nothing recorded.</summary>
sealed class CompareOp(string name, CompareOp.Kind kind) : Op
{
    public static readonly CompareOp Less = new("Less", Kind.Less), LessEqual = new("LessEqual", Kind.LessEqual);
    public static readonly CompareOp Greater = new("Greater", Kind.Greater), GreaterEqual = new("GreaterEqual", Kind.GreaterEqual);
    public static readonly CompareOp Equal = new("Equal", Kind.Equal), NotEqual = new("NotEqual", Kind.NotEqual);

    public enum Kind
    {
        Less,
        LessEqual,
        Greater,
        GreaterEqual,
        Equal,
        NotEqual,
    }

    public override string Name => name;

    /// <summary>Compares with a number, which takes the tensor's element type.</summary>
    public Tensor Apply(Tensor a, double b)
    {
        Throw.IfNull(name, a);
        return Apply(a, Tensor.Scalar(b, a.DType));
    }

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor a = inputs[0], b = inputs[1];
        if (a.DType != b.DType) throw Throw.DifferentTypes(name, a.DType, b.DType);
        if (!Shape.TryBroadcast(a.Shape, b.Shape, out Shape shape)) throw Throw.Broadcast(name, a.Shape, b.Shape);
        (a, b) = (a.Dense(), b.Dense());
        Tensor y = Tensor.Empty(shape, DType.Bool);
        switch (a.DType)
        {
            case DType.Float32: Compare<float>(a, b, y); break;
            case DType.Float64: Compare<double>(a, b, y); break;
            case DType.Int64: Compare<long>(a, b, y); break;
            default: throw Throw.NoComparison(name, a.DType);
        }
        return y;
    }

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values) => null;

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => null;

    protected override Tensor? Batch(BatchedInputs inputs) => Apply(inputs.Broadcast(name));

    void Compare<E>(Tensor a, Tensor b, Tensor y) where E : unmanaged, System.Numerics.IComparisonOperators<E, E, bool>
    {
        switch (kind)
        {
            case Kind.Less: Compare<IsLess, E>(a, b, y); break;
            case Kind.LessEqual: Compare<IsLessOrEqual, E>(a, b, y); break;
            case Kind.Greater: Compare<IsLess, E>(b, a, y); break;
            case Kind.GreaterEqual: Compare<IsLessOrEqual, E>(b, a, y); break;
            case Kind.Equal: Compare<IsEqual, E>(a, b, y); break;
            default: Compare<IsDifferent, E>(a, b, y); break;
        }
    }

    static unsafe void Compare<TComparison, E>(Tensor a, Tensor b, Tensor y)
        where TComparison : struct, IComparison where E : unmanaged, System.Numerics.IComparisonOperators<E, E, bool>
    {
        if (y.Count == 0) return;
        Runs runs = new(new Shapes(a.Shape, b.Shape, y.Shape), stackalloc int[3 * (y.Rank + 1)], stackalloc int[y.Rank + 1], 0, y.Count);
        fixed (E* pa = a.AsSpan<E>(), pb = b.AsSpan<E>())
        fixed (bool* py = y.AsWritableSpan<bool>())
        {
            do
            {
                for (int row = 0; row < runs.Rows; row++)
                {
                    CompareKernels.Row<TComparison, E>(
                        pa + runs.A + (row * runs.StepA), runs.MovesA, pb + runs.B + (row * runs.StepB), runs.MovesB, py + runs.Y + (row * runs.Length), runs.Length);
                }
            }
            while (runs.Next());
        }
    }
}
