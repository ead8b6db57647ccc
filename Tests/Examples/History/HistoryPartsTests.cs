using Autograd.Examples.History;
using Autograd.Nn.Data;

namespace Autograd.Tests.Examples.History;

/// <summary>The tasks and measures of the experiments, where a mistake would still give plausible tables.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class HistoryPartsTests
{
    [Test]
    public void AddingProblem_AsksForTheSumOfTheMarkedValues()
    {
        (Tensor inputs, Tensor answers) = LagHistory.Sequences(length: 40, count: 100, new Generator(1));
        int length = inputs.Shape[0];
        Assert.That(length, Is.InRange(40, 44));
        for (int i = 0; i < 100; i++)
        {
            int[] marked = [.. Enumerable.Range(0, length).Where(t => inputs[t, i, 1] == 1)];
            Assert.That(marked, Has.Length.EqualTo(2));
            Assert.That(marked[0], Is.LessThan(10));
            Assert.That(marked[1], Is.LessThan(length / 2));
            Assert.That(answers[i, 0], Is.EqualTo(0.5 + ((inputs[marked[0], i, 0] + inputs[marked[1], i, 0]) / 4)).Within(1e-6));
        }
    }

    [Test]
    public void GradientsOverLags_BeginWithTheLastStep()
    {
        double[] norms = LagHistory.Norms(kind: 0, longest: 20, seed: 1);
        Assert.That(norms, Has.Length.EqualTo(21));
        Assert.That(norms[0], Is.GreaterThan(100 * norms[20]));
    }

    [Test]
    public void TableBits_AreThoseOfTheFrequencies()
    {
        // a b a b …: without looking back one bit, but for the ones added to the counts; with one letter back almost none.
        CharacterHistory.Text text = new(Vocabulary.Characters("ab"), [.. Enumerable.Range(0, 1000).Select(i => (long)(i % 2))], [0, 1, 0, 1, 0]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(CharacterHistory.TableBits(text, before: 0), Is.EqualTo(1).Within(1e-12));
            Assert.That(CharacterHistory.TableBits(text, before: 1), Is.EqualTo(-Math.Log2(501 / 502.0)).Within(1e-4));
        }
    }

    [Test]
    public void Depth_CountsTheLayersOfWeights([Values(8, 20, 56)] int layers, [Values] bool residual) => Assert.That(
        DepthHistory.Build(layers, residual, new Generator(1)).NamedModules().Count(module => module.Value is Autograd.Nn.Linear), Is.EqualTo(layers));

    [Test]
    public void Vanishing_EndsWithTheLastHiddenLayer() =>
        Assert.That(VanishingHistory.Norms(kind: 0, depth: 4, seed: 1), Has.Length.EqualTo(5).And.Ordered.Ascending);

    [Test]
    public void DataFolder_WithoutData_SaysWhatIsNeeded() => Assert.That(
        () => DataFolder.Find("no-such-data", "two files"),
        Throws.TypeOf<DirectoryNotFoundException>().With.Message.EqualTo(
            "There is no folder data/no-such-data or shared/data/no-such-data, here or in a folder above. It should hold two files."));
}
