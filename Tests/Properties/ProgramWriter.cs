using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Autograd.Tests.Properties;

/// <summary>A way to go on: a call on values that are there, or null where none of them fits.</summary>
delegate Line? Move(ProgramWriter writer);

/// <summary>
/// Writes a program from a seed. It computes as it writes, so that a call is taken only where its operands are in its domain and
/// away from its kinks, and its result is of moderate size.
/// </summary>
sealed partial class ProgramWriter
{
    /// <summary>Results larger than this, in elements or in magnitude, are not kept.</summary>
    const int LargestCount = 300, LargestValue = 20;

    /// <summary>How near to a kink a value may be; differences reach less far.</summary>
    const double Gap = 0.01;

    static readonly int[] Sizes = [1, 2, 2, 3, 3, 4, 5, 9, 17];

    readonly Random _random;
    readonly List<Line> _lines = [];

    ProgramWriter(ulong seed) => _random = new Random(unchecked((int)(seed ^ (seed >> 32))));

    /// <summary>A program of 5 to 40 calls on 1 to 4 leaves.</summary>
    /// <param name="seed">Equal seeds give equal programs.</param>
    /// <param name="moves">What to choose from, each equally likely.</param>
    public static RandomProgram Write(ulong seed, IReadOnlyList<Move> moves)
    {
        ProgramWriter writer = new(seed);
        writer.AddLeaves();
        int calls = writer._random.Next(5, 41);
        while (calls > 0)
        {
            if (moves[writer._random.Next(moves.Count)](writer) is not { } line || !IsModerate(line.Value)) continue;
            writer._lines.Add(line);
            calls--;
        }
        return new(seed, writer._lines);
    }

    void AddLeaves()
    {
        // A few sizes a program, so that shapes meet.
        int p = Sizes[_random.Next(Sizes.Length)], q = Sizes[_random.Next(Sizes.Length)];
        int[] sizes = [1, p, p, q, q];
        for (int i = _random.Next(1, 5); i > 0;)
        {
            int[] shape = [.. Enumerable.Range(0, _random.Next(0, 5)).Select(_ => sizes[_random.Next(sizes.Length)])];
            if (shape.Aggregate(1, (a, b) => a * b) > LargestCount) continue;
            Shape s = Shape.Create(shape);
            double[] values = [.. Enumerable.Range(0, s.ElementCount).Select(_ => _random.Next(-128, 129) / 64.0)];
            _lines.Add(Line.Leaf(Tensor.From(values, s)));
            i--;
        }
    }

    static bool IsModerate(Tensor value)
    {
        if (value.Count is 0 or > LargestCount) return false;
        foreach (double v in value.ToArray<double>())
        {
            if (!(Math.Abs(v) <= LargestValue)) return false;
        }
        return true;
    }

    /// <summary>A position whose value fits; late ones more often, so that programs get deep.</summary>
    int? Pick(Func<Shape, bool> fits)
    {
        for (int attempt = 0; attempt < 8; attempt++)
        {
            int last = _lines.Count, position = _random.Next(2) == 0 ? _random.Next(Math.Max(0, last - 4), last) : _random.Next(last);
            if (fits(_lines[position].Value.Shape)) return position;
        }
        return null;
    }

    // ---- Ways to go on. The call is written once: what is printed is the text of the lambda.

    /// <summary>A call on one value.</summary>
    public static Move One(Func<Tensor, Tensor> call, Func<Tensor, bool>? domain = null, int rank = 0, [CallerArgumentExpression(nameof(call))] string text = "") =>
        w => w.Pick(s => s.Rank >= rank) is { } x ? w.Call([x], t => call(t[0]), t => domain?.Invoke(t[0]) ?? true, text) : null;

    /// <summary>A call on one value with an attribute drawn for its shape.</summary>
    public static Move One<TAttribute>(
        Func<Random, Shape, TAttribute> draw, Func<Tensor, TAttribute, Tensor> call, Func<Tensor, bool>? domain = null, int rank = 1,
        [CallerArgumentExpression(nameof(call))] string text = "") => w =>
    {
        if (w.Pick(s => s.Rank >= rank) is not { } x) return null;
        TAttribute attribute = draw(w._random, w._lines[x].Value.Shape);
        return w.Call([x], t => call(t[0], attribute), t => domain?.Invoke(t[0]) ?? true, text, attribute);
    };

    /// <summary>A call on two values whose shapes fit; they may be one and the same.</summary>
    public static Move Two(
        Func<Tensor, Tensor, Tensor> call, Func<Tensor, Tensor, bool>? domain = null, Func<Shape, Shape, bool>? fits = null,
        [CallerArgumentExpression(nameof(call))] string text = "") => w =>
    {
        fits ??= static (a, b) => Shape.TryBroadcast(a, b, out _);
        if (w.Pick(_ => true) is not { } a || w.Pick(s => fits(w._lines[a].Value.Shape, s)) is not { } b) return null;
        return w.Call([a, b], t => call(t[0], t[1]), t => domain?.Invoke(t[0], t[1]) ?? true, text);
    };

    /// <summary>A call on two values with an attribute drawn for the first.</summary>
    public static Move Two<TAttribute>(
        Func<Random, Shape, TAttribute> draw, Func<Tensor, Tensor, TAttribute, Tensor> call, Func<Shape, Shape, bool> fits,
        [CallerArgumentExpression(nameof(call))] string text = "") => w =>
    {
        if (w.Pick(s => s.Rank >= 1) is not { } a || w.Pick(s => fits(w._lines[a].Value.Shape, s)) is not { } b) return null;
        TAttribute attribute = draw(w._random, w._lines[a].Value.Shape);
        return w.Call([a, b], t => call(t[0], t[1], attribute), _ => true, text, attribute);
    };

    Line? Call(int[] operands, Func<Tensor[], Tensor> call, Func<Tensor[], bool> domain, string text, object? attribute = null)
    {
        Tensor[] values = [.. operands.Select(o => _lines[o].Value)];
        return domain(values) ? new(operands, call, Template(text, operands.Length, attribute), call(values).Clone()) : null;
    }

    /// <summary>"(x, axis) => x.Sum(axis)" becomes "{0}.Sum(1)".</summary>
    static string Template(string lambda, int operands, object? attribute)
    {
        Match match = Lambda().Match(lambda);
        string[] names = match.Groups["names"].Value.Split(',', StringSplitOptions.TrimEntries);
        string body = match.Groups["body"].Value.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);
        for (int i = 0; i < names.Length; i++)
            body = Regex.Replace(body, $@"(?<![\w.]){names[i]}\b(?!:)", i < operands ? $"{{{i}}}" : Printed(attribute));
        return body;
    }

    static string Printed(object? attribute) => attribute switch
    {
        Tensor t => $"Tensor.From([{string.Join(", ", t.ToArray<long>().Select(v => $"{v}L"))}], {t.Shape})",
        bool b => b ? "true" : "false",
        Shape s => s.ToString(),
        IEnumerable list => $"[{string.Join(", ", list.Cast<object>())}]",
        _ => string.Create(CultureInfo.InvariantCulture, $"{attribute}"),
    };

    [GeneratedRegex(@"^(static )?\(?(?<names>[\w, ]+?)\)? => (?<body>.*)$", RegexOptions.Singleline)]
    private static partial Regex Lambda();

    // ---- Domains.

    public static bool Above(Tensor x, double low) => x.ToArray<double>().All(v => v > low);

    public static bool Within(Tensor x, double bound) => x.ToArray<double>().All(v => Math.Abs(v) < bound);

    /// <summary>No element is at one of the kinks.</summary>
    public static bool AwayFrom(Tensor x, params double[] kinks) => x.ToArray<double>().All(v => kinks.All(k => Math.Abs(v - k) > Gap));

    /// <summary>No two elements are equal.</summary>
    public static bool IsDistinct(Tensor x)
    {
        double[] sorted = [.. x.ToArray<double>().Order()];
        return Enumerable.Range(1, Math.Max(sorted.Length - 1, 0)).Take(sorted.Length - 1).All(i => sorted[i] - sorted[i - 1] > Gap);
    }

    public static bool Differ(Tensor a, Tensor b) => AwayFrom(a - b, 0);
}
