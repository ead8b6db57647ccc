namespace Autograd.Nn.Data;

/// <summary>Reader of tables of numbers in CSV files, plain or gzip, UTF-8, whatever the machine's culture.</summary>
/// <remarks>Lines end in CRLF or LF; blank lines at the end are skipped; fields may stand in quotes (RFC 4180).</remarks>
public static class Csv
{
    /// <summary>The table in the file at <paramref name="path"/>; gzip is recognised by content.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Separator, header, label and missing values; null for numbers between commas.</param>
    /// <exception cref="DataFormatException">
    /// The file is empty or damaged gzip, rows differ in length, a field is not a number or is too large for a double, a label is out of range,
    /// a quote is not closed, or a column is not there.
    /// </exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentException">The options contradict themselves.</exception>
    public static CsvTable Read(string path, CsvOptions? options = null)
    {
        Throw.IfNoName("Csv.Read", path, "Pass the path of a file.");
        using ByteSource source = ByteSource.Open(path);
        return Read(source, options ?? new CsvOptions());
    }

    /// <summary>The table in the rest of <paramref name="stream"/>, which stays open; errors call it <paramref name="name"/>.</summary>
    /// <inheritdoc cref="Read(string, CsvOptions)" path="/exception[@cref='T:Autograd.Nn.Data.DataFormatException']"/>
    public static CsvTable Read(Stream stream, CsvOptions? options = null, string name = "stream")
    {
        Throw.IfNull("Csv.Read", stream);
        Throw.IfNull("Csv.Read", name);
        using ByteSource source = ByteSource.Over(stream, name);
        return Read(source, options ?? new CsvOptions());
    }

    static CsvTable Read(ByteSource source, CsvOptions options)
    {
        options.Check();
        byte[] file = source.ReadUpTo(Array.MaxLength);
        if (!source.AtEnd())
            DataThrow.TooLarge(source);
        if (file.Length == 0)
            DataThrow.Empty(source);
        ReadOnlySpan<byte> text = file.AsSpan().TrimEnd("\r\n"u8);
        int start = Skip(text, text.StartsWith("\uFEFF"u8) ? 3 : 0, options.SkipLines);
        return new CsvRows(source, options).Read(new CsvScanner(text, start, options.SkipLines + 1, options.Separator, source));
    }

    static int Skip(ReadOnlySpan<byte> text, int start, int lines)
    {
        for (; lines > 0 && start < text.Length; lines--)
        {
            int length = text[start..].IndexOf((byte)'\n');
            start = length < 0 ? text.Length : start + length + 1;
        }
        return start;
    }
}
