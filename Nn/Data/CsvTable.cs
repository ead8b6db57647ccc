namespace Autograd.Nn.Data;

/// <summary>Numbers of a CSV file, row-major, with the class of each row when a label column was named.</summary>
public sealed class CsvTable
{
    readonly double[] _values;
    readonly int[] _labels;

    internal CsvTable(int rows, int columns, string[]? header, double[] values, int[] labels, string[] classNames)
    {
        Rows = rows;
        Columns = columns;
        Header = header;
        _values = values;
        _labels = labels;
        ClassNames = classNames;
    }

    /// <summary>Number of rows, ≥ 1, the header line not counted.</summary>
    public int Rows { get; }

    /// <summary>Number of number columns: all but the label and the ignored ones.</summary>
    public int Columns { get; }

    /// <summary>Names of the number columns, [<see cref="Columns"/>]; null without a header line.</summary>
    public IReadOnlyList<string>? Header { get; }

    /// <summary>The numbers, [<see cref="Rows"/>, <see cref="Columns"/>] row-major, not copied.</summary>
    public ReadOnlySpan<double> Values => _values;

    /// <summary>The class of each row, [<see cref="Rows"/>]; empty without a label column.</summary>
    public ReadOnlySpan<int> Labels => _labels;

    /// <summary>Class names by class number, as they first appear in the file; empty when labels are numbers or absent.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>The number at <paramref name="row"/> and <paramref name="column"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row or column.</exception>
    public double this[int row, int column]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(column);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(column, Columns);
            return Row(row)[column];
        }
    }

    /// <summary>The numbers of one row, [<see cref="Columns"/>], not copied.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public ReadOnlySpan<double> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        return _values.AsSpan(row * Columns, Columns);
    }

    /// <summary>The numbers rounded to float, [<see cref="Rows"/>, <see cref="Columns"/>] row-major.</summary>
    public float[] ToSingles() => Array.ConvertAll(_values, value => (float)value);
}
