namespace Autograd.Examples.History;

/// <summary>
/// Two families of 12 people and one shape, and the 104 questions about them. The file is described in Examples/Data/README.md.
/// Source: Hinton, "Learning distributed representations of concepts", 1986.
/// </summary>
static class FamilyTrees
{
    /// <summary>Everyone, the English family first; the n-th of one family has the place of the n-th of the other.</summary>
    public static readonly string[] People =
    [
        "Christopher", "Penelope", "Andrew", "Christine", "Arthur", "Margaret", "Victoria", "James", "Jennifer", "Charles", "Colin", "Charlotte",
        "Roberto", "Maria", "Pierro", "Francesca", "Emilio", "Gina", "Lucia", "Marco", "Angela", "Tomaso", "Alfonso", "Sophia",
    ];

    public static readonly string[] Relations =
        ["father", "mother", "husband", "wife", "son", "daughter", "uncle", "aunt", "brother", "sister", "nephew", "niece"];

    /// <summary>What a unit could tell about the 24 people. A branch is the side of one pair of grandparents; their grandchildren belong to both.</summary>
    public static readonly (string Name, double[] Values)[] Features =
    [
        ("nationality", [.. People.Select((_, i) => i < 12 ? 1.0 : -1)]),
        ("generation", OfBothFamilies(1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3)),
        ("branch", OfBothFamilies(1, 1, -1, -1, 1, 1, 1, -1, -1, -1, 0, 0)),
        ("sex", OfBothFamilies(1, -1, 1, -1, 1, -1, -1, 1, -1, 1, 1, -1)),
    ];

    /// <summary>The questions, [104, 36]: a 1 for the person and a 1 for the relation; and their answers, [104, 24].</summary>
    public static (Tensor Questions, Tensor Answers) Load()
    {
        string[][] facts = [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Data", "kinship104.tsv")).Skip(1).Select(line => line.Split('\t'))];
        double[,] questions = new double[facts.Length, People.Length + Relations.Length], answers = new double[facts.Length, People.Length];
        for (int i = 0; i < facts.Length; i++)
        {
            questions[i, Array.IndexOf(People, facts[i][0])] = 1;
            questions[i, People.Length + Array.IndexOf(Relations, facts[i][1])] = 1;
            foreach (string answer in facts[i][2].Split(',')) answers[i, Array.IndexOf(People, answer)] = 1;
        }
        return (Tensor.From(questions), Tensor.From(answers));
    }

    static double[] OfBothFamilies(params double[] values) => [.. values, .. values];
}
