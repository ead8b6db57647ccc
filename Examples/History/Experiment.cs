namespace Autograd.Examples.History;

/// <summary>A claim of the literature, measured: <c>history NAME</c> runs it, docs/history/NAME.md holds what it printed.</summary>
/// <param name="Name">The subcommand and the page.</param>
/// <param name="Claim">What was published, in a line of Markdown.</param>
/// <param name="Run">Measures, and writes tables to the page.</param>
sealed record Experiment(string Name, string Claim, Action<HistoryPage> Run)
{
    /// <summary>All of them, in the order of the claims.</summary>
    public static readonly Experiment[] All =
    [
        XorHistory.Experiment, StandstillHistory.Experiment, SymmetryHistory.Experiment, EncoderHistory.Experiment, FamilyTreesHistory.Experiment,
        CostHistory.Experiment, RivalsHistory.Experiment, ApproximationHistory.Experiment,
        VanishingHistory.Experiment, DepthHistory.Experiment, LeNetHistory.Experiment, LagHistory.Experiment, VowelHistory.Experiment,
        CharacterHistory.Experiment, TrickHistory.Experiment, DropoutHistory.Experiment,
    ];
}
