using System.Numerics;
using Autograd.Kernels;

namespace Autograd;

/// <summary>
/// All steps of one layer: from x [time, n, in], the matrices V [4·hidden, in] and W [4·hidden, hidden] of the gates i, f, g, o, first states and
/// memories [n, hidden] and, unless it is left out, b [4·hidden] to [time + 1, n, hidden]: the states at all times, and behind them the last memories.
/// </summary>
// z = x·Vᵀ + h·Wᵀ + b;  i, f, o = σ(z), g = tanh z;  c' = f·c + i·g;  h' = o·tanh c'
//   ⇒   dc' += dh'·o·(1 − tanh² c');  dz = (dc'·g·i(1 − i), dc'·c·f(1 − f), dc'·i·(1 − g²), dh'·tanh c'·o(1 − o));
//       dx = dz·V,  dh = dz·W,  dc = dc'·f,  dV = Σ dzᵀ·x,  dW = Σ dzᵀ·h and db = Σ dz over the steps
sealed class LstmOp(bool reversed) : RecurrentOp(reversed, First), ISampled
{
    const int First = 3, FirstMemories = 4, Bias = 5;

    // What the steps of this call left: the gates after their functions, [time, n, 4·hidden], then the memories, [time, n, hidden].
    Tensor? _kept;

    public override string Name => "Lstm";

    public static IEnumerable<Sample> Samples =>
    [
        new(x => Over(x[0], x[1], x[2], x[3], x[4], x[5], reversed: false), new([3, 2, 5]), new([12, 5]), new([12, 3]), new([2, 3]), new([2, 3]), new([12])),
        new(x => Over(x[0], x[1], x[2], x[3], x[4], x[5], reversed: true), new([2, 3, 1]), new([8, 1]), new([8, 2]), new([3, 2]), new([3, 2]), new([8])),
        new(x => Over(x[0], x[1], x[2], x[3], x[4], null, reversed: false), new([1, 1, 2]), new([4, 2]), new([4, 1]), new([1, 1]), new([1, 1])),
    ];

    /// <summary>The op, with the inputs that it takes.</summary>
    public static Tensor Over(Tensor x, Tensor input, Tensor weight, Tensor h, Tensor c, Tensor? bias, bool reversed)
    {
        LstmOp op = new(reversed);
        return bias is null ? op.Apply(x, input, weight, h, c) : op.Apply(x, input, weight, h, c, bias);
    }

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Throw.IfNotFloating(this, inputs);
        int times = inputs[0].Shape[0], count = inputs[First].Shape[0], hidden = inputs[First].Shape[1];
        DType dtype = inputs[0].DType;
        Tensor y = Tensor.Empty([times + 1, count, hidden], dtype);
        _kept = Tensor.Empty([5, times, count, hidden], dtype);
        if (y.Count == 0) return y;
        if (dtype == DType.Float32) Forward<float>(inputs, y);
        else Forward<double>(inputs, y);
        return y;
    }

    unsafe void Forward<T>(ReadOnlySpan<Tensor> inputs, Tensor y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* x = Dense<T>(inputs[0]), v = Dense<T>(inputs[1]), w = Dense<T>(inputs[2]), h = Dense<T>(inputs[First]), c = Dense<T>(inputs[FirstMemories]))
        fixed (T* b = inputs.Length > Bias ? Dense<T>(inputs[Bias]) : default, kept = _kept!.AsWritableSpan<T>(), py = y.AsWritableSpan<T>())
        {
            LstmKernels.Forward(Problem<T>(inputs[0].Shape, y.Shape) with { X = x, InputWeight = v, Weight = w, H = h, C = c, Bias = b, Gates = kept, Memories = kept + (_kept.Count / 5 * 4), Y = py });
        }
    }

    static ReadOnlySpan<T> Dense<T>(Tensor x) where T : unmanaged => x.Dense().AsSpan<T>();

    LstmProblem<T> Problem<T>(Shape x, Shape y) where T : unmanaged =>
        new() { Times = x.Sizes[0], Count = x.Sizes[1], Inputs = x.Sizes[2], Hidden = y.Sizes[2], Reversed = Reversed };

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (dy.Count == 0) base.Backward(dy, values, gradients);
        else if (dy.DType == DType.Float32) Backward<float>(dy, values, gradients);
        else Backward<double>(dy, values, gradients);
    }

    unsafe void Backward<T>(Tensor dy, Recorded values, Gradients gradients) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int states = values.Shape(First).ElementCount;
        LstmProblem<T> problem = Problem<T>(values.Shape(0), dy.Shape);
        Span<T> first = States<T>(2 * states), dh = first[..states], dc = first[states..];
        fixed (T* x = values.AsSpan<T>(0), v = values.AsSpan<T>(1), w = values.AsSpan<T>(2), h = values.AsSpan<T>(First), c = values.AsSpan<T>(FirstMemories))
        fixed (T* kept = _kept!.AsSpan<T>(), y = values.ResultAsSpan<T>(), pdy = dy.Dense().AsSpan<T>(), pdh = dh, pdc = dc)
        fixed (T* dx = Wanted<T>(0, values, gradients, out problem.FreshX), dv = Wanted<T>(1, values, gradients, out problem.FreshInputWeight))
        fixed (T* dw = Wanted<T>(2, values, gradients, out problem.FreshWeight), db = Wanted<T>(Bias, values, gradients, out problem.FreshBias))
        {
            LstmKernels.Backward(problem with
            {
                X = x, InputWeight = v, Weight = w, H = h, C = c, Gates = kept, Memories = kept + (_kept.Count / 5 * 4), Y = y, DY = pdy,
                DX = dx, DInputWeight = dv, DWeight = dw, DBias = db, DH = pdh, DC = pdc,
            });
        }
        Add<T>(First, dh, gradients);
        Add<T>(FirstMemories, dc, gradients);
    }

    /// <summary>The memory of a gradient, or nothing where nobody wants it.</summary>
    static Span<T> Wanted<T>(int input, Recorded values, Gradients gradients, out bool fresh) where T : unmanaged
    {
        fresh = false;
        return input < values.Count && gradients.TryAsSpan(input, out Span<T> dx, out fresh) ? dx : default;
    }

    protected override Tensor Vjp(int input, Tensor dy, Recorded values)
    {
        Tensor x = values.A, v = values.B, weight = values.C, dh = Tensor.Zeros(values.Shape(First), dy.DType), dc = dy.Select(0, -1);
        Step[] steps = Steps(x.Linear(v, values.Count > Bias ? values.Input(Bias) : null), weight, values.Input(First), values.Input(FirstMemories));
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
            0 => Tensor.Stack(dz).MatMul(v),
            1 => Tensor.Concat(dz, 0).T.MatMul(x.Flatten(0, 1)),
            2 => Tensor.Concat([.. steps.Select(now => dz[now.Time])], 0).T.MatMul(Tensor.Concat([.. steps.Select(now => now.H)], 0)),
            First => dh,
            FirstMemories => dc,
            _ => Tensor.Concat(dz, 0).Sum(0),
        };
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y)
    {
        Tensor x = inputs[0], v = inputs[1], weight = inputs[2];
        Tensor dw = Tangent(inputs, tangents, 2), dh = Tangent(inputs, tangents, First), dc = Tangent(inputs, tangents, FirstMemories);
        Tensor dz = Tangent(inputs, tangents, 0).Linear(v, inputs.Length > Bias ? Tangent(inputs, tangents, Bias) : null) + x.Linear(Tangent(inputs, tangents, 1));
        Step[] steps = Steps(x.Linear(v, inputs.Length > Bias ? inputs[Bias] : null), weight, inputs[First], inputs[FirstMemories]);
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
