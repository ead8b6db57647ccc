using Autograd.Bench.AdBench;

namespace Autograd.Tests.AdBench;

/// <summary>The objectives of ADBench against reference derivatives, where the data files are at hand.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class AdBenchTests
{
    [TestCase("gmm", "test.txt")]
    [TestCase("gmm", "gmm_d2_K5.txt")]
    [TestCase("ba", "test.txt")]
    [TestCase("ba", "ba_full_a")]
    [TestCase("hand", "test.txt")]
    [TestCase("hand", "hand1_t26_c100_complicated.txt")]
    [TestCase("lstm", "lstm_l2_c1024.txt")]
    public void SharedFile_ValuesAndDerivatives_AgreeWithReference(string problem, string file)
    {
        string folder = AdBenchReport.DefaultFolder;
        if (!Directory.Exists(folder)) Assert.Ignore("The folder shared/adbench is not beside the repository.");
        AdBenchResult[] results = [.. new AdBenchCases(folder, timed: false).Run((p, f) => (p, f) == (problem, file))];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(results, Is.Not.Empty);
            foreach (AdBenchResult result in results) Assert.That(result.Passed, result.ToString());
        }
    }

    [Test]
    public void Report_NoFolder_SkipsWithReason()
    {
        string folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, "no such folder");
        (int code, string text) = Report("--data", folder);
        Assert.That((code, text), Is.EqualTo((0, $"Skipped: there is no folder {folder}; name one by --data DIR.\n")));
    }

    [Test]
    public void Report_UnknownOption_SaysUsage() => Assert.That(Report("--dat"), Is.EqualTo((2, "usage: adbench [--data DIR]\n")));

    // One component of mean 0 and factor 1 seen at 0, a prior that adds 1/2 and a constant: L = −log(2π)/2 + 1/2 − C with
    // C = 2 (log 1 − log(2)/2) − log Γ(1) = −log 2; and the derivatives 0, 0 and 1 + 1.
    [TestCase("2", true)]
    [TestCase("2.000001", false)]
    [TestCase("NaN", false)]
    public void Report_DerivativeOfReference_Decides(string ofFactor, bool passes)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("adbench");
        try
        {
            string gmm = folder.CreateSubdirectory("gmm").FullName, number = ofFactor == "NaN" ? "\"NaN\"" : ofFactor;
            File.WriteAllText(Path.Combine(gmm, "one.txt"), "1 1 1\n0.5\n0\n0\n0\n1 0\n");
            File.WriteAllText(Path.Combine(gmm, "reference.json"), $$$"""
                {"format":"adbench-ref-1","rows":[{"problem":"gmm","file":"one.txt","objective":0.27420864735527256,"gradient":{
                "alphas":{"dtype":"float64","shape":[1],"data":[0]},"means":{"dtype":"float64","shape":[1,1],"data":[0]},
                "icf":{"dtype":"float64","shape":[1,1],"data":[{{{number}}}]}},"tol":{"rtol":1e-9,"atol":1e-11}}]}
                """);
            (int code, string text) = Report("--data", folder.FullName);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(code, Is.EqualTo(passes ? 0 : 1), text);
                Assert.That(text, Does.Contain(passes ? "| PASS |" : $"| FAIL: gradient icf[0] is 2, expected {ofFactor} |"));
                Assert.That(text, Does.EndWith(passes ? "1 passed, 0 failed\n" : "0 passed, 1 failed\n"));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static (int Code, string Text) Report(params string[] options)
    {
        using StringWriter output = new() { NewLine = "\n" };
        return (AdBenchReport.Run(options, output), output.ToString());
    }
}
