namespace Autograd.GoldenDriver;

/// <summary>Runs the rows of one kind.</summary>
interface IRowRunner
{
    /// <summary>Computes what the row asks for, and compares it with what the row expects.</summary>
    /// <exception cref="NotOfferedException">The library does not offer what the row needs.</exception>
    void Run(GoldenRow row, GoldenOptions options, Comparison comparison);
}

/// <summary>Thrown where a row needs something that the library does not offer; the message is its name.</summary>
sealed class NotOfferedException(string name) : Exception(name);

/// <summary>The kinds of rows that can be run.</summary>
static class RowRunners
{
    static readonly Dictionary<string, IRowRunner> ByKind = new()
    {
        ["case"] = new CaseRunner(),
        ["higher_order"] = new HigherOrderRunner(),
        ["precision"] = new PrecisionRunner(),
        ["optimizer"] = new OptimizerRunner(),
        ["lr_scheduler"] = new ScheduleRunner(),
        ["clip"] = new ClipRunner(),
        ["init"] = new InitRunner(),
        ["model"] = new ModelRunner(),
    };

    public static RowResult Run(GoldenRow row, GoldenOptions options)
    {
        Comparison comparison = new();
        (RowStatus status, string reason) = (RowStatus.Pass, "");
        try
        {
            if (!ByKind.TryGetValue(row.Kind, out IRowRunner? runner)) throw new NotOfferedException($"kind {row.Kind}");
            using (Tape.Scope()) runner.Run(row, options, comparison);
            if (comparison.Reason is not null)
            {
                status = row.HasTag("convention") && !comparison.IsStructural ? RowStatus.Convention : RowStatus.Fail;
                reason = comparison.Reason;
            }
        }
        catch (NotOfferedException error)
        {
            // What was already found wrong stays wrong.
            (status, reason) = comparison.Reason is null ? (RowStatus.Skip, error.Message) : (RowStatus.Fail, comparison.Reason);
        }
#pragma warning disable CA1031 // Any exception of an op is a failure of its row.
        catch (Exception error)
#pragma warning restore CA1031
        {
            (status, reason) = (RowStatus.Fail, comparison.Reason ?? FirstLine(error));
        }
        return new(row.Family, row.Op, row.Id, status, comparison.MaxAbsoluteError, comparison.MaxRelativeError, reason) { Peers = comparison.Peers };
    }

    public static string FirstLine(Exception error) => error.Message.Split('\n')[0].TrimEnd();
}
