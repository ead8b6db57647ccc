using System.Globalization;

namespace Autograd;

/// <summary>The reading as text, for docs/ops.md: <c>y·(1 − y)</c>.</summary>
readonly struct Printed : IReal<Printed>
{
    const int Sum = 1, Product = 2, Unary = 3, Atom = 4;

    readonly string _text;
    readonly int _binding;

    public Printed(string text, int binding = Atom) => (_text, _binding) = (text, binding);

    public override string ToString() => _text;

    public static implicit operator Printed(double value) => value < 0 || double.IsNegative(value)
        ? new("−" + Number(-value), Unary)
        : new(Number(value));

    public static Printed operator +(Printed a, Printed b) => new($"{a.In(Sum)} + {b.In(Sum)}", Sum);
    public static Printed operator -(Printed a, Printed b) => new($"{a.In(Sum)} − {b.In(Product)}", Sum);
    public static Printed operator *(Printed a, Printed b) => new($"{a.In(Product)}·{b.In(Product)}", Product);
    public static Printed operator /(Printed a, Printed b) => new($"{a.In(Product)} / {b.In(Unary)}", Product);
    public static Printed operator -(Printed a) => new($"−{a.In(Unary)}", Unary);
    public static Printed operator <(Printed a, Printed b) => new($"{a} < {b}", 0);
    public static Printed operator >(Printed a, Printed b) => new($"{a} > {b}", 0);
    public static Printed operator <=(Printed a, Printed b) => new($"{a} ≤ {b}", 0);
    public static Printed operator >=(Printed a, Printed b) => new($"{a} ≥ {b}", 0);
    public static Printed Select(Printed condition, Printed a, Printed b) => new($"({condition} ? {a} : {b})");
    public static Printed Equal(Printed a, Printed b) => new($"{a} = {b}", 0);
    public static Printed Abs(Printed x) => new($"|{x}|");
    public static Printed Sqrt(Printed x) => new($"√{x.In(Atom)}", Unary);
    public static Printed Exp(Printed x) => Call("exp", x);
    public static Printed Log(Printed x) => Call("log", x);
    public static Printed Pow(Printed a, Printed b) => new($"{a.In(Atom)}^{b.In(Atom)}", Unary);
    public static Printed Tanh(Printed x) => Call("tanh", x);
    public static Printed Sigmoid(Printed x) => Call("σ", x);
    public static Printed Expm1(Printed x) => Call("expm1", x);
    public static Printed Exp2(Printed x) => Call("exp2", x);
    public static Printed Log1p(Printed x) => Call("log1p", x);
    public static Printed Log2(Printed x) => Call("log₂", x);
    public static Printed Log10(Printed x) => Call("log₁₀", x);
    public static Printed Softplus(Printed x) => Call("softplus", x);
    public static Printed Sin(Printed x) => Call("sin", x);
    public static Printed Cos(Printed x) => Call("cos", x);
    public static Printed Tan(Printed x) => Call("tan", x);
    public static Printed Sinh(Printed x) => Call("sinh", x);
    public static Printed Cosh(Printed x) => Call("cosh", x);
    public static Printed Asin(Printed x) => Call("arcsin", x);
    public static Printed Acos(Printed x) => Call("arccos", x);
    public static Printed Atan(Printed x) => Call("arctan", x);
    public static Printed Asinh(Printed x) => Call("arsinh", x);
    public static Printed Acosh(Printed x) => Call("arcosh", x);
    public static Printed Atanh(Printed x) => Call("artanh", x);
    public static Printed Erf(Printed x) => Call("erf", x);
    public static Printed NormalCdf(Printed x) => Call("Φ", x);
    public static Printed Erfc(Printed x) => Call("erfc", x);
    public static Printed Floor(Printed x) => new($"⌊{x}⌋");
    public static Printed Ceiling(Printed x) => new($"⌈{x}⌉");
    public static Printed Round(Printed x) => Call("round", x);
    public static Printed Truncate(Printed x) => Call("truncate", x);
    public static Printed Atan2(Printed a, Printed b) => new($"atan2({a}, {b})");
    public static Printed Atan2Slope(Printed a, Printed b) => new($"{b.In(Product)} / ({a.In(Atom)}² + {b.In(Atom)}²)", Product);
    public static Printed Hypot(Printed a, Printed b) => new($"hypot({a}, {b})");
    public static Printed Fmod(Printed a, Printed b) => new($"fmod({a}, {b})");

    static Printed Call(string name, Printed x) => new($"{name}({x})");

    string In(int binding) => _binding < binding ? $"({_text})" : _text;

    static string Number(double value) => double.IsPositiveInfinity(value) ? "∞" : value.ToString("G7", CultureInfo.InvariantCulture);
}
