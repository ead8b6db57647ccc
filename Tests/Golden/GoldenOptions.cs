namespace Autograd.GoldenDriver;

/// <summary>Which rows are run, and what is printed.</summary>
public sealed record GoldenOptions
{
    public const string Usage =
        "usage: [--family NAME] [--op NAME] [--id SUBSTRING] [--no-extra] [--no-second-order] [--summary] [--verbose] DIR...\n" +
        "(--family may be repeated)";

    /// <summary>The families to run; all if empty.</summary>
    public IReadOnlyList<string> Families { get; init; } = [];

    /// <summary>The one op to run, or null for all.</summary>
    public string? Op { get; init; }

    /// <summary>A part of the ids of the rows to run, or null for all.</summary>
    public string? Id { get; init; }

    /// <summary>Leaves out the rows tagged <c>extra</c>.</summary>
    public bool NoExtra { get; init; }

    /// <summary>Compares values and first derivatives only.</summary>
    public bool NoSecondOrder { get; init; }

    /// <summary>Prints one line an op.</summary>
    public bool Summary { get; init; }

    /// <summary>Prints the rows that passed too.</summary>
    public bool Verbose { get; init; }

    /// <summary>Reads a command line.</summary>
    /// <exception cref="ArgumentException">An unknown option, an option without its value, or no directory.</exception>
    public static GoldenOptions Parse(IReadOnlyList<string> arguments, out string[] directories)
    {
        GoldenOptions options = new();
        List<string> found = [];
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            options = argument switch
            {
                "--family" => options with { Families = [.. options.Families, Value(arguments, ref i)] },
                "--op" => options with { Op = Value(arguments, ref i) },
                "--id" => options with { Id = Value(arguments, ref i) },
                "--no-extra" => options with { NoExtra = true },
                "--no-second-order" => options with { NoSecondOrder = true },
                "--summary" => options with { Summary = true },
                "--verbose" => options with { Verbose = true },
                _ => argument.StartsWith("--", StringComparison.Ordinal) ? throw new ArgumentException($"unknown option {argument}") : options,
            };
            if (!argument.StartsWith("--", StringComparison.Ordinal)) found.Add(argument);
        }
        if (found.Count == 0) throw new ArgumentException("no directory given");
        directories = [.. found];
        return options;
    }

    internal bool Wants(GoldenRow row) =>
        (Families.Count == 0 || Families.Contains(row.Family))
        && (Op is null || Op == row.Op)
        && (Id is null || row.Id.Contains(Id, StringComparison.Ordinal))
        && !(NoExtra && row.HasTag("extra"));

    static string Value(IReadOnlyList<string> arguments, ref int i) =>
        ++i < arguments.Count ? arguments[i] : throw new ArgumentException($"{arguments[i - 1]} needs a value");
}
