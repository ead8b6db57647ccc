namespace Autograd;

/// <summary>The reading that records: a derivative becomes ops on tensors, so that it can be differentiated in turn.</summary>
/// <remarks>A value is a tensor or, as long as no tensor is involved, a number; a condition keeps the type of what it compared.</remarks>
readonly struct Traced : IReal<Traced>
{
    readonly Tensor? _tensor;
    readonly double _number;
    readonly DType _dtype;

    public Traced(Tensor tensor) : this(tensor, 0, tensor.DType)
    {
    }

    Traced(Tensor? tensor, double number, DType dtype) => (_tensor, _number, _dtype) = (tensor, number, dtype);

    /// <summary>The value, if no tensor was involved in it.</summary>
    public double? Number => _tensor is null ? _number : null;

    /// <summary>The value as a tensor of the given type; a scalar where no tensor was involved.</summary>
    public Tensor ToTensor(DType dtype) => _tensor ?? Tensor.Scalar(_number, dtype);

    public static implicit operator Traced(double value) => new(null, value, default);

    public static Traced operator +(Traced a, Traced b) =>
        Lift(a, b, static (x, y) => x + y, static (x, k) => x + k, static (k, y) => k + y, static (x, y) => x + y);

    public static Traced operator -(Traced a, Traced b) =>
        Lift(a, b, static (x, y) => x - y, static (x, k) => x - k, static (k, y) => k - y, static (x, y) => x - y);

    public static Traced operator *(Traced a, Traced b) =>
        Lift(a, b, static (x, y) => x * y, static (x, k) => x * k, static (k, y) => k * y, static (x, y) => x * y);

    public static Traced operator /(Traced a, Traced b) =>
        Lift(a, b, static (x, y) => x / y, static (x, k) => x / k, static (k, y) => k / y, static (x, y) => x / y);

    public static Traced operator -(Traced a) => Lift(a, static x => -x, static x => -x);

    public static Traced operator <(Traced a, Traced b) => Condition(a, b, static (x, y) => x.Less(y));
    public static Traced operator >(Traced a, Traced b) => Condition(a, b, static (x, y) => x.Greater(y));
    public static Traced operator <=(Traced a, Traced b) => Condition(a, b, static (x, y) => x.LessEqual(y));
    public static Traced operator >=(Traced a, Traced b) => Condition(a, b, static (x, y) => x.GreaterEqual(y));
    public static Traced Equal(Traced a, Traced b) => Condition(a, b, static (x, y) => x.Equal(y));

    public static Traced Select(Traced condition, Traced a, Traced b) =>
        new(Tensor.Where(condition._tensor!, a.ToTensor(condition._dtype), b.ToTensor(condition._dtype)));

    public static Traced Pow(Traced a, Traced b) =>
        Lift(a, b, static (x, y) => x.Pow(y), static (x, k) => x.Pow(k), static (k, y) => Tensor.Scalar(k, y.DType).Pow(y), Math.Pow);

    public static Traced Abs(Traced x) => Lift(x, static t => t.Abs(), Math.Abs);
    public static Traced Sqrt(Traced x) => Lift(x, static t => t.Sqrt(), Math.Sqrt);
    public static Traced Exp(Traced x) => Lift(x, static t => t.Exp(), Math.Exp);
    public static Traced Log(Traced x) => Lift(x, static t => t.Log(), Math.Log);
    public static Traced Tanh(Traced x) => Lift(x, static t => t.Tanh(), Math.Tanh);
    public static Traced Sigmoid(Traced x) => Lift(x, static t => t.Sigmoid(), static v => 1 / (1 + Math.Exp(-v)));

    static Traced Lift(Traced x, Func<Tensor, Tensor> tensor, Func<double, double> number) =>
        x._tensor is { } t ? new Traced(tensor(t)) : number(x._number);

    static Traced Lift(
        Traced a, Traced b, Func<Tensor, Tensor, Tensor> tensors,
        Func<Tensor, double, Tensor> right, Func<double, Tensor, Tensor> left, Func<double, double, double> numbers) => (a._tensor, b._tensor) switch
        {
            ({ } x, { } y) => new Traced(tensors(x, y)),
            ({ } x, null) => new Traced(right(x, b._number)),
            (null, { } y) => new Traced(left(a._number, y)),
            _ => numbers(a._number, b._number),
        };

    static Traced Condition(Traced a, Traced b, Func<Tensor, Tensor, Tensor> compare)
    {
        DType dtype = a._tensor is null ? b._dtype : a._dtype;
        return new(compare(a.ToTensor(dtype), b.ToTensor(dtype)), 0, dtype);
    }
}
