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
            if ((uint)column >= (uint)Columns) throw DataThrow.Index(nameof(CsvTable), column, Columns, nameof(column));
            return Row(row)[column];
        }
    }

    /// <summary>The numbers of one row, [<see cref="Columns"/>], not copied.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public ReadOnlySpan<double> Row(int row)
    {
        if ((uint)row >= (uint)Rows) throw DataThrow.Index(nameof(CsvTable), row, Rows, nameof(row));
        return _values.AsSpan(row * Columns, Columns);
    }

    /// <summary>The numbers rounded to float, [<see cref="Rows"/>, <see cref="Columns"/>] row-major.</summary>
    public float[] ToSingles() => Array.ConvertAll(_values, value => (float)value);

    /// <summary>The numbers with the class of each row.</summary>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <returns>Inputs [<see cref="Rows"/>, <see cref="Columns"/>], labels Int64 [<see cref="Rows"/>].</returns>
    /// <exception cref="InvalidOperationException">The table has no labels.</exception>
    /// <exception cref="DTypeException">dtype is not floating-point.</exception>
    public Dataset ToDataset(DType dtype = DType.Float32)
    {
        if (_labels.Length == 0) DataThrow.NoLabels();
        return new Dataset(ToTensor(_values, Columns, dtype), Tensor.From(Array.ConvertAll(_labels, label => (long)label)));
    }

    /// <summary>The numbers with one column of them to predict.</summary>
    /// <param name="column">The header of the column.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <returns>Inputs [<see cref="Rows"/>, <see cref="Columns"/> − 1], labels [<see cref="Rows"/>, 1].</returns>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    /// <exception cref="DTypeException">dtype is not floating-point.</exception>
    public Dataset ToDataset(string column, DType dtype = DType.Float32)
    {
        Throw.IfNull("ToDataset", column);
        int target = Header?.ToList().IndexOf(column) ?? -1;
        if (target < 0) DataThrow.NoColumn(column, Header);
        double[] labels = new double[Rows], inputs = new double[Rows * (Columns - 1)];
        for (int i = 0, next = 0; i < _values.Length; i++)
        {
            if (i % Columns == target) labels[i / Columns] = _values[i];
            else inputs[next++] = _values[i];
        }
        return new Dataset(ToTensor(inputs, Columns - 1, dtype), ToTensor(labels, 1, dtype));
    }

    Tensor ToTensor(double[] values, int columns, DType dtype)
    {
        if (!dtype.IsFloating()) throw Throw.NeedsFloatingType("ToDataset", dtype);
        return Tensor.From(values, [Rows, columns]).Cast(dtype).Keep();
    }
}
