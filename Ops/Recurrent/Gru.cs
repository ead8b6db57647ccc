using System.Numerics;
using Autograd.Kernels;

namespace Autograd;

/// <summary>
/// All steps of one layer: from z [time, n, 3·hidden], the input's part of the gates r, u, g, the matrix W [3·hidden, hidden], first states [n, hidden] and b
/// [3·hidden], added to the state's part, to the states at all times.
/// </summary>
// s = h·Wᵀ + b;  r, u = σ(z + s), g = tanh(z + r·s);  h' = g + u·(h − g)
//   ⇒   dg = dh'·(1 − u)·(1 − g²);  ds = (dg·s·r(1 − r), dh'·(h − g)·u(1 − u), dg·r);  dz the same but dg at its end;
//       dh = dh'·u + ds·W,  dW = Σ dsᵀ·h and db = Σ ds over the steps
sealed class GruOp(bool reversed) : RecurrentOp(reversed), ISampled
{
    // What the steps of this call left: the gates after their functions, and the state's part of the last one.
    Tensor? _kept;

    public override string Name => "Gru";

    public static IEnumerable<Sample> Samples =>
    [
        new(x => Over(x[0], x[1], x[2], x[3], reversed: false), new([3, 2, 9]), new([9, 3]), new([2, 3]), new([9])),
        new(x => Over(x[0], x[1], x[2], x[3], reversed: true), new([2, 3, 6]), new([6, 2]), new([3, 2]), new([6])),
    ];

    /// <summary>The op, with the four inputs that it takes.</summary>
    public static Tensor Over(Tensor gates, Tensor weight, Tensor h, Tensor bias, bool reversed) => new GruOp(reversed).Apply(gates, weight, h, bias);

    protected override Tensor Again(params ReadOnlySpan<Tensor> inputs) => new GruOp(Reversed).Apply(inputs);

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Throw.IfNotFloating(this, inputs);
        Tensor gates = inputs[0].Dense(), weight = inputs[1].Dense(), h = inputs[2].Dense(), bias = inputs[3].Dense();
        int times = gates.Shape[0];
        Tensor y = Tensor.Empty([times, .. h.Shape.Sizes], gates.DType);
        _kept = Tensor.Empty([times, h.Shape[0], 4 * h.Shape[1]], gates.DType);
        if (y.Count == 0) return y;
        if (y.DType == DType.Float32) Forward<float>(gates, weight, h, bias, y);
        else Forward<double>(gates, weight, h, bias, y);
        return y;
    }

    void Forward<T>(Tensor gates, Tensor weight, Tensor h, Tensor bias, Tensor y) where T : unmanaged, IBinaryFloatingPointIeee754<T> => GruKernels.Forward(
        gates.AsSpan<T>(), weight.AsSpan<T>(), h.AsSpan<T>(), bias.AsSpan<T>(), h.Shape[1], Reversed, _kept!.AsWritableSpan<T>(), y.AsWritableSpan<T>());

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (dy.Count == 0) base.Backward(dy, values, gradients);
        else if (dy.DType == DType.Float32) Backward<float>(dy.Dense(), values, gradients);
        else Backward<double>(dy.Dense(), values, gradients);
    }

    void Backward<T>(Tensor dy, Recorded values, Gradients gradients) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Tensor dz = Tensor.Empty(values.Shape(0), dy.DType), ds = Tensor.Empty(values.Shape(0), dy.DType);
        int hidden = values.Shape(2).Sizes[1], gates = 3 * hidden;
        ReadOnlySpan<T> y = values.ResultAsSpan<T>(), h = values.AsSpan<T>(2), slopes = ds.AsSpan<T>();
        Span<T> dh = States<T>(h.Length);
        GruKernels.Backward(
            dy.AsSpan<T>(), values.AsSpan<T>(1), y, h, hidden, Reversed, _kept!.AsSpan<T>(), dz.AsWritableSpan<T>(), ds.AsWritableSpan<T>(), dh);
        if (gradients.Needs(1))
        {
            Span<T> dw = gradients.AsSpan<T>(1, out bool fresh);
            RecurrentKernels.Weight(slopes, y, h, hidden, Reversed, dw, fresh);
        }
        if (gradients.Needs(0)) gradients.Add(0, dz);
        Add<T>(2, dh, gradients);
        if (!gradients.Needs(3)) return;
        Span<T> db = gradients.AsSpan<T>(3, out bool first);
        if (first) FoldKernels.Fold<T, Adding<T>>(slopes, [slopes.Length / gates, gates], 1, db);
        else gradients.Add(3, ds.SumTo(values.Shape(3)));
    }

    protected override Tensor Vjp(int input, Tensor dy, Recorded values)
    {
        Tensor weight = values.B, dh = Tensor.Zeros(values.Shape(2), dy.DType);
        Step[] steps = Steps(values.A, weight, values.C, values.Input(3));
        Tensor[] dz = new Tensor[steps.Length], ds = new Tensor[steps.Length];
        for (int s = steps.Length - 1; s >= 0; s--)
        {
            Step now = steps[s];
            dh += dy.Select(0, now.Time);
            Tensor inner = dh * (1 - now.U) * (1 - now.G.Square());
            Tensor reset = inner * now.S * now.R * (1 - now.R), update = dh * (now.H - now.G) * now.U * (1 - now.U);
            (dz[now.Time], ds[s]) = (Tensor.Concat([reset, update, inner], -1), Tensor.Concat([reset, update, inner * now.R], -1));
            dh = (dh * now.U) + ds[s].MatMul(weight);
        }
        return input switch
        {
            0 => Tensor.Stack(dz),
            1 => Tensor.Concat(ds, 0).T.MatMul(Tensor.Concat([.. steps.Select(now => now.H)], 0)),
            2 => dh,
            _ => Tensor.Concat(ds, 0).Sum(0),
        };
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y)
    {
        Tensor weight = inputs[1], dz = Tangent(inputs, tangents, 0), dw = Tangent(inputs, tangents, 1), dh = Tangent(inputs, tangents, 2), db = Tangent(inputs, tangents, 3);
        Step[] steps = Steps(inputs[0], weight, inputs[2], inputs[3]);
        Tensor[] dy = new Tensor[steps.Length];
        foreach (Step now in steps)
        {
            Tensor[] z = dz.Select(0, now.Time).Chunk(3, -1), s = (dh.MatMul(weight.T) + now.H.MatMul(dw.T) + db).Chunk(3, -1);
            Tensor reset = (z[0] + s[0]) * now.R * (1 - now.R), update = (z[1] + s[1]) * now.U * (1 - now.U);
            Tensor candidate = (z[2] + (reset * now.S) + (now.R * s[2])) * (1 - now.G.Square());
            dy[now.Time] = dh = candidate + (update * (now.H - now.G)) + (now.U * (dh - candidate));
        }
        return Tensor.Stack(dy);
    }

    /// <summary>The steps in their order, recorded.</summary>
    Step[] Steps(Tensor gates, Tensor weight, Tensor h, Tensor bias)
    {
        Step[] steps = new Step[gates.Shape[0]];
        for (int i = 0; i < steps.Length; i++)
        {
            int time = Time(i, steps.Length);
            Tensor[] z = gates.Select(0, time).Chunk(3, -1), s = (h.MatMul(weight.T) + bias).Chunk(3, -1);
            Tensor r = (z[0] + s[0]).Sigmoid(), u = (z[1] + s[1]).Sigmoid(), g = (z[2] + (r * s[2])).Tanh();
            steps[i] = new(time, h, s[2], r, u, g);
            h = g + (u * (h - g));
        }
        return steps;
    }

    /// <summary>A step's state before it, the state's part of the new gate, and the gates.</summary>
    readonly record struct Step(int Time, Tensor H, Tensor S, Tensor R, Tensor U, Tensor G);
}
