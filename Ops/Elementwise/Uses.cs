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

    static Uses Both(Uses a, Uses b) => new(a.Values | b.Values);
}
