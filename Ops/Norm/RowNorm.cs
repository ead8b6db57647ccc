using System.Numerics;
using System.Runtime.Intrinsics;
using Autograd.Kernels;

namespace Autograd;

/// <summary>
/// y = x̂·w + b with x̂ = (x − x̄)/√(variance + ε) over the last axes; w and b broadcast to x, and b may be left out, or both.
/// Without centring x̄ is 0.
/// </summary>
// g = dy·w   ⇒   dx = s·(g − mean g − x̂·mean(g·x̂)),  dw = Σ dy·x̂,  db = Σ dy
sealed class RowNormOp(string name, int axes, bool center, double epsilon) : Op, ISampled
{
    // Statistics of this call: the means of all rows, then the scales.
    Tensor? _statistics;

    public override string Name => name;

    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([3, 4], x => x.LayerNorm()),
        new(x => x[0].LayerNorm(x[1], x[2], 2), new SampleInput([2, 3, 4]), new SampleInput([3, 4]), new SampleInput([3, 4])),
        Sample.Of([2, 20], [20], (x, w) => x.RmsNorm(w)),
        new(x => x[0].GroupNorm(2, x[1], x[2]), new SampleInput([2, 4, 3]), new SampleInput([4]), new SampleInput([4])),
        new(x => x[0].GroupNorm(2, x[1], x[2]), new SampleInput([2, 4, 19]), new SampleInput([4]), new SampleInput([4])),
        Sample.Of([2, 3, 4], x => x.InstanceNorm()),
    ];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.A | Saved.B;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Throw.IfNotFloating(this, inputs);
        Tensor x = inputs[0].Dense(), y = Tensor.Empty(x.Shape, x.DType);
        int n = Length(x.Shape), rows = n == 0 ? 0 : x.Count / n;
        _statistics = Tensor.Empty([2, rows], x.DType);
        if (x.Count == 0) return y;
        if (IsByChannel(inputs.Length > 1 ? inputs[1].Shape : x.Shape, x.Shape))
        {
            if (x.DType == DType.Float32) ForwardByChannel<float>(x, inputs, n, y);
            else ForwardByChannel<double>(x, inputs, n, y);
            return y;
        }
        Tensor? w = inputs.Length > 1 ? Period(inputs[1], x.Shape) : null, b = inputs.Length > 2 ? Period(inputs[2], x.Shape) : null;
        if (x.DType == DType.Float32) Forward<float>(x, w, b, n, y);
        else Forward<double>(x, w, b, n, y);
        return y;
    }

    void Forward<T>(Tensor x, Tensor? w, Tensor? b, int n, Tensor y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Span<T> statistics = _statistics!.AsWritableSpan<T>();
        int rows = statistics.Length / 2;
        RowNormKernels.Forward(
            x.AsSpan<T>(), w is null ? [] : w.AsSpan<T>(), b is null ? [] : b.AsSpan<T>(), n, center, epsilon, statistics[..rows], statistics[rows..], y.AsWritableSpan<T>());
    }

    void ForwardByChannel<T>(Tensor x, ReadOnlySpan<Tensor> inputs, int n, Tensor y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Span<T> statistics = _statistics!.AsWritableSpan<T>();
        int rows = statistics.Length / 2, inner = x.Shape[-1];
        GroupNormKernels.Forward(
            x.AsSpan<T>(), inputs[1].Dense().AsSpan<T>(), inputs.Length > 2 ? inputs[2].Dense().AsSpan<T>() : [], n / inner, inner, epsilon,
            statistics[..rows], statistics[rows..], y.AsWritableSpan<T>());
    }

    /// <summary>Whether a parameter holds for all neighbours along the last axis, and they fill a vector; else parameters are repeated in memory.</summary>
    bool IsByChannel(Shape parameter, Shape shape) => center && axes == 2 && shape[-1] >= Vector512<float>.Count && parameter[-1] == 1;

    protected override Tensor? Batch(BatchedInputs inputs)
    {
        RowNormOp each = new(name, axes, center, epsilon);
        bool shared = true;
        for (int i = 1; i < inputs.Values.Length; i++) shared &= !inputs.IsBatched(i);
        if (shared) return each.Apply(inputs.Values);
        int rank = inputs.Shape(0).Rank;
        Tensor y = each.Apply(inputs.Full(0)) * inputs.Aligned(1, rank);
        return inputs.Values.Length > 2 ? y + inputs.Aligned(2, rank) : y;
    }

    protected override Tensor Vjp(int input, Tensor dy, Recorded values)
    {
        if (input == 2) return dy.SumTo(values.Shape(2));
        (Tensor unit, Tensor scale) = Standardize(values.A);
        if (input == 1) return (dy * unit).SumTo(values.Shape(1));
        Tensor g = values.Count > 1 ? dy * values.B : dy;
        return Project(g, unit, scale);
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y)
    {
        (Tensor unit, Tensor scale) = Standardize(inputs[0]);
        Tensor? dy = null;
        if (tangents[0] is { } dx)
        {
            dy = Project(dx, unit, scale);
            if (inputs.Length > 1) dy *= inputs[1];
        }
        if (inputs.Length > 1 && tangents[1] is { } dw) dy = dy is null ? unit * dw : dy + (unit * dw);
        if (inputs.Length > 2 && tangents[2] is { } db) dy = dy is null ? db.Expand(y.Shape) : dy + db;
        return dy;
    }

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (dy.Count == 0) base.Backward(dy, values, gradients);
        else if (dy.DType == DType.Float32) Backward<float>(dy.Dense(), values, gradients);
        else Backward<double>(dy.Dense(), values, gradients);
    }

    void Backward<T>(Tensor dy, Recorded values, Gradients gradients) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = Length(dy.Shape), rows = dy.Count / n;
        bool needsWeight = values.Count > 1 && gradients.Needs(1), needsBias = values.Count > 2 && gradients.Needs(2), fresh = false, freshW = true, freshB = true;
        if (IsByChannel(values.Count > 1 ? values.Shape(1) : dy.Shape, dy.Shape))
        {
            Span<T> slopes = gradients.Needs(0) ? gradients.AsSpan<T>(0, out fresh) : [], factors = needsWeight ? gradients.AsSpan<T>(1, out freshW) : [];
            Span<T> offsets = needsBias ? gradients.AsSpan<T>(2, out freshB) : [];
            ReadOnlySpan<T> moments = _statistics!.AsSpan<T>();
            GroupNormKernels.Backward(
                dy.AsSpan<T>(), values.AsSpan<T>(0), values.AsSpan<T>(1), n / dy.Shape[-1], dy.Shape[-1], moments[..rows], moments[rows..],
                slopes, fresh, factors, freshW, offsets, freshB);
            return;
        }
        // Parameters that are no shorter than the rows of a period are read, and their gradients collected, where they are.
        bool isWhole = values.Count == 1 || PeriodShape(values.Shape(1), dy.Shape) == values.Shape(1);
        Tensor? w = isWhole ? null : Period(values.B, dy.Shape), partsW = null, partsB = null;
        ReadOnlySpan<T> weight = values.Count == 1 ? [] : isWhole ? values.AsSpan<T>(1) : w!.AsSpan<T>(), statistics = _statistics!.AsSpan<T>();
        Span<T> dx = gradients.Needs(0) ? gradients.AsSpan<T>(0, out fresh) : [], dw = [], db = [];
        if (needsWeight) dw = isWhole ? gradients.AsSpan<T>(1, out freshW) : (partsW = Tensor.Empty(w!.Shape, dy.DType)).AsWritableSpan<T>();
        if (needsBias) db = isWhole ? gradients.AsSpan<T>(2, out freshB) : (partsB = Tensor.Empty(w!.Shape, dy.DType)).AsWritableSpan<T>();
        RowNormKernels.Backward(
            dy.AsSpan<T>(), values.AsSpan<T>(0), weight, n, weight.IsEmpty ? 1 : weight.Length / n, center, statistics[..rows], statistics[rows..],
            dx, fresh, dw, freshW, db, freshB);
        if (partsW is not null) gradients.Add(1, partsW.SumTo(values.Shape(1)));
        if (partsB is not null) gradients.Add(2, partsB.SumTo(values.Shape(2)));
    }

    /// <summary>x̂ and the scale of each row, recorded.</summary>
    (Tensor Unit, Tensor Scale) Standardize(Tensor x)
    {
        AxisSet over = Over(x.Shape);
        Tensor deviation = center ? x - x.MeanOver(over, true) : x;
        Tensor scale = ((deviation * deviation).MeanOver(over, true) + epsilon).Pow(-0.5);
        return (deviation * scale, scale);
    }

    /// <summary>The Jacobian of x̂, which is symmetric, times g.</summary>
    Tensor Project(Tensor g, Tensor unit, Tensor scale)
    {
        AxisSet over = Over(unit.Shape);
        Tensor rest = g - (unit * (g * unit).MeanOver(over, true));
        return scale * (center ? rest - g.MeanOver(over, true) : rest);
    }

    AxisSet Over(Shape shape)
    {
        ulong bits = 0;
        for (int i = shape.Rank - axes; i < shape.Rank; i++) bits |= 1UL << i;
        return new(bits);
    }

    int Length(Shape shape)
    {
        int n = 1;
        for (int i = shape.Rank - axes; i < shape.Rank; i++) n *= shape.Sizes[i];
        return n;
    }

    /// <summary>A parameter expanded over whole rows, densely; it repeats over the axes in front.</summary>
    Tensor Period(Tensor parameter, Shape shape) => parameter.ExpandView(PeriodShape(parameter.Shape, shape)).Dense();

    Shape PeriodShape(Shape parameter, Shape shape) => Shape.Create(shape.Sizes[^Math.Max(axes, parameter.Rank)..]);
}
