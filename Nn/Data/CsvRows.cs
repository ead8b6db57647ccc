using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Autograd.Nn.Data;

/// <summary>Gives the fields of a CSV file their meaning: header, number, label.</summary>
sealed class CsvRows(ByteSource source, CsvOptions options)
{
    enum Role : byte
    {
        Number,
        Label,
        Ignored,
    }

    readonly List<double> _values = [];
    readonly List<int> _labels = [];
    readonly List<string> _classNames = [];
    readonly Dictionary<string, int> _classes = new(StringComparer.Ordinal);
    string[]? _header;
    Role[] _roles = [];

    public CsvTable Read(CsvScanner scanner)
    {
        if (options.HasHeader)
            _header = ReadHeader(ref scanner);
        int rows = 0;
        while (scanner.MoveNext())
        {
            if (rows == 0)
                _roles = Roles(scanner);
            ReadRow(ref scanner);
            rows++;
        }
        if (rows == 0)
            DataThrow.At(source, source.Offset, "the file has no row of data.", NoRowsHint());

        string[]? header = _header?.Where((_, column) => _roles[column] == Role.Number).ToArray();
        int columns = _roles.Count(role => role == Role.Number);
        return new CsvTable(rows, columns, header, [.. _values], [.. _labels], [.. _classNames]);
    }

    string[] ReadHeader(ref CsvScanner scanner)
    {
        var names = new List<string>();
        while (scanner.MoveNext())
        {
            names.Add(Text(scanner));
            if (scanner.EndsRow)
                break;
        }
        return [.. names];
    }

    void ReadRow(ref CsvScanner scanner)
    {
        int line = scanner.Line;
        int start = scanner.Offset;
        int count = 0;
        do
        {
            if (count < _roles.Length)
                ReadField(scanner, _roles[count]);
            count++;
        }
        while (!scanner.EndsRow && scanner.MoveNext());
        if (count != _roles.Length)
            Fail(line, 0, start, Invariant($"every row must have {_roles.Length} fields, but this one has {count}."), CountHint(count));
    }

    void ReadField(CsvScanner field, Role role)
    {
        if (role == Role.Number)
            _values.Add(Number(field));
        else if (role == Role.Label)
            _labels.Add(options.Classes is int classes ? ClassNumber(field, classes) : ClassOfName(field));
    }

    double Number(CsvScanner field)
    {
        if (options.Missing is double missing && field.Field.Trim((byte)' ').IsEmpty)
            return missing;
        if (!double.TryParse(field.Field, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || HasNul(field))
            Fail(field, $"{DataThrow.Quote(field.Field)} is not a number.", NumberHint(field));
        if (double.IsInfinity(value) && field.Field.ContainsAnyInRange((byte)'0', (byte)'9'))
            Fail(field, $"{DataThrow.Quote(field.Field)} is too large for a double.", "Write a number below 1.8e308, or inf.");
        return value;
    }

    int ClassNumber(CsvScanner field, int classes)
    {
        if (!int.TryParse(field.Field, NumberStyles.Integer, CultureInfo.InvariantCulture, out int label) || HasNul(field))
            Fail(field, $"the label must be a whole number, but is {DataThrow.Quote(field.Field)}.", "Leave Classes out where labels are names.");
        if (label < 0 || label >= classes)
            Fail(field, Invariant($"the label must be from 0 to {classes - 1}, but is {label}."), label < 0 ? "Count classes from 0." : Invariant($"Set Classes = {label + 1L}, or as many as there are."));
        return label;
    }

    // The number parsers of .NET take "1\0" for 1.
    static bool HasNul(CsvScanner field) => field.Field.Contains((byte)0);

    int ClassOfName(CsvScanner field)
    {
        string name = Text(field);
        if (name.Length == 0)
            Fail(field, "the label is empty.", "Write the class of the row, or leave the row out.");
        if (_classes.TryGetValue(name, out int label))
            return label;
        label = _classNames.Count;
        _classNames.Add(name);
        _classes.Add(name, label);
        return label;
    }

    string Text(CsvScanner field)
    {
        if (!Utf8.IsValid(field.Field))
            Fail(field, $"{DataThrow.Quote(field.Field)} is not UTF-8 text.", "Save the file as UTF-8.");
        string text = Encoding.UTF8.GetString(field.Field);
        return field.Quoted ? text.Replace("\"\"", "\"", StringComparison.Ordinal) : text.Trim();
    }

    /// <summary>What each column of the file is for, counted on the header line or else on the first row.</summary>
    Role[] Roles(CsvScanner first)
    {
        int columns = _header?.Length ?? 1;
        for (CsvScanner row = first; _header is null && !row.EndsRow && row.MoveNext();)
            columns++;
        var roles = new Role[columns];
        foreach (CsvColumn column in options.Ignore)
            roles[Position(column, columns, first)] = Role.Ignored;
        if (options.Label is CsvColumn label)
            roles[Position(label, columns, first)] = Role.Label;
        return roles;
    }

    int Position(CsvColumn column, int columns, CsvScanner first)
    {
        int position = column.Name is string name ? Array.IndexOf(_header ?? [], name) : column.Index.GetOffset(columns);
        if (position >= 0 && position < columns)
            return position;
        string hint = _header is not null ? "Name one of these, or count them from 0."
            : column.Name is not null ? "Set HasHeader = true if the first line names the columns."
            : Invariant($"Count columns from 0 to {columns - 1}, or from ^{columns} to ^1.");
        string there = _header is null
            ? Invariant($"the file has {columns} columns and no header")
            : $"the columns are {string.Join(", ", _header)}";
        Fail(first.Line, 0, first.Offset, $"there is no column {column}: {there}.", hint);
        return position;
    }

    string NoRowsHint() =>
        options.SkipLines > 0 ? Invariant($"Set SkipLines below {options.SkipLines}.")
        : options.HasHeader ? "Set HasHeader = false if the first line holds data."
        : DataThrow.Again;

    string CountHint(int count) => count > _roles.Length
        ? $"Put a field that holds '{options.Separator}' into quotes."
        : "Write a separator for every field, and set Missing for those that are empty.";

    string NumberHint(CsvScanner field) =>
        field.Field.Trim((byte)' ').IsEmpty ? "Set Missing, such as to double.NaN."
        : !options.HasHeader && field.Line == options.SkipLines + 1 ? "Set HasHeader = true if this line names the columns, or name this one in Label or Ignore."
        : "Name the column in Label or Ignore, or write a number.";

    static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    void Fail(CsvScanner field, string rule, string hint) => Fail(field.Line, field.Column, field.Offset, rule, hint);

    void Fail(int line, int column, long offset, string rule, string hint) =>
        DataThrow.Csv(source, line, column, column > 0 && column <= _header?.Length ? _header[column - 1] : null, offset, rule, hint);
}
