namespace Autograd;

/// <summary>The reading that tells which values a derivative depends on, so that the tape saves only those.</summary>
readonly struct Uses(Saved values) : IReal<Uses>
{
    public readonly Saved Values = values;

    public static implicit operator Uses(double value) => default;

    public static Uses operator +(Uses a, Uses b) => Both(a, b);
    public static Uses operator -(Uses a, Uses b) => Both(a, b);
    public static Uses operator *(Uses a, Uses b) => Both(a, b);
    public static Uses operator /(Uses a, Uses b) => Both(a, b);
    public static Uses operator -(Uses a) => a;
    public static Uses operator <(Uses a, Uses b) => Both(a, b);
    public static Uses operator >(Uses a, Uses b) => Both(a, b);
    public static Uses operator <=(Uses a, Uses b) => Both(a, b);
    public static Uses operator >=(Uses a, Uses b) => Both(a, b);
    public static Uses Select(Uses condition, Uses a, Uses b) => new(condition.Values | a.Values | b.Values);
    public static Uses Equal(Uses a, Uses b) => Both(a, b);
    public static Uses Abs(Uses x) => x;
    public static Uses Sqrt(Uses x) => x;
    public static Uses Exp(Uses x) => x;
    public static Uses Log(Uses x) => x;
    public static Uses Pow(Uses a, Uses b) => Both(a, b);
    public static Uses Tanh(Uses x) => x;
    public static Uses Sigmoid(Uses x) => x;
    public static Uses Expm1(Uses x) => x;
    public static Uses Exp2(Uses x) => x;
    public static Uses Log1p(Uses x) => x;
    public static Uses Log2(Uses x) => x;
    public static Uses Log10(Uses x) => x;
    public static Uses Softplus(Uses x) => x;
    public static Uses Sin(Uses x) => x;
    public static Uses Cos(Uses x) => x;
    public static Uses Tan(Uses x) => x;
    public static Uses Sinh(Uses x) => x;
    public static Uses Cosh(Uses x) => x;
    public static Uses Asin(Uses x) => x;
    public static Uses Acos(Uses x) => x;
    public static Uses Atan(Uses x) => x;
    public static Uses Asinh(Uses x) => x;
    public static Uses Acosh(Uses x) => x;
    public static Uses Atanh(Uses x) => x;
    public static Uses Erf(Uses x) => x;
    public static Uses NormalCdf(Uses x) => x;
    public static Uses Erfc(Uses x) => x;
    public static Uses Floor(Uses x) => x;
    public static Uses Ceiling(Uses x) => x;
    public static Uses Round(Uses x) => x;
    public static Uses Truncate(Uses x) => x;
    public static Uses Atan2(Uses a, Uses b) => Both(a, b);
    public static Uses Hypot(Uses a, Uses b) => Both(a, b);
    public static Uses Fmod(Uses a, Uses b) => Both(a, b);

    static Uses Both(Uses a, Uses b) => new(a.Values | b.Values);
}
