using System.Globalization;

namespace Autograd.Nn.Data;

/// <summary>A column of a CSV file, by number from 0 (<c>0</c>, <c>^1</c> for the last) or by name in the header line.</summary>
public readonly record struct CsvColumn
{
    /// <summary>Column at <paramref name="index"/>.</summary>
    public CsvColumn(Index index) => Index = index;

    /// <summary>Column called <paramref name="name"/> in the header line, letter case included.</summary>
    public CsvColumn(string name)
    {
        Throw.IfNull(nameof(CsvColumn), name);
        Name = name;
    }

    /// <summary>Position; unused when <see cref="Name"/> is given.</summary>
    public Index Index { get; }

    /// <summary>Name in the header line, or null.</summary>
    public string? Name { get; }

    /// <inheritdoc cref="CsvColumn(System.Index)"/>
    public static implicit operator CsvColumn(Index index) => new(index);

    /// <inheritdoc cref="CsvColumn(System.Index)"/>
    public static implicit operator CsvColumn(int index) => new((Index)index);

    /// <inheritdoc cref="CsvColumn(string)"/>
    public static implicit operator CsvColumn(string name) => new(name);

    /// <summary>The name in quotes, or the number.</summary>
    public override string ToString() =>
        Name is not null ? $"\"{Name}\"" : (Index.IsFromEnd ? "^" : "") + Index.Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>How a CSV file is read; the default is numbers between commas, without a header line.</summary>
public sealed record CsvOptions
{
    /// <summary>Character between fields: ASCII, and none of quote, line feed, carriage return.</summary>
    public char Separator { get; init; } = ',';

    /// <summary>Lines thrown away before anything else is read, ≥ 0; blank lines after them are not skipped.</summary>
    public int SkipLines { get; init; }

    /// <summary>Whether the next line names the columns.</summary>
    public bool HasHeader { get; init; }

    /// <summary>The column that holds the class of a row; null when there is none.</summary>
    public CsvColumn? Label { get; init; }

    /// <summary>Number of classes when labels are whole numbers below it; null when labels are names, numbered as they first appear.</summary>
    public int? Classes { get; init; }

    /// <summary>Columns left out, as names or dates.</summary>
    public IReadOnlyList<CsvColumn> Ignore { get; init; } = [];

    /// <summary>Value of an empty field, as <see cref="double.NaN"/>; null makes an empty field an error.</summary>
    public double? Missing { get; init; }

    internal void Check()
    {
        if (!char.IsAscii(Separator) || Separator is '"' or '\n' or '\r')
            throw DataThrow.Option(nameof(Separator), "must be ASCII and none of quote, line feed, carriage return.", "Set it to ',' or '\\t', or as the file has it.");
        if (SkipLines < 0)
            throw DataThrow.Option(nameof(SkipLines), FormattableString.Invariant($"must be 0 or more, but is {SkipLines}."), "Leave it out to read from the first line.");
        if (Classes < 1)
            throw DataThrow.Option(nameof(Classes), FormattableString.Invariant($"must be 1 or more, but is {Classes}."), "Leave it out to number labels as they first appear.");
        if (Classes is not null && Label is null)
            throw DataThrow.Option(nameof(Classes), "is given, but Label does not say which column holds the class.", "Set Label, such as to ^1 for the last column.");
        Throw.IfNull(nameof(CsvOptions), Ignore);
    }
}
