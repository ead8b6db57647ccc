using System.Globalization;

namespace Autograd.GoldenDriver;

/// <summary>How a row ended.</summary>
public enum RowStatus
{
    /// <summary>Everything agreed.</summary>
    Pass,

    /// <summary>A wrong value or shape, a missing gradient, or an exception.</summary>
    Fail,

    /// <summary>Only values differ, in a row where several answers are defensible.</summary>
    Convention,

    /// <summary>The library does not offer what the row needs.</summary>
    Skip,
}

/// <summary>The outcome of one row; the errors are NaN where nothing was compared.</summary>
public sealed record RowResult(
    string Family, string Op, string Id, RowStatus Status, double MaxAbsoluteError, double MaxRelativeError, string Reason)
{
    /// <summary>How far PyTorch is off by comparison, where the row tells.</summary>
    public IReadOnlyList<PeerDeviation> Peers { get; init; } = [];

    /// <summary>The row's line: op, id, errors, status and reason.</summary>
    public override string ToString()
    {
        string status = Status == RowStatus.Convention ? "CONV" : Status.ToString().ToUpperInvariant();
        return $"{Op} {Id} {Number(MaxAbsoluteError)} {Number(MaxRelativeError)} {status} {Reason}".TrimEnd();
    }

    static string Number(double error) => double.IsNaN(error) ? "-" : error.ToString("R", CultureInfo.InvariantCulture);
}

/// <summary>The outcome of a run.</summary>
public sealed class GoldenReport
{
    readonly List<RowResult> _rows = [];

    /// <summary>All rows that were run, in order.</summary>
    public IReadOnlyList<RowResult> Rows => _rows;

    /// <summary>How many rows passed, those that follow another convention included.</summary>
    public int Passed => Count(_rows, RowStatus.Pass) + Conventions;

    /// <summary>How many rows failed.</summary>
    public int Failed => Count(_rows, RowStatus.Fail);

    /// <summary>How many rows need something that the library does not offer.</summary>
    public int Skipped => Count(_rows, RowStatus.Skip);

    /// <summary>How many rows follow another convention than the files.</summary>
    public int Conventions => Count(_rows, RowStatus.Convention);

    /// <summary>How many files and directories could not be read.</summary>
    public int Unreadable { get; private set; }

    /// <summary>0 if nothing failed, 1 if something did, 2 if a file could not be read.</summary>
    public int ExitCode => Unreadable > 0 ? 2 : Failed > 0 ? 1 : 0;

    internal void Add(RowResult row) => _rows.Add(row);

    internal void AddUnreadable(string path, Exception error, TextWriter output)
    {
        Unreadable++;
        output.WriteLine($"unreadable {path}: {RowRunners.FirstLine(error)}");
    }

    internal void Write(TextWriter output, bool summary)
    {
        foreach (var family in _rows.GroupBy(r => r.Family))
        {
            output.WriteLine(
                $"family {family.Key}: {Count(family, RowStatus.Pass) + Count(family, RowStatus.Convention)} passed, " +
                $"{Count(family, RowStatus.Fail)} failed, {Count(family, RowStatus.Skip)} skipped");
        }
        WritePeers(output);
        if (summary)
        {
            foreach (var op in _rows.GroupBy(r => r.Op).OrderBy(g => g.Key, StringComparer.Ordinal))
            {
                int conventions = Count(op, RowStatus.Convention);
                output.WriteLine($"{op.Key} {Count(op, RowStatus.Pass) + conventions} {Count(op, RowStatus.Fail)} {Count(op, RowStatus.Skip)} {conventions}");
            }
        }
        output.WriteLine($"convention: {Conventions}");
        output.WriteLine($"{Passed} passed, {Failed} failed, {Skipped} skipped");
    }

    /// <summary>One line on who is closer to the truth, if any row tells how far PyTorch is.</summary>
    void WritePeers(TextWriter output)
    {
        (string Id, PeerDeviation Peer)[] all = [.. _rows.SelectMany(r => r.Peers.Select(p => (r.Id, p)))];
        if (all.Length == 0) return;
        (string id, PeerDeviation worst) = all.MaxBy(p => p.Peer.Ratio);
        output.WriteLine(
            $"against PyTorch: {all.Count(p => p.Peer.Sign < 0)} derivatives closer, {all.Count(p => p.Peer.Sign == 0)} equal or within 1 ulp, {all.Count(p => p.Peer.Sign > 0)} further off; " +
            string.Create(CultureInfo.InvariantCulture, $"the greatest ratio of deviations is {worst.Ratio:F2}, {worst.Name} of {id}"));
    }

    static int Count(IEnumerable<RowResult> rows, RowStatus status) => rows.Count(r => r.Status == status);
}
