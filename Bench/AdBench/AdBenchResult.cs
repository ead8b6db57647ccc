using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Autograd.GoldenDriver;

namespace Autograd.Bench.AdBench;

/// <summary>One data file judged: how far its values and derivatives are from the reference, and what they cost.</summary>
sealed class AdBenchResult(string objective, string file, string size, Tolerance tolerance)
{
    double _valueError, _derivativeError, _valueTime, _derivativeTime;

    /// <summary>What was wrong first; null while nothing is.</summary>
    public string? Reason { get; private set; }

    public bool Passed => Reason is null;

    public string Name => $"{objective} {file}";

    /// <summary>Compares a value; the expected numbers are repeated for further rows of the computed tensor.</summary>
    public void Value(string name, Tensor actual, JsonElement expected) =>
        _valueError = Math.Max(_valueError, Compare(name, actual, Expected(expected), tolerance));

    /// <summary>Compares a derivative; the expected numbers are repeated for further rows of the computed tensor.</summary>
    public void Derivative(string name, Tensor actual, JsonElement expected, Tolerance? own = null) =>
        _derivativeError = Math.Max(_derivativeError, Compare(name, actual, Expected(expected), own ?? tolerance));

    /// <summary>Compares derivatives of several parameters, the properties of the expected object in order.</summary>
    public void Derivatives(string name, Tensor[] actual, JsonElement expected, Tolerance? own = null)
    {
        JsonProperty[] parts = [.. expected.EnumerateObject()];
        if (parts.Length != actual.Length) Reason ??= $"{name}: {actual.Length} parts, expected {parts.Length}";
        for (int i = 0; i < Math.Min(parts.Length, actual.Length); i++) Derivative($"{name} {parts[i].Name}", actual[i], parts[i].Value, own);
    }

    /// <summary>Measures both computations, in turn.</summary>
    public void Time(Action value, Action derivative)
    {
        const int rounds = 7;
        const double enough = 1.5;
        List<double> values = [], derivatives = [];
        for (long start = Stopwatch.GetTimestamp(); values.Count < rounds && (values.Count < 3 || Stopwatch.GetElapsedTime(start).TotalSeconds < enough);)
        {
            values.Add(Milliseconds(value));
            derivatives.Add(Milliseconds(derivative));
        }
        (_valueTime, _derivativeTime) = (Median(values), Median(derivatives));
    }

    public const string Heading = """
        | objective | file | size | value error | derivative error | value ms | derivative ms | verdict |
        |---|---|---|---|---|---|---|---|
        """;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"| {objective} | {file} | {size} | {_valueError:0.0e0} | {_derivativeError:0.0e0} | {_valueTime:G3} | {_derivativeTime:G3} | {(Passed ? "PASS" : $"FAIL: {Reason}")} |");

    /// <summary>The largest difference relative to the largest expected number; a difference beyond the tolerance is the reason of a failure.</summary>
    double Compare(string name, Tensor actual, (int[] Shape, double[] Data) expected, Tolerance allowed)
    {
        double[] a = actual.ToArray<double>(), b = expected.Data;
        bool repeats = actual.Rank == expected.Shape.Length + 1 && actual.Shape.Sizes[1..].SequenceEqual(expected.Shape);
        if (!repeats && !actual.Shape.Sizes.SequenceEqual(expected.Shape))
        {
            Reason ??= $"{name}: shape {actual.Shape}, expected [{string.Join(", ", expected.Shape)}]";
            return double.NaN;
        }
        double largest = b.Select(Math.Abs).Max(), scale = allowed.Elementwise ? 1 : Math.Max(1, largest), worst = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double wanted = b[i % b.Length], error = Math.Abs(a[i] - wanted);
            worst = Math.Max(worst, error);
            // Negated, so that a NaN fails.
            if (!(error <= allowed.Relative * Math.Abs(wanted) + allowed.Absolute * scale))
                Reason ??= string.Create(CultureInfo.InvariantCulture, $"{name}[{i}] is {a[i]:R}, expected {wanted:R}");
        }
        return largest > 0 ? worst / largest : worst;
    }

    static (int[] Shape, double[] Data) Expected(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Number) return ([], [json.GetDouble()]);
        var tensor = GoldenTensor.Of(json);
        return (tensor.Shape, tensor.Data);
    }

    static double Milliseconds(Action action)
    {
        using TapeScope scope = Tape.Scope();
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
