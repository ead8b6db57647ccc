using System.Numerics;
using Autograd.Kernels;

namespace Autograd;

/// <summary>
/// All steps of one layer: from z [time, n, 4·hidden], the input's part of the gates i, f, g, o, the matrix W [4·hidden, hidden], first states and
/// memories [n, hidden] to [time + 1, n, hidden]: the states at all times, and behind them the last memories.
/// </summary>
// z += h·Wᵀ;  i, f, o = σ(z), g = tanh z;  c' = f·c + i·g;  h' = o·tanh c'
//   ⇒   dc' += dh'·o·(1 − tanh² c');  dz = (dc'·g·i(1 − i), dc'·c·f(1 − f), dc'·i·(1 − g²), dh'·tanh c'·o(1 − o));
//       dh = dz·W,  dc = dc'·f,  dW = Σ dzᵀ·h over the steps
sealed class LstmOp(bool reversed) : RecurrentOp(reversed), ISampled
{
    // What the steps of this call left: the gates after their functions, and the memories.
    Tensor? _gates, _memories;

    public override string Name => "Lstm";

    public static IEnumerable<Sample> Samples =>
    [
        new(x => Over(x[0], x[1], x[2], x[3], reversed: false), new([3, 2, 12]), new([12, 3]), new([2, 3]), new([2, 3])),
        new(x => Over(x[0], x[1], x[2], x[3], reversed: true), new([2, 3, 8]), new([8, 2]), new([3, 2]), new([3, 2])),
        new(x => Over(x[0], x[1], x[2], x[3], reversed: false), new([1, 1, 4]), new([4, 1]), new([1, 1]), new([1, 1])),
    ];

    /// <summary>The op, with the four inputs that it takes.</summary>
    public static Tensor Over(Tensor gates, Tensor weight, Tensor h, Tensor c, bool reversed) => new LstmOp(reversed).Apply(gates, weight, h, c);

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Throw.IfNotFloating(this, inputs);
        Tensor gates = inputs[0].Dense(), weight = inputs[1].Dense(), h = inputs[2].Dense(), c = inputs[3].Dense();
        Tensor y = Tensor.Empty([gates.Shape[0] + 1, .. h.Shape.Sizes], gates.DType);
        (_gates, _memories) = (Tensor.Empty(gates.Shape, gates.DType), Tensor.Empty([gates.Shape[0], .. h.Shape.Sizes], gates.DType));
        if (y.Count == 0) return y;
        if (y.DType == DType.Float32) Forward<float>(gates, weight, h, c, y);
        else Forward<double>(gates, weight, h, c, y);
        return y;
    }

    void Forward<T>(Tensor gates, Tensor weight, Tensor h, Tensor c, Tensor y) where T : unmanaged, IBinaryFloatingPointIeee754<T> => LstmKernels.Forward(
        gates.AsSpan<T>(), weight.AsSpan<T>(), h.AsSpan<T>(), c.AsSpan<T>(), h.Shape[1], Reversed,
        _gates!.AsWritableSpan<T>(), _memories!.AsWritableSpan<T>(), y.AsWritableSpan<T>());

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (dy.Count == 0) base.Backward(dy, values, gradients);
        else if (dy.DType == DType.Float32) Backward<float>(dy.Dense(), values, gradients);
        else Backward<double>(dy.Dense(), values, gradients);
    }

    void Backward<T>(Tensor dy, Recorded values, Gradients gradients) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Tensor weight = values.B.Dense(), h = values.C.Dense(), c = values.Input(3).Dense();
        Tensor dz = Tensor.Empty(values.Shape(0), dy.DType), dh = Tensor.Empty(h.Shape, dy.DType), dc = Tensor.Empty(c.Shape, dy.DType);
        int hidden = h.Shape[1];
        LstmKernels.Backward(
            dy.AsSpan<T>(), weight.AsSpan<T>(), c.AsSpan<T>(), hidden, Reversed, _gates!.AsSpan<T>(), _memories!.AsSpan<T>(),
            dz.AsWritableSpan<T>(), dh.AsWritableSpan<T>(), dc.AsWritableSpan<T>());
        if (gradients.Needs(1))
        {
            Tensor dw = gradients.Buffer(1, out bool fresh);
            RecurrentKernels.Weight(dz.AsSpan<T>(), values.Y.AsSpan<T>(), h.AsSpan<T>(), hidden, Reversed, dw.AsWritableSpan<T>(), fresh);
        }
        if (gradients.Needs(0)) gradients.Add(0, dz);
        if (gradients.Needs(2)) gradients.Add(2, dh);
        if (gradients.Needs(3)) gradients.Add(3, dc);
    }

    protected override Tensor Vjp(int input, Tensor dy, Recorded values)
    {
        Tensor weight = values.B, dh = Tensor.Zeros(values.Shape(2), dy.DType), dc = dy.Select(0, -1);
        Step[] steps = Steps(values.A, weight, values.C, values.Input(3));
        Tensor[] dz = new Tensor[steps.Length];
        for (int s = steps.Length - 1; s >= 0; s--)
        {
            Step now = steps[s];
            dh += dy.Select(0, now.Time);
            dc += dh * now.O * (1 - now.Bent.Square());
            dz[now.Time] = Tensor.Concat(
                [dc * now.G * now.I * (1 - now.I), dc * now.C * now.F * (1 - now.F), dc * now.I * (1 - now.G.Square()), dh * now.Bent * now.O * (1 - now.O)], -1);
            dh = dz[now.Time].MatMul(weight);
            dc *= now.F;
        }
        return input switch
        {
            0 => Tensor.Stack(dz),
            1 => Tensor.Concat([.. steps.Select(now => dz[now.Time])], 0).T.MatMul(Tensor.Concat([.. steps.Select(now => now.H)], 0)),
            2 => dh,
            _ => dc,
        };
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y)
    {
        Tensor weight = inputs[1], dz = Tangent(inputs, tangents, 0), dw = Tangent(inputs, tangents, 1), dh = Tangent(inputs, tangents, 2), dc = Tangent(inputs, tangents, 3);
        Step[] steps = Steps(inputs[0], weight, inputs[2], inputs[3]);
        Tensor[] dy = new Tensor[steps.Length + 1];
        foreach (Step now in steps)
        {
            Tensor[] d = (dz.Select(0, now.Time) + dh.MatMul(weight.T) + now.H.MatMul(dw.T)).Chunk(4, -1);
            dc = (dc * now.F) + (now.C * d[1] * now.F * (1 - now.F)) + (now.G * d[0] * now.I * (1 - now.I)) + (now.I * d[2] * (1 - now.G.Square()));
            dh = (now.Bent * d[3] * now.O * (1 - now.O)) + (now.O * (1 - now.Bent.Square()) * dc);
            dy[now.Time] = dh;
        }
        dy[^1] = dc;
        return Tensor.Stack(dy);
    }

    protected override Tensor Again(params ReadOnlySpan<Tensor> inputs) => new LstmOp(Reversed).Apply(inputs);

    /// <summary>The steps in their order, recorded.</summary>
    Step[] Steps(Tensor gates, Tensor weight, Tensor h, Tensor c)
    {
        Step[] steps = new Step[gates.Shape[0]];
        for (int s = 0; s < steps.Length; s++)
        {
            int time = Time(s, steps.Length);
            Tensor[] z = (gates.Select(0, time) + h.MatMul(weight.T)).Chunk(4, -1);
            (Tensor i, Tensor f, Tensor g, Tensor o) = (z[0].Sigmoid(), z[1].Sigmoid(), z[2].Tanh(), z[3].Sigmoid());
            Tensor next = (f * c) + (i * g), bent = next.Tanh();
            steps[s] = new(time, h, c, i, f, g, o, bent);
            (h, c) = (o * bent, next);
        }
        return steps;
    }

    /// <summary>A step's state and memory before it, its gates, and the hyperbolic tangent of the memory after it.</summary>
    readonly record struct Step(int Time, Tensor H, Tensor C, Tensor I, Tensor F, Tensor G, Tensor O, Tensor Bent);
}
