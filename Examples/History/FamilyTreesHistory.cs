using Autograd.Nn;

namespace Autograd.Examples.History;

/// <summary>A network learns who is who's what in two families, and its units come to stand for nationality, generation and branch.</summary>
static class FamilyTreesHistory
{
    public static readonly Experiment Experiment = new(
        "family-trees", "family trees, 100 of 104 facts: learned in 1,500 epochs, right about the 4 that were held out; units for nationality, generation and branch", Report);

    const int Starts = 40, HeldOut = 4;
    static readonly int[] Checkpoints = [500, 1500, 6000];

    /// <summary>A person and a relation, each through 6 units of its own, then 12 and 6, to the 24 people.</summary>
    internal sealed class Network : Module
    {
        readonly Linear _relation, _both, _answer, _out;

        public Network(ulong seed, double bound)
        {
            (Person, _relation, _both) = (Layer(24, 6), Layer(12, 6), Layer(12, 12));
            (_answer, _out) = (Layer(12, 6), Layer(6, 24));
            Generator random = new(seed);
            foreach (Tensor parameter in Parameters) Init.Uniform(parameter, -bound, bound, random);
        }

        /// <summary>From the person to the first six units, whose weights show what each of them makes of the 24 people.</summary>
        public Linear Person { get; }

        protected override Tensor Compute(Tensor x)                                                 // [n, 36]
        {
            Tensor person = Person.Forward(x.Slice(1, 0, 24)).Sigmoid();                            // [n, 6]
            Tensor relation = _relation.Forward(x.Slice(1, 24, 36)).Sigmoid();                      // [n, 6]
            Tensor both = _both.Forward(Tensor.Concat([person, relation], axis: 1)).Sigmoid();      // [n, 12]
            return _out.Forward(_answer.Forward(both).Sigmoid()).Sigmoid();                         // [n, 24]
        }

        static Linear Layer(int inputs, int outputs) => new(inputs, outputs, dtype: DType.Float64);
    }

    /// <summary>How many facts of each kind a network has right after some epochs.</summary>
    public readonly record struct Score(int Epochs, int Trained, int HeldOut);

    /// <summary>
    /// Trains on all facts but four that are drawn by lot, and looks at the network on the way. For 20 epochs the rate is half and the momentum ½, then 0.9.
    /// Source: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", 1986, where the rate is 0.01 and the bound of the weights 0.3.
    /// </summary>
    public static (Network Model, Score[] Scores) Train(ulong seed, double rate, double bound, int[] checkpoints)
    {
        (Tensor questions, Tensor answers) = FamilyTrees.Load();
        long[] order = [.. Enumerable.Range(0, questions.Shape[0])];
        new Generator(seed, position: 1 << 20).Shuffle<long>(order);
        Tensor heldOut = Tensor.From(order[..HeldOut]), trained = Tensor.From(order[HeldOut..]);
        (Tensor x, Tensor t) = (questions.IndexSelect(0, trained), answers.IndexSelect(0, trained));
        (Tensor newX, Tensor newT) = (questions.IndexSelect(0, heldOut), answers.IndexSelect(0, heldOut));

        Network model = new(seed, bound);
        Sgd sgd = new(model.Parameters, rate / 2, momentum: 0.5);
        List<Score> scores = [];
        for (int epoch = 1; epoch <= checkpoints[^1]; epoch++)
        {
            if (epoch == 21) (sgd.LearningRate, sgd.Groups[0].Momentum) = (rate, 0.9);
            Step(model, sgd, x, t);
            if (checkpoints.Contains(epoch)) scores.Add(new(epoch, Right(model, x, t), Right(model, newX, newT)));
        }
        return (model, [.. scores]);
    }

    /// <summary>Pearson's correlation of the weights from the 24 people to a unit with a feature of the people.</summary>
    public static double Correlation(Network model, int unit, double[] feature)
    {
        double[] weights = model.Person.Weight.Select(0, unit).ToArray<double>();
        double meanWeight = weights.Average(), meanFeature = feature.Average(), product = 0, weightSquares = 0, featureSquares = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            double w = weights[i] - meanWeight, f = feature[i] - meanFeature;
            product += w * f;
            weightSquares += w * w;
            featureSquares += f * f;
        }
        return product / Math.Sqrt(weightSquares * featureSquares);
    }

    /// <summary>The correlation, without its sign, of the unit that has the greatest.</summary>
    public static double Best(Network model, double[] feature) => Enumerable.Range(0, 6).Max(unit => Math.Abs(Correlation(model, unit, feature)));

    static void Step(Network model, Sgd sgd, Tensor x, Tensor t)
    {
        using TapeScope scope = Tape.Scope();
        Tensor y = model.Forward(x);
        // Answers above 0.8 where there should be 1, and below 0.2 where there should be 0, are good enough: they count as no error.
        Tensor missing = t * (0.8 - y).Relu(), excess = (1 - t) * (y - 0.2).Relu();
        Tensor error = 0.5 * (missing.Square() + excess.Square()).Sum();
        sgd.ZeroGrad();
        error.Backward();
        sgd.Step();
        using RecordingSwitch noGrad = Tape.NoGrad();
        foreach (Tensor parameter in model.Parameters) parameter.AddScaled(parameter, -0.002);
    }

    /// <summary>For how many questions exactly the people who are answers come out above ½.</summary>
    static int Right(Network model, Tensor x, Tensor t)
    {
        using RecordingSwitch noGrad = Tape.NoGrad();
        return (model.Forward(x) - t).Abs().AMax(1).ToArray<double>().Count(worst => worst < 0.5);
    }

    static void Report(HistoryPage page)
    {
        page.Table(
            $"Facts that are right, {Starts} starts",
            "rate", "weights at the start", "epochs", "of 100 learned: median", "quartiles", "runs with all 100", "of 4 held out: mean", "runs with 4", "3", "2", "1", "0");
        (Network Model, Score[] Scores)[] runs = [];
        foreach ((double rate, double bound) in ((double, double)[])[(0.01, 0.3), (0.1, 0.3), (0.1, 1)])
        {
            runs = Restarts.Run(Starts, seed => Train(seed, rate, bound, Checkpoints));
            for (int i = 0; i < Checkpoints.Length; i++) ScoreRow(page, rate, bound, [.. runs.Select(run => run.Scores[i])]);
        }

        page.Table(
            $"The unit that tells most about each feature, size of its correlation, {Starts} runs of the last setting", "feature", "lower quartile", "median", "upper quartile", "runs above 0.8");
        foreach ((string name, double[] values) in FamilyTrees.Features)
        {
            double[] best = [.. runs.Select(run => Best(run.Model, values))];
            Quartiles of = Quartiles.Of(best);
            page.Row(name, $"{of.Lower:0.00}", $"{of.Median:0.00}", $"{of.Upper:0.00}", $"{best.Count(value => value > 0.8)}");
        }

        page.Table("The six units of the first run: correlation of their weights with", ["unit", .. FamilyTrees.Features.Select(feature => feature.Name)]);
        for (int unit = 0; unit < 6; unit++)
            page.Row([$"{unit + 1}", .. FamilyTrees.Features.Select(feature => $"{Correlation(runs[0].Model, unit, feature.Values):0.00}")]);
    }

    static void ScoreRow(HistoryPage page, double rate, double bound, Score[] scores)
    {
        Quartiles of = Quartiles.Of(scores.Select(score => (double)score.Trained));
        page.Row([
            $"{rate}", $"±{bound}", $"{scores[0].Epochs:N0}", $"{of.Median:0.#}", $"{of.Lower:0.#} to {of.Upper:0.#}", $"{scores.Count(score => score.Trained == 100)}",
            $"{scores.Average(score => score.HeldOut):0.00}", .. Enumerable.Range(0, 5).Select(wrong => $"{scores.Count(score => score.HeldOut == HeldOut - wrong)}")]);
    }
}
