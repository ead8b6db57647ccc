using System.Globalization;
using System.Text;
using Autograd.Nn.Data;

namespace Autograd.Tests.Nn.Data;

public sealed class CsvTests
{
    static CsvTable Parse(string text, CsvOptions? options = null) => Parse(Encoding.UTF8.GetBytes(text), options);

    static CsvTable Parse(byte[] file, CsvOptions? options = null) => Csv.Read(new MemoryStream(file), options, "a.csv");

    static string Message(string text, long offset, CsvOptions? options = null) => Message(Encoding.UTF8.GetBytes(text), offset, options);

    static string Message(byte[] file, long offset, CsvOptions? options = null)
    {
        DataFormatException error = Assert.Throws<DataFormatException>(() => Parse(file, options))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.File, Is.EqualTo("a.csv"));
            Assert.That(error.Offset, Is.EqualTo(offset));
        }
        return error.Message;
    }

    [TestCase("1,2\n3,4")]
    [TestCase("1,2\n3,4\n")]
    [TestCase("1,2\r\n3,4\r\n")]
    [TestCase("1,2\r\n3,4\n\r\n\n")]
    [TestCase("\uFEFF1,2\n3,4\n")]
    [TestCase(" 1 ,+2.0\n3e0,\"4\"\n")]
    public void Read_numbers_in_every_form_of_line(string text)
    {
        CsvTable table = Parse(text);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((table.Rows, table.Columns), Is.EqualTo((2, 2)));
            Assert.That(table.Values.ToArray(), Is.EqualTo(new[] { 1.0, 2, 3, 4 }));
            Assert.That(table.ToSingles(), Is.EqualTo(new[] { 1f, 2, 3, 4 }));
            Assert.That(table[1, 0], Is.EqualTo(3));
            Assert.That(table.Row(1).ToArray(), Is.EqualTo(new[] { 3.0, 4 }));
            Assert.That(table.Header, Is.Null);
            Assert.That(table.Labels.Length + table.ClassNames.Count, Is.Zero);
        }
    }

    [Test]
    public void Read_gzip_file_is_unpacked()
    {
        using var folder = new TempFolder();
        Assert.That(Csv.Read(folder.Write("a.csv", DataFiles.Gzip("1,2\n"u8))).Columns, Is.EqualTo(2));
    }

    [Test]
    public void Read_in_a_culture_with_decimal_comma_gives_the_same()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            culture.NumberFormat.NumberDecimalSeparator = ",";
            culture.NumberFormat.NegativeSign = "~";
            CultureInfo.CurrentCulture = culture;
            Assert.That(Parse("-1.5;2\n", new CsvOptions { Separator = ';' })[0, 0], Is.EqualTo(-1.5));
            Assert.That(Message("1;x\n", 2, new CsvOptions { Separator = ';', Label = 1, Classes = 3 }), Does.Contain("line 1, column 2, byte 2"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Test]
    public void Read_header_and_named_label_number_the_names_as_they_appear()
    {
        CsvTable table = Parse("id,\"a, \"\"b\"\"\",species,c\nx,1,virginica,2\ny,3,\"setosa\",4\nz,5, virginica ,6\n",
            new CsvOptions { HasHeader = true, Label = "species", Ignore = ["id"] });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(table.Header, Is.EqualTo(new[] { "a, \"b\"", "c" }));
            Assert.That(table.ClassNames, Is.EqualTo(new[] { "virginica", "setosa" }));
            Assert.That(table.Labels.ToArray(), Is.EqualTo(new[] { 0, 1, 0 }));
            Assert.That(table.Values.ToArray(), Is.EqualTo(new[] { 1.0, 2, 3, 4, 5, 6 }));
        }
    }

    [Test]
    public void Read_line_break_in_quotes_counts_as_a_line()
    {
        var options = new CsvOptions { Label = 0 };
        Assert.That(Parse("\"a\nb\",1\n", options).ClassNames, Is.EqualTo(new[] { "a\nb" }));
        Assert.That(Message("\"a\nb\",1\nc,x\n", 10, options), Is.EqualTo("a.csv, line 3, column 2, byte 10: \"x\" is not a number. Name the column in Label or Ignore, or write a number."));
    }

    [Test]
    public void Read_missing_fields_take_the_given_value()
    {
        Assert.That(Parse("1,\n,4\n", new CsvOptions { Missing = double.NaN }).Values.ToArray(), Is.EqualTo(new[] { 1, double.NaN, double.NaN, 4 }));
        Assert.That(Message("1,\n,4\n", 2), Is.EqualTo("a.csv, line 1, column 2, byte 2: \"\" is not a number. Set Missing, such as to double.NaN."));
    }

    [Test]
    public void Read_tab_separator_keeps_empty_fields() =>
        Assert.That(Parse("1\t\t3\n", new CsvOptions { Separator = '\t', Missing = 0 }).Values.ToArray(), Is.EqualTo(new[] { 1.0, 0, 3 }));

    [Test]
    public void Read_empty_or_without_rows_is_an_error()
    {
        Assert.That(Message("", 0), Is.EqualTo("a.csv, byte 0: the file is empty. Download or write the file again."));
        Assert.That(Message("\n\n", 2), Is.EqualTo("a.csv, byte 2: the file has no row of data. Download or write the file again."));
        Assert.That(Message("a,b\n", 4, new CsvOptions { HasHeader = true }), Is.EqualTo("a.csv, byte 4: the file has no row of data. Set HasHeader = false if the first line holds data."));
        Assert.That(Message("a,b\n", 4, new CsvOptions { SkipLines = 3 }), Is.EqualTo("a.csv, byte 4: the file has no row of data. Set SkipLines below 3."));
    }

    [Test]
    public void Read_not_a_number_names_the_column_and_shortens_the_field()
    {
        var header = new CsvOptions { HasHeader = true };
        Assert.That(Message("w,h\n1,2\n3,n/a\n", 10, header), Is.EqualTo("a.csv, line 3, column 2 \"h\", byte 10: \"n/a\" is not a number. Name the column in Label or Ignore, or write a number."));
        Assert.That(Message($"1,{new string('x', 50)}\n", 2), Is.EqualTo($"a.csv, line 1, column 2, byte 2: \"{new string('x', 40)}…\" is not a number. Set HasHeader = true if this line names the columns, or name this one in Label or Ignore."));
        Assert.That(Message("1,2\0\n", 2), Is.EqualTo("a.csv, line 1, column 2, byte 2: \"2?\" is not a number. Set HasHeader = true if this line names the columns, or name this one in Label or Ignore."));
        Assert.That(Message(DataFiles.Gzip("1,x"u8), 2), Is.EqualTo("a.csv, line 1, column 2, byte 2 (unpacked): \"x\" is not a number. Set HasHeader = true if this line names the columns, or name this one in Label or Ignore."));
    }

    [Test]
    public void Read_number_beyond_double_is_an_error()
    {
        Assert.That(Message("1e999\n", 0), Is.EqualTo("a.csv, line 1, column 1, byte 0: \"1e999\" is too large for a double. Write a number below 1.8e308, or inf."));
        Assert.That(Parse("Infinity,NaN\n")[0, 0], Is.EqualTo(double.PositiveInfinity));
    }

    [TestCase("1,2\n3\n", 2, 4, 1, "Write a separator for every field, and set Missing for those that are empty.")]
    [TestCase("1,2\n3,4,5\n", 2, 4, 3, "Put a field that holds ',' into quotes.")]
    [TestCase("1,2\n3,4\n\n5,6\n", 3, 8, 1, "Write a separator for every field, and set Missing for those that are empty.")]
    public void Read_ragged_row_says_both_counts(string text, int line, int offset, int count, string hint) =>
        Assert.That(Message(text, offset, new CsvOptions { Missing = 0 }), Is.EqualTo(
            $"a.csv, line {line}, byte {offset}: every row must have 2 fields, but this one has {count}. {hint}"));

    [Test]
    public void Read_label_errors_name_the_rule()
    {
        var numbers = new CsvOptions { Label = ^1, Classes = 3 };
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Parse("1,2\n1,0\n", numbers).Labels.ToArray(), Is.EqualTo(new[] { 2, 0 }));
            Assert.That(Message("1,3\n", 2, numbers), Is.EqualTo("a.csv, line 1, column 2, byte 2: the label must be from 0 to 2, but is 3. Set Classes = 4, or as many as there are."));
            Assert.That(Message("1,-1\n", 2, numbers), Is.EqualTo("a.csv, line 1, column 2, byte 2: the label must be from 0 to 2, but is -1. Count classes from 0."));
            Assert.That(Message("1,1.0\n", 2, numbers), Is.EqualTo("a.csv, line 1, column 2, byte 2: the label must be a whole number, but is \"1.0\". Leave Classes out where labels are names."));
            Assert.That(Message("1,\n", 2, new CsvOptions { Label = ^1 }), Is.EqualTo("a.csv, line 1, column 2, byte 2: the label is empty. Write the class of the row, or leave the row out."));
            Assert.That(Message([(byte)'1', (byte)',', 0xFF], 2, new CsvOptions { Label = ^1 }), Is.EqualTo(
                "a.csv, line 1, column 2, byte 2: \"?\" is not UTF-8 text. Save the file as UTF-8."));
        }
    }

    [Test]
    public void Read_quote_errors_name_the_place()
    {
        Assert.That(Message("1,\"2\n3,4\n", 2), Is.EqualTo("a.csv, line 1, column 2, byte 2: the quote is never closed. Close it, or write the field without quotes."));
        Assert.That(Message("1,\"2\"x\n", 5), Is.EqualTo("a.csv, line 1, column 2, byte 5: text follows the closing quote. Write a quote that is part of the text twice."));
    }

    [Test]
    public void Read_absent_column_lists_what_is_there()
    {
        Assert.That(Message("a,b\n1,2\n", 4, new CsvOptions { HasHeader = true, Label = "c" }), Is.EqualTo(
            "a.csv, line 2, byte 4: there is no column \"c\": the columns are a, b. Name one of these, or count them from 0."));
        Assert.That(Message("1,2\n", 0, new CsvOptions { Label = "c" }), Is.EqualTo(
            "a.csv, line 1, byte 0: there is no column \"c\": the file has 2 columns and no header. Set HasHeader = true if the first line names the columns."));
        Assert.That(Message("1,2\n", 0, new CsvOptions { Ignore = [^3] }), Is.EqualTo(
            "a.csv, line 1, byte 0: there is no column ^3: the file has 2 columns and no header. Count columns from 0 to 1, or from ^2 to ^1."));
        Assert.That(Message("1,2\n", 0, new CsvOptions { Label = 2 }), Does.Contain("there is no column 2:"));
    }

    [Test]
    public void Read_cut_gzip_is_an_error_not_a_shorter_table()
    {
        byte[] gzip = DataFiles.Gzip(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 500).Select(i => $"{i},{i * i}\n"))));
        for (int length = 2; length < gzip.Length; length++)
            Assert.That(() => Parse(gzip[..length]), Throws.InstanceOf<DataFormatException>(), $"{length} bytes");
    }

    [Test]
    public void Options_that_contradict_themselves_are_refused()
    {
        Assert.That(() => Parse("1", new CsvOptions { Separator = '"' }), Throws.ArgumentException.With.Message.EqualTo(
            "CsvOptions.Separator must be ASCII and none of quote, line feed, carriage return. Set it to ',' or '\\t', or as the file has it."));
        Assert.That(() => Parse("1", new CsvOptions { SkipLines = -1 }), Throws.ArgumentException.With.Message.EqualTo(
            "CsvOptions.SkipLines must be 0 or more, but is -1. Leave it out to read from the first line."));
        Assert.That(() => Parse("1", new CsvOptions { Label = 0, Classes = 0 }), Throws.ArgumentException.With.Message.EqualTo(
            "CsvOptions.Classes must be 1 or more, but is 0. Leave it out to number labels as they first appear."));
        Assert.That(() => Parse("1", new CsvOptions { Classes = 2 }), Throws.ArgumentException.With.Message.EqualTo(
            "CsvOptions.Classes is given, but Label does not say which column holds the class. Set Label, such as to ^1 for the last column."));
    }

    [Test]
    public void Read_mutated_files_give_a_table_or_DataFormatException()
    {
        byte[] file = Encoding.UTF8.GetBytes("a,b,kind\r\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{i}.5,-{i}e{i % 7},\"k{i % 3}\"\r\n")));
        var options = new CsvOptions { HasHeader = true, Label = 2 };
        Fuzz.Run(file, bytes => Parse(bytes, options));
        Fuzz.Run(DataFiles.Gzip(file), bytes => Parse(bytes, options));
    }

    [TestCase("iris", "iris.csv", 150, 4, 50)]
    [TestCase("wine", "wine_data.csv", 178, 13, 59)]
    public void Read_real_table_has_its_known_counts(string folder, string file, int rows, int columns, int ofFirstClass)
    {
        CsvTable table = Csv.Read(DataFiles.Shared(folder, file), new CsvOptions { SkipLines = 1, Label = ^1, Classes = 3 });
        Assert.That((table.Rows, table.Columns, table.Labels.Count(0)), Is.EqualTo((rows, columns, ofFirstClass)));
    }

    [Test]
    public void Read_real_digits_in_both_copies_are_equal()
    {
        var options = new CsvOptions { Label = ^1, Classes = 10 };
        CsvTable digits = Csv.Read(DataFiles.Real("Examples", "Data", "digits.csv.gz"), options);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((digits.Rows, digits.Columns), Is.EqualTo((1_797, 64)));
            Assert.That(digits.Labels[..3].ToArray(), Is.EqualTo(new[] { 0, 1, 2 }));
            Assert.That(digits.Values.IndexOfAnyExceptInRange(0, 16), Is.EqualTo(-1));
        }
        CsvTable original = Csv.Read(DataFiles.Shared("optdigits", "optdigits.tes"), options);
        Assert.That(digits.Values.SequenceEqual(original.Values) && digits.Labels.SequenceEqual(original.Labels), Is.True);
    }
}
