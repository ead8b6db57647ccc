using Autograd.Examples;
using Autograd.Examples.History;
using Autograd.Nn.Data;
using Autograd.Tests.Nn.Data;

namespace Autograd.Tests.Examples.History;

/// <summary>What the pages of docs/history find on deep, recurrent and attentive nets, on smaller settings; as <see cref="FindingsTests"/>.</summary>
[Category("Slow"), Explicit("minutes long")]
public sealed class ModernFindingsTests
{
    [Test]
    public void TenSigmoids_LeaveAMillionthOfAGradient_ReluWithHesWeightsKeepsIt()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Part("sigmoid, Xavier", 10), Is.InRange(1e-7, Math.Pow(0.25, 10)));
            Assert.That(Part("ReLU, He", 10), Is.InRange(0.5, 2));
            Assert.That(Part("ReLU, He", 100), Is.InRange(0.1, 10));
            Assert.That(Part("ReLU, Xavier", 30), Is.LessThan(1e-3), "half of a variance is lost in each layer");
            Assert.That(Part("ReLU, He, batch norm", 100), Is.GreaterThan(1e6), "batch normalisation lets gradients grow");
            Assert.That(Part("ReLU, He, batch norm, residual", 100), Is.InRange(10, 1e4), "with residual connections they grow slowly");
        }

        static double Part(string kind, int depth) => Median(Restarts.Run(5, seed =>
        {
            double[] norms = VanishingHistory.Norms(Kind(VanishingHistory.Kinds, kind), depth, seed);
            return norms[0] / norms[^1];
        }));
    }

    [Test]
    public void TenSigmoids_LearnNothing_WhereReluDoes()
    {
        double sigmoid = VanishingHistory.Train(Kind(VanishingHistory.Kinds, "sigmoid, Xavier"), depth: 10, rate: 0.01, seed: 1);
        double relu = VanishingHistory.Train(Kind(VanishingHistory.Kinds, "ReLU, He"), depth: 10, rate: 0.01, seed: 1);
        Assert.That((sigmoid, relu), Is.EqualTo((0.1, 1.0)).Using<(double, double)>((a, b) => Math.Abs(a.Item1 - b.Item1) < 0.05 && Math.Abs(a.Item2 - b.Item2) < 0.1));
    }

    [Test]
    public void DeepPlainNets_TrainWorse_ResidualNetsBetter()
    {
        double plain20 = Loss(20, residual: false), plain56 = Loss(56, residual: false), residual56 = Loss(56, residual: true);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(plain56, Is.GreaterThan(5 * plain20));
            Assert.That(residual56, Is.LessThan(plain20));
        }

        static double Loss(int layers, bool residual) => Median(Restarts.Run(3, seed => DepthHistory.Train(layers, residual, epochs: 160, seed).Loss));
    }

    [Test]
    public void LeNet_ReadsMnist()
    {
        DataFiles.Shared("mnist");
        (Dataset train, Dataset test) = LeNetHistory.Load();
        Assert.That(LeNetHistory.Train(train, test, epochs: 2, seed: 1)[^1], Is.AtLeast(0.98));
    }

    [Test]
    public void Gradients_VanishOverLags_ButNotWhereMemoriesKeepThemselves()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Part("plain, tanh", 50), Is.LessThan(1e-9));
            Assert.That(Part("LSTM", 50), Is.LessThan(1e-8), "forget gates that start half closed are no carousel");
            Assert.That(Part("LSTM, keeping at first", 200), Is.GreaterThan(0.01));
        }

        static double Part(string kind, int lag) => Median(Restarts.Run(5, seed =>
        {
            double[] norms = LagHistory.Norms(Kind(LagHistory.Kinds, kind), lag, seed);
            return norms[lag] / norms[0];
        }));
    }

    [Test]
    public void AddingProblem_IsLearnedByTheLstmThatKeeps_NotByAPlainNet()
    {
        LagHistory.Outcome[] keeping = Restarts.Run(3, seed => LagHistory.Train(Kind(LagHistory.Kinds, "LSTM, keeping at first"), length: 50, steps: 3000, seed));
        LagHistory.Outcome plain = LagHistory.Train(Kind(LagHistory.Kinds, "plain, tanh"), length: 50, steps: 3000, seed: 1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(keeping.Select(run => run.Sequences), Has.None.Null);
            Assert.That(Median([.. keeping.Select(run => run.Right)]), Is.GreaterThan(0.95));
            Assert.That(plain, Has.Property(nameof(LagHistory.Outcome.Sequences)).Null.And.Property(nameof(LagHistory.Outcome.Right)).LessThan(0.3));
        }
    }

    [Test]
    public void Vowels_TellTheirSpeaker()
    {
        DataFiles.Shared("japanese-vowels");
        (Dataset train, Dataset test) = VowelHistory.Load();
        Assert.That(Median(Restarts.Run(3, seed => VowelHistory.Train(Kind(VowelHistory.Kinds, "LSTM"), average: false, train, test, seed))), Is.AtLeast(0.94));
    }

    [TestCase(0)]
    [TestCase(1)]
    public void Letters_AreForetoldBetterThanFromTheLastLetter(int kind)
    {
        DataFiles.Shared("tinyshakespeare");
        CharacterHistory.Text text = CharacterHistory.Load();
        (_, double[] bits) = CharacterHistory.Train(kind, text, steps: 500, every: 250, seed: 1);
        Assert.That(bits[1], Is.LessThan(bits[0]).And.LessThan(CharacterHistory.TableBits(text, before: 1)));
    }

    [Test]
    public void Adam_IsFastAtItsUsualRate_GradientDescentNeedsALargeOne()
    {
        double adam = Loss("Adam", 0.001), slow = Loss("gradient descent", 0.001), fast = Loss("gradient descent", 1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(adam, Is.LessThan(slow / 5));
            Assert.That(fast, Is.LessThan(adam));
        }

        static double Loss(string optimizer, double rate)
        {
            Dataset train = DigitsExample.Load().Train;
            return Median(Restarts.Run(3, seed => TrickHistory.TrainBy(Kind(TrickHistory.Optimizers, optimizer), rate, train, seed)));
        }
    }

    [Test]
    public void SmallBatches_LearnMoreInAnEpoch()
    {
        (Dataset train, Dataset test) = DigitsExample.Load();
        double full = TrickHistory.TrainIn(train.Count, epochs: 20, rate: 1, train, test, seed: 1).Loss;
        double small = TrickHistory.TrainIn(32, epochs: 20, rate: 1, train, test, seed: 1).Loss;
        Assert.That(small, Is.LessThan(full / 10));
    }

    [Test]
    public void Dropout_HelpsALargeNetOnFewDigits()
    {
        DataFiles.Shared("mnist");
        (Dataset train, Dataset test) = LeNetHistory.Load();
        train = train.Slice(0, 2000);
        double without = Wrong(0, 0), with = Wrong(0.2, 0.5);
        Assert.That(with, Is.LessThan(without));

        double Wrong(double input, double hidden) => Median(Restarts.Run(3, seed => DropoutHistory.Train(input, hidden, epochs: 30, train, test, seed).Wrong));
    }

    static int Kind<T>((string Name, T)[] kinds, string name)
    {
        int index = Array.FindIndex(kinds, kind => kind.Name == name);
        return index >= 0 ? index : throw new ArgumentException($"There is no kind {name}.");
    }

    static double Median(double[] values) => Quartiles.Of(values).Median;
}
