using System.Globalization;
using Autograd.GoldenDriver;

namespace Autograd.Tests.GoldenValues;

/// <summary>The driver of the golden files: what it finds, what it prints, what it returns.</summary>
public sealed class DriverTests
{
    const string Tight = """{"rtol":1e-10,"atol":1e-12}""";

    [Test]
    public void Row_RightValues_Passes()
    {
        RowResult row = Run(Exp("1,2.718281828459045", "1,2.718281828459045")).Rows[0];
        Assert.That((row.Status, row.MaxAbsoluteError), Is.EqualTo((RowStatus.Pass, 0.0)), row.ToString());
    }

    [Test]
    public void Row_WrongValue_Fails()
    {
        RowResult row = Run(Exp("1,2.5", "1,2.718281828459045")).Rows[0];
        Assert.That(row.Status, Is.EqualTo(RowStatus.Fail));
        Assert.That(row.MaxAbsoluteError, Is.EqualTo(Math.E - 2.5).Within(1e-15));
        Assert.That(row.ToString(), Does.StartWith($"exp exp/0 {Text(row.MaxAbsoluteError)} {Text(row.MaxRelativeError)} FAIL output[1] is 2.71828").And.EndsWith("expected 2.5"));
    }

    [Test]
    public void Row_WrongGradient_Fails()
    {
        RowResult row = Run(Exp("1,2.718281828459045", "1,2.7")).Rows[0];
        Assert.That((row.Status, row.Reason), Is.EqualTo((RowStatus.Fail, "gradient of input[1] is 2.718281828459045, expected 2.7")));
    }

    [Test]
    public void Row_WrongShape_Fails()
    {
        RowResult row = Run(Case("exp", Input("input", "2", "0,1"), Tensor("1,2", "1,2.718281828459045"))).Rows[0];
        Assert.That((row.Status, row.Reason), Is.EqualTo((RowStatus.Fail, "output: shape [2], expected [1, 2]")));
    }

    [TestCase("0.0", "1.0", RowStatus.Pass)]
    [TestCase("1e-15", "1.0000000000000005", RowStatus.Pass)]
    [TestCase("0.0", "1.0000000000000005", RowStatus.Fail)]
    public void PrecisionRow_IsComparedWithPyTorchsDeviation(string theirs, string exact, RowStatus expected)
    {
        const string Loose = """{"rtol":1e-12,"atol":1e-12,"elementwise":true}""";
        string peer = $$"""{"max_rel":{{theirs}},"at_x":0.0}""";
        string row = $$"""
            {"id":"precision/exp","op":"exp","attrs":{},"x":{{Tensor("1", "0")}},"y":{{Tensor("1", exact)}},"dy":{{Tensor("1", "1")}},"d2y":{{Tensor("1", "1")}},"tols":[{{Loose}},{{Loose}},{{Loose}}],"torch_dev":[{{peer}},{{peer}},{{peer}}]}
            """;
        RowResult result = Run(row, out string text, kind: "precision").Rows[0];
        Assert.That(result.Status, Is.EqualTo(expected), result.ToString());
        if (expected == RowStatus.Fail) Assert.That(result.Reason, Is.EqualTo("y is off by 4.4E-16 (2.0 ulp), PyTorch by 0"));
        Assert.That(text, Does.Contain("against PyTorch: "));
    }

    [Test]
    public void Row_MissingGradient_Fails()
    {
        string cut = Case("program", Input("x", "1", "2"), Tensor("1", "2"), Tensor("1", "1"), Tensor("1", "1"),
            extra: ""","program":[{"op":"detach","args":[0]}],"outputs_idx":[1]""");
        RowResult row = Run(cut).Rows[0];
        Assert.That((row.Status, row.Reason), Is.EqualTo((RowStatus.Fail, "gradient of x: no gradient")));
    }

    [TestCase("null", RowStatus.Pass)]
    [TestCase("zeros", RowStatus.Pass)]
    [TestCase("ones", RowStatus.Fail)]
    public void NullGradient_AcceptsNoneOrZeros(string kind, RowStatus expected)
    {
        string program = kind switch
        {
            "null" => """{"op":"detach","args":[0]}""",
            "zeros" => """{"op":"mul_scalar","args":[0],"attrs":{"value":0.0}}""",
            _ => """{"op":"identity","args":[0]}""",
        };
        string row = Case("program", Input("x", "1", "2"), Tensor("1", kind == "zeros" ? "0" : "2"), Tensor("1", "1"), "null",
            extra: $$""","program":[{{program}}],"outputs_idx":[1]""");
        Assert.That(Run(row).Rows[0].Status, Is.EqualTo(expected));
    }

    [Test]
    public void Row_WhoseOpThrows_FailsWithTheFirstLine()
    {
        RowResult row = Run(Case("add", Input("input", "2", "0,1") + "," + Input("other", "3", "0,1,2"), Tensor("2", "0,1"))).Rows[0];
        Assert.That((row.Status, row.MaxAbsoluteError), Is.EqualTo((RowStatus.Fail, double.NaN)));
        Assert.That(row.ToString(), Does.StartWith("add add/0 - - FAIL Add: the shapes must broadcast"));
    }

    [Test]
    public void Row_OfUnknownOp_IsSkipped() =>
        Assert.That(Run(Case("frobnicate", Input("input", "1", "1"), Tensor("1", "1"))).Rows[0].ToString(), Is.EqualTo("frobnicate frobnicate/0 - - SKIP frobnicate"));

    [Test]
    public void Row_WithUnknownAttribute_IsSkipped()
    {
        string row = Case("exp", Input("input", "1", "0"), Tensor("1", "1"), extra: ""","attrs":{"base":3}""");
        Assert.That(Run(row).Rows[0].ToString(), Is.EqualTo("exp exp/0 - - SKIP attribute base"));
    }

    [Test]
    public void Row_WithUnknownView_IsSkipped()
    {
        string input = Input("input", "1", "0", ""","view":[{"op":"twist"}]""");
        Assert.That(Run(Case("exp", input, Tensor("1", "1"))).Rows[0].Reason, Is.EqualTo("view twist"));
    }

    [Test]
    public void Row_OfUnknownKind_IsSkipped() =>
        Assert.That(Run(Case("exp", Input("input", "1", "0"), Tensor("1", "1")), kind: "sonnet").Rows[0].Reason, Is.EqualTo("kind sonnet"));

    [Test]
    public void Convention_WrongValue_CountsAsPassed()
    {
        GoldenReport report = Run(Exp("1,2.5", "1,2.5", ""","tags":["convention"]"""), out string text);
        Assert.That((report.Rows[0].Status, report.Passed, report.Failed, report.Conventions, report.ExitCode), Is.EqualTo((RowStatus.Convention, 1, 0, 1, 0)));
        Assert.That(text, Does.Contain(" CONV output[1]").And.EndWith("convention: 1\n1 passed, 0 failed, 0 skipped\n"));
    }

    [Test]
    public void Convention_WrongShape_Fails()
    {
        string row = Case("exp", Input("input", "2", "0,1"), Tensor("1,2", "1,2.5"), extra: ""","tags":["convention"]""");
        Assert.That(Run(row).Rows[0].Status, Is.EqualTo(RowStatus.Fail));
    }

    [TestCase("\"NaN\"", "\"NaN\"", RowStatus.Pass)]
    [TestCase("\"NaN\"", "1", RowStatus.Fail)]
    [TestCase("1", "\"NaN\"", RowStatus.Fail)]
    [TestCase("\"Infinity\"", "\"Infinity\"", RowStatus.Pass)]
    [TestCase("\"Infinity\"", "\"-Infinity\"", RowStatus.Fail)]
    [TestCase("1e300", "\"Infinity\"", RowStatus.Fail)]
    [TestCase("0.0", "-0.0", RowStatus.Pass)]
    public void NotFinite_MustMeetItself(string x, string expected, RowStatus status) =>
        Assert.That(Run(Case("add_scalar", Input("input", "1", x), Tensor("1", expected), extra: ""","attrs":{"value":0.0}""")).Rows[0].Status, Is.EqualTo(status));

    [TestCase(1e-6, true, RowStatus.Fail)]
    [TestCase(1e-6, false, RowStatus.Pass)]
    [TestCase(1e-2, false, RowStatus.Fail)]
    public void Tolerance_ScalesWithTheTensor_UnlessElementwise(double error, bool elementwise, RowStatus status)
    {
        string row = Case("neg", Input("input", "2", "-1000,-1"), Tensor("2", $"1000,{Text(1 + error)}"),
            tolerance: $$"""{"rtol":0,"atol":1e-8,"elementwise":{{(elementwise ? "true" : "false")}}}""");
        Assert.That(Run(row).Rows[0].Status, Is.EqualTo(status));
    }

    [Test]
    public void FreePositions_AreNotCompared()
    {
        string row = Exp("1,9", "8,2.718281828459045", ""","free":{"outputs":[[1]],"grad_inputs":[[0]]}""");
        Assert.That(Run(row).Rows[0].Status, Is.EqualTo(RowStatus.Pass));
    }

    [Test]
    public void SecondOrder_WrongValue_FailsWithHvp_UnlessLeftOut()
    {
        string hvp = $$""","hvp":{"v":[{{Tensor("2", "1,1")}}],"grad_inputs":[{{Tensor("2", "1,3")}}],"jvp":[{{Tensor("2", "1,2.718281828459045")}}],"tol":{{Tight}}}""";
        string row = Exp("1,2.718281828459045", "1,2.718281828459045", hvp);
        Assert.That(Run(row).Rows[0].Reason, Is.EqualTo("hvp of input[1] is 2.718281828459045, expected 3"));
        Assert.That(Run(row, options: new GoldenOptions { NoSecondOrder = true }).Rows[0].Status, Is.EqualTo(RowStatus.Pass));
    }

    [Test]
    public void Alias_AddsToItsLeaf()
    {
        string inputs = Input("input", "1", "3") + """,{"name":"other","alias":0}""";
        string row = Case("mul", inputs, Tensor("1", "9"), Tensor("1", "1"), Tensor("1", "6") + ",null");
        Assert.That(Run(row).Rows[0].ToString(), Is.EqualTo("mul mul/0 0 0 PASS"));
    }

    [Test]
    public void ExitCode_IsOneForFailures_TwoForUnreadableFiles()
    {
        Assert.That(Run(Exp("1,2.718281828459045", "1,2.718281828459045")).ExitCode, Is.Zero);
        Assert.That(Run(Exp("1,2", "1,2")).ExitCode, Is.EqualTo(1));
        using Nn.Data.TempFolder folder = new();
        folder.Write("broken.json", "{");
        Assert.That(Golden.Run([folder.Root], new GoldenOptions(), TextWriter.Null).ExitCode, Is.EqualTo(2));
        Assert.That(Golden.Run([Path.Combine(folder.Root, "absent")], new GoldenOptions(), TextWriter.Null).ExitCode, Is.EqualTo(2));
    }

    [Test]
    public void Options_ChooseRows()
    {
        string rows = Exp("1,2.718281828459045", "1,2.718281828459045", ""","tags":["extra"]""") + ",\n" + Case("neg", Input("input", "1", "1"), Tensor("1", "-1"));
        Assert.That(Chosen(), Is.EqualTo(["exp/0", "neg/0"]));
        Assert.That(Chosen("--no-extra"), Is.EqualTo(["neg/0"]));
        Assert.That(Chosen("--op", "exp"), Is.EqualTo(["exp/0"]));
        Assert.That(Chosen("--id", "eg/"), Is.EqualTo(["neg/0"]));
        Assert.That(Chosen("--family", "other"), Is.Empty);
        Assert.That(Chosen("--family", "other", "--family", "test"), Has.Length.EqualTo(2));

        string[] Chosen(params string[] options) => [.. Run(rows, options: GoldenOptions.Parse([.. options, "folder"], out _)).Rows.Select(r => r.Id)];
    }

    [TestCase("--frobnicate", "x", "unknown option --frobnicate")]
    [TestCase("x", "--op", "--op needs a value")]
    [TestCase("--summary", "--verbose", "no directory given")]
    public void Options_ThatMakeNoSense_AreRefused(string first, string second, string message) =>
        Assert.That(() => GoldenOptions.Parse([first, second], out _), Throws.ArgumentException.With.Message.EqualTo(message));

    [Test]
    public void Verbose_PrintsEveryRow_SummaryEveryOp()
    {
        Run(Exp("1,2.718281828459045", "1,2.718281828459045"), out string text, options: new GoldenOptions { Verbose = true, Summary = true });
        Assert.That(text, Is.EqualTo("exp exp/0 0 0 PASS\nfamily test: 1 passed, 0 failed, 0 skipped\nexp 1 0 0 0\nconvention: 0\n1 passed, 0 failed, 0 skipped\n"));
    }

    static GoldenReport Run(string rows, string kind = "case", GoldenOptions? options = null) => Run(rows, out _, kind, options);

    static GoldenReport Run(string rows, out string text, string kind = "case", GoldenOptions? options = null)
    {
        using Nn.Data.TempFolder folder = new();
        folder.Write("test.json", $$"""{"format":"golden-1","family":"test","kind":"{{kind}}","cases":[{{rows}}]}""");
        folder.Write("index.json", "not read");
        using StringWriter output = new() { NewLine = "\n" };
        GoldenReport report = Golden.Run([folder.Root], options ?? new GoldenOptions(), output);
        text = output.ToString();
        return report;
    }

    /// <summary>exp of 0 and 1 with an upstream gradient of ones.</summary>
    static string Exp(string values, string gradients, string extra = "") =>
        Case("exp", Input("input", "2", "0,1"), Tensor("2", values), Tensor("2", "1,1"), Tensor("2", gradients), extra);

    static string Case(string op, string inputs, string output, string? upstream = null, string? gradients = null, string extra = "", string tolerance = Tight)
    {
        string derivatives = upstream is null ? "" : $$""","grad_outputs":[{{upstream}}],"grad_inputs":[{{gradients}}]""";
        return $$"""{"id":"{{op}}/0","op":"{{op}}","dtype":"float64","inputs":[{{inputs}}],"outputs":[{{output}}],"tol":{{tolerance}}{{derivatives}}{{extra}}}""";
    }

    static string Input(string name, string shape, string data, string extra = "") =>
        $$"""{"name":"{{name}}","grad":true,"dtype":"float64","shape":[{{shape}}],"data":[{{data}}]{{extra}}}""";

    static string Tensor(string shape, string data) => $$"""{"dtype":"float64","shape":[{{shape}}],"data":[{{data}}]}""";

    static string Text(double x) => x.ToString("R", CultureInfo.InvariantCulture);
}
