namespace Autograd.Tests.ErrorTests;

/// <summary>Arguments as a user who makes mistakes would pass them: mostly plausible, often wrong in rank, size, type, range or null.</summary>
sealed class Hostile(int seed)
{
    static readonly int[][] Shapes =
    [
        [], [3], [0], [1], [2, 3], [3, 2], [3, 3], [2, 0], [1, 3], [2, 3, 4], [3, 2, 2], [2, 2, 3, 3], [1, 4, 2, 2], [0, 2, 3, 3], [1, 2, 1, 2, 2],
    ];

    static readonly int[] Numbers = [0, 1, 2, 3, 1, 2, -1, -2, -3, 4, 7, -8, 70_000, int.MaxValue, int.MinValue];

    static readonly double[] Reals = [0, 1, 0.5, 2, -1, -0.5, 3, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e300, -1e300];

    readonly Random _random = new(seed);
    bool _bytes;
    int[]? _last;

    /// <summary>The tensors that were passed, with copies of what they held.</summary>
    public List<(Tensor Passed, Tensor Copy)> Passed { get; } = [];

    /// <summary>A tensor, often of the shape of the last one; at times null.</summary>
    public Tensor Z => IsNull ? null! : NotNull;

    /// <summary>A tensor or none.</summary>
    public Tensor? Maybe => B ? null : NotNull;

    /// <summary>A tensor of indices, mostly of Int64.</summary>
    public Tensor Index => Of(DType.Int64);

    /// <summary>A tensor that selects, mostly of Bool.</summary>
    public Tensor Mask => Of(DType.Bool);

    /// <summary>A number; small ones are likely, and none so large that a real result could fill the memory.</summary>
    public int I
    {
        get
        {
            int n = Numbers[_random.Next(_random.Next(3) == 0 ? Numbers.Length : 6)];
            return _bytes && n == int.MaxValue ? 5 : n;
        }
    }

    public int? MaybeI => B ? null : I;

    public int[] Several => [.. Enumerable.Range(0, _random.Next(6)).Select(_ => I)];

    public double D => Reals[_random.Next(Reals.Length)];

    public bool B => _random.Next(2) == 0;

    public Size2 Size => B ? I : new Size2(I, I);

    public Size2? MaybeSize => B ? null : Size;

    public Shape Shape => IsNull ? null! : AnyShape();

    public DType DType => (DType)_random.Next(4);

    public Reduction Reduction => (Reduction)_random.Next(3);

    public PadMode PadMode => (PadMode)_random.Next(4);

    public Tensor[] Tensors => [.. Enumerable.Range(0, _random.Next(4)).Select(_ => Z)];

    public RecurrentWeights Weights => B ? Recurrent(_random.Next(1, 5)) : new(Z, Z, Maybe, Maybe);

    public RecurrentWeights[] Layers => [.. Enumerable.Range(0, _random.Next(4)).Select(_ => Weights)];

    public Generator Generator => IsNull ? null! : new(1);

    public T Pick<T>(params T[] values) => values[_random.Next(values.Length)];

    Tensor NotNull => Remember(Make(Type(), AnyShape()));

    bool IsNull => _random.Next(25) == 0;

    RecurrentWeights Recurrent(int gates) => new(
        Remember(Make(DType.Float64, [gates * 3, 3])), Remember(Make(DType.Float64, [gates * 3, 3])), Maybe, Maybe);

    Tensor Of(DType likely) => IsNull ? null! : Remember(Make(_random.Next(6) == 0 ? Type() : likely, AnyShape()));

    DType Type()
    {
        DType type = _random.Next(10) switch { 0 => DType.Int64, 1 => DType.Bool, 2 => DType.Float32, _ => DType.Float64 };
        _bytes |= type == DType.Bool;
        return type;
    }

    Shape AnyShape()
    {
        if (_last is null || _random.Next(2) == 0) _last = Shapes[_random.Next(Shapes.Length)];
        return Shape.Create(_last);
    }

    Tensor Make(DType type, Shape shape)
    {
        double[] values = [.. Enumerable.Range(0, shape.ElementCount).Select(_ => (double)_random.Next(-1, 4))];
        if (_random.Next(4) != 0) values = [.. values.Select(Math.Abs)];
        Tensor x = Tensor.From(values, shape).Cast(type);
        if (_random.Next(4) == 0 && shape.Rank >= 2) x = x.T;
        if (_random.Next(3) == 0 && type.IsFloating()) x.RequiresGrad = true;
        return x;
    }

    Tensor Remember(Tensor x)
    {
        Passed.Add((x, x.Detach().Clone()));
        return x;
    }
}
