using System.Globalization;
using System.Text.Json;

namespace Autograd.GoldenDriver;

/// <summary>How far a number may be from the expected one: rtol·|expected| + atol·S.</summary>
/// <param name="Relative">rtol.</param>
/// <param name="Absolute">atol.</param>
/// <param name="Elementwise">Whether S is 1; else it is the largest finite expected magnitude of the tensor, at least 1.</param>
readonly record struct Tolerance(double Relative, double Absolute, bool Elementwise)
{
    public static Tolerance Of(JsonElement json) => new(
        json.GetProperty("rtol").GetDouble(),
        json.GetProperty("atol").GetDouble(),
        json.TryGetProperty("elementwise", out JsonElement elementwise) && elementwise.GetBoolean());
}

/// <summary>Collects the differences between computed and expected tensors of one row; the first finding is the one reported.</summary>
sealed class Comparison
{
    /// <summary>The largest |a − b|, or NaN if nothing was compared.</summary>
    public double MaxAbsoluteError { get; private set; } = double.NaN;

    /// <summary>The largest |a − b|/|b| over expected numbers other than 0, or NaN if nothing was compared.</summary>
    public double MaxRelativeError { get; private set; } = double.NaN;

    /// <summary>What was wrong first; null while nothing is.</summary>
    public string? Reason { get; private set; }

    /// <summary>Whether something other than a value was wrong: a shape, a number of outputs, a missing gradient.</summary>
    public bool IsStructural { get; private set; }

    /// <summary>How far PyTorch is off by comparison, where the row tells.</summary>
    public List<PeerDeviation> Peers { get; } = [];

    /// <summary>Notes a finding that is not about a value.</summary>
    public void Reject(string reason)
    {
        Reason ??= reason;
        IsStructural = true;
    }

    /// <summary>Compares a computed tensor with the expected one, except at the free positions.</summary>
    /// <param name="name">What the tensor is, for the reason.</param>
    /// <param name="actual">The computed tensor.</param>
    /// <param name="expected">The expected one.</param>
    /// <param name="tolerance">How far they may differ.</param>
    /// <param name="free">Flat positions where any answer is right.</param>
    public void Compare(string name, Tensor actual, GoldenTensor expected, Tolerance tolerance, IReadOnlySet<int>? free = null)
    {
        if (!actual.Shape.Sizes.SequenceEqual(expected.Shape))
        {
            Reject($"{name}: shape {actual.Shape}, expected [{string.Join(", ", expected.Shape)}]");
            return;
        }
        double[] a = actual.Numbers(), b = expected.Data;
        double scale = tolerance.Elementwise ? 1 : b.Where(double.IsFinite).Select(Math.Abs).Append(1).Max();
        if (double.IsNaN(MaxAbsoluteError)) (MaxAbsoluteError, MaxRelativeError) = (0, 0);
        for (int i = 0; i < b.Length; i++)
        {
            if (free is not null && free.Contains(i)) continue;
            double allowed = (tolerance.Relative * Math.Abs(b[i])) + (tolerance.Absolute * scale);
            if (!Agree(a[i], b[i], allowed)) Reason ??= $"{name}[{i}] is {Text(a[i])}, expected {Text(b[i])}";
        }
    }

    /// <summary>Compares a computed gradient, which may be missing where none or zeros are expected.</summary>
    public void CompareGradient(string name, Tensor? actual, GoldenTensor? expected, Tolerance tolerance, IReadOnlySet<int>? free = null)
    {
        if (expected is null)
        {
            if (actual is not null && actual.Numbers().Any(x => x != 0)) Reject($"{name}: a gradient, expected none or zeros");
        }
        else if (actual is null) Reject($"{name}: no gradient");
        else Compare(name, actual, expected, tolerance, free);
    }

    /// <summary>Compares how far we are off with how far PyTorch is.</summary>
    public void ComparePeer(string name, Tensor actual, GoldenTensor expected, double theirs)
    {
        PeerDeviation peer = PeerDeviation.Of(name, actual, expected, theirs);
        Peers.Add(peer);
        if (peer.Sign > 0) Reason ??= $"{name} is off by {Text(peer.Ours)} ({peer.Ulps.ToString("F1", CultureInfo.InvariantCulture)} ulp), PyTorch by {Text(theirs)}";
    }

    bool Agree(double a, double b, double allowed)
    {
        if (double.IsNaN(a) && double.IsNaN(b)) return true;
        if (a == b) return true;
        double error = double.IsFinite(a) && double.IsFinite(b) ? Math.Abs(a - b) : double.PositiveInfinity;
        MaxAbsoluteError = Math.Max(MaxAbsoluteError, error);
        if (b != 0) MaxRelativeError = Math.Max(MaxRelativeError, double.IsFinite(error) ? error / Math.Abs(b) : error);
        return error <= allowed && double.IsFinite(error);
    }

    static string Text(double x) => x.ToString("R", CultureInfo.InvariantCulture);
}
