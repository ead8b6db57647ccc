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

    static Printed Call(string name, Printed x) => new($"{name}({x})");

    string In(int binding) => _binding < binding ? $"({_text})" : _text;

    static string Number(double value) => double.IsPositiveInfinity(value) ? "∞" : value.ToString("G7", CultureInfo.InvariantCulture);
}
