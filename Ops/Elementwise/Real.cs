namespace Autograd;

/// <summary>The reading as one double: checks a derivative against differences of its formula without any tape, and finds constants.</summary>
readonly struct Real(double value) : IReal<Real>
{
    public readonly double Value = value;

    public static implicit operator Real(double value) => new(value);

    public static Real operator +(Real a, Real b) => a.Value + b.Value;
    public static Real operator -(Real a, Real b) => a.Value - b.Value;
    public static Real operator *(Real a, Real b) => a.Value * b.Value;
    public static Real operator /(Real a, Real b) => a.Value / b.Value;
    public static Real operator -(Real a) => -a.Value;
    public static Real operator <(Real a, Real b) => If(a.Value < b.Value);
    public static Real operator >(Real a, Real b) => If(a.Value > b.Value);
    public static Real operator <=(Real a, Real b) => If(a.Value <= b.Value);
    public static Real operator >=(Real a, Real b) => If(a.Value >= b.Value);
    public static Real Select(Real condition, Real a, Real b) => condition.Value != 0 ? a : b;
    public static Real Equal(Real a, Real b) => If(a.Value == b.Value);
    public static Real Abs(Real x) => Math.Abs(x.Value);
    public static Real Sqrt(Real x) => Math.Sqrt(x.Value);
    public static Real Exp(Real x) => Math.Exp(x.Value);
    public static Real Log(Real x) => Math.Log(x.Value);
    public static Real Pow(Real a, Real b) => Math.Pow(a.Value, b.Value);
    public static Real Tanh(Real x) => Math.Tanh(x.Value);
    public static Real Sigmoid(Real x) => x.Value >= 0 ? 1 / (1 + Math.Exp(-x.Value)) : Math.Exp(x.Value) / (1 + Math.Exp(x.Value));

    static Real If(bool condition) => condition ? 1 : 0;
}
