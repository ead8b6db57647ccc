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
    public static Traced Expm1(Traced x) => Lift(x, static t => t.Expm1(), static v => Real.Expm1(v).Value);
    public static Traced Exp2(Traced x) => Lift(x, static t => t.Exp2(), static v => Real.Exp2(v).Value);
    public static Traced Log1p(Traced x) => Lift(x, static t => t.Log1p(), static v => Real.Log1p(v).Value);
    public static Traced Log2(Traced x) => Lift(x, static t => t.Log2(), static v => Real.Log2(v).Value);
    public static Traced Log10(Traced x) => Lift(x, static t => t.Log10(), static v => Real.Log10(v).Value);
    public static Traced Softplus(Traced x) => Lift(x, static t => t.Softplus(), static v => Real.Softplus(v).Value);
    public static Traced Sin(Traced x) => Lift(x, static t => t.Sin(), static v => Real.Sin(v).Value);
    public static Traced Cos(Traced x) => Lift(x, static t => t.Cos(), static v => Real.Cos(v).Value);
    public static Traced Tan(Traced x) => Lift(x, static t => t.Tan(), static v => Real.Tan(v).Value);
    public static Traced Sinh(Traced x) => Lift(x, static t => t.Sinh(), static v => Real.Sinh(v).Value);
    public static Traced Cosh(Traced x) => Lift(x, static t => t.Cosh(), static v => Real.Cosh(v).Value);
    public static Traced Asin(Traced x) => Lift(x, static t => t.Asin(), static v => Real.Asin(v).Value);
    public static Traced Acos(Traced x) => Lift(x, static t => t.Acos(), static v => Real.Acos(v).Value);
    public static Traced Atan(Traced x) => Lift(x, static t => t.Atan(), static v => Real.Atan(v).Value);
    public static Traced Asinh(Traced x) => Lift(x, static t => t.Asinh(), static v => Real.Asinh(v).Value);
    public static Traced Acosh(Traced x) => Lift(x, static t => t.Acosh(), static v => Real.Acosh(v).Value);
    public static Traced Atanh(Traced x) => Lift(x, static t => t.Atanh(), static v => Real.Atanh(v).Value);
    public static Traced Erf(Traced x) => Lift(x, static t => t.Erf(), static v => Real.Erf(v).Value);
    public static Traced NormalCdf(Traced x) => Lift(x, static t => t.NormalCdf(), static v => Real.NormalCdf(v).Value);
    public static Traced Erfc(Traced x) => Lift(x, static t => t.Erfc(), static v => Real.Erfc(v).Value);
    public static Traced Floor(Traced x) => Lift(x, static t => t.Floor(), static v => Real.Floor(v).Value);
    public static Traced Ceiling(Traced x) => Lift(x, static t => t.Ceiling(), static v => Real.Ceiling(v).Value);
    public static Traced Round(Traced x) => Lift(x, static t => t.Round(), static v => Real.Round(v).Value);
    public static Traced Truncate(Traced x) => Lift(x, static t => t.Truncate(), static v => Real.Truncate(v).Value);
    public static Traced Atan2(Traced a, Traced b) => Lift(a, b, static (x, y) => x.Atan2(y), static (x, k) => x.Atan2(Tensor.Scalar(k, x.DType)), static (k, y) => Tensor.Scalar(k, y.DType).Atan2(y), static (x, y) => Real.Atan2(x, y).Value);
    public static Traced Hypot(Traced a, Traced b) => Lift(a, b, static (x, y) => x.Hypot(y), static (x, k) => x.Hypot(Tensor.Scalar(k, x.DType)), static (k, y) => Tensor.Scalar(k, y.DType).Hypot(y), static (x, y) => Real.Hypot(x, y).Value);
    public static Traced Fmod(Traced a, Traced b) => Lift(a, b, static (x, y) => x.Fmod(y), static (x, k) => x.Fmod(Tensor.Scalar(k, x.DType)), static (k, y) => Tensor.Scalar(k, y.DType).Fmod(y), static (x, y) => Real.Fmod(x, y).Value);

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
