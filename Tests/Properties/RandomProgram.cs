using System.Globalization;
using System.Text;

namespace Autograd.Tests.Properties;

/// <summary>One value of a program: a leaf, or the result of a call on values before it.</summary>
/// <param name="Operands">The positions of the call's operands; none for a leaf.</param>
/// <param name="Call">The call; null for a leaf.</param>
/// <param name="Text">The call as C#, with {0}, {1}, … for the operands.</param>
/// <param name="Value">The value, without history.</param>
sealed record Line(int[] Operands, Func<Tensor[], Tensor>? Call, string Text, Tensor Value)
{
    /// <summary>What the value is weighted with where it is a result: no two elements alike, so that no gradient cancels.</summary>
    public Tensor Weight { get; } = Tensor.Uniform(Value.Shape, new Generator(1), 0.5, 1.5, DType.Float64);

    public bool IsLeaf => Call is null;

    public static Line Leaf(Tensor value) => new([], null, "", value);
}

/// <summary>A straight-line program over float64 tensors; every value that no later line reads is a result.</summary>
/// <param name="seed">What it was written from.</param>
/// <param name="lines">Its values in order.</param>
sealed class RandomProgram(ulong seed, IReadOnlyList<Line> lines)
{
    public ulong Seed => seed;

    public IReadOnlyList<Line> Lines => lines;

    public int CallCount => lines.Count(l => !l.IsLeaf);

    /// <summary>The leaves' numbers as tensors of their own.</summary>
    public Tensor[] Leaves(Func<Tensor, Tensor> store) => [.. lines.Where(l => l.IsLeaf).Select(l => store(l.Value))];

    /// <summary>Σ weight·result over all results, as a scalar.</summary>
    /// <param name="leaves">What stands for the leaves.</param>
    /// <param name="between">Applied to each intermediate value, if any.</param>
    public Tensor Run(IReadOnlyList<Tensor> leaves, Func<Tensor, Tensor>? between = null)
    {
        Tensor[] values = new Tensor[lines.Count];
        bool[] read = new bool[lines.Count];
        int leaf = 0;
        for (int i = 0; i < values.Length; i++)
        {
            Line line = lines[i];
            foreach (int operand in line.Operands) read[operand] = true;
            values[i] = line.Call is { } call ? call([.. line.Operands.Select(o => values[o])]) : leaves[leaf++];
            if (between is not null && !line.IsLeaf) values[i] = between(values[i]);
        }
        Tensor loss = Tensor.Scalar(0, DType.Float64);
        for (int i = 0; i < values.Length; i++)
        {
            if (!read[i]) loss += (values[i] * lines[i].Weight).Sum();
        }
        return loss;
    }

    /// <summary>
    /// Smaller programs with the same values: one result alone, the last line left out, or a line replaced by a leaf that
    /// holds its value, so that nothing before it is needed.
    /// </summary>
    public IEnumerable<RandomProgram> Shrunk()
    {
        int[] results = Results();
        if (results.Length > 1)
        {
            foreach (int result in results) yield return Keep(lines, result);
        }
        else if (lines.Count > 1 && lines[^1].Operands.Length > 0)
        {
            foreach (int operand in lines[^1].Operands.Distinct()) yield return Keep(lines, operand);
        }
        for (int i = lines.Count - 2; i >= 0; i--)
        {
            if (lines[i].IsLeaf) continue;
            Line[] cut = [.. lines];
            cut[i] = Line.Leaf(lines[i].Value);
            yield return Keep(cut, results);
        }
    }

    int[] Results()
    {
        HashSet<int> read = [.. lines.SelectMany(l => l.Operands)];
        return [.. Enumerable.Range(0, lines.Count).Where(i => !read.Contains(i))];
    }

    /// <summary>The lines that some results need, renumbered.</summary>
    RandomProgram Keep(IReadOnlyList<Line> all, params int[] results)
    {
        HashSet<int> needed = [.. results];
        for (int i = all.Count - 1; i >= 0; i--)
        {
            if (needed.Contains(i)) needed.UnionWith(all[i].Operands);
        }
        List<Line> kept = [];
        int[] moved = new int[all.Count];
        for (int i = 0; i < all.Count; i++)
        {
            if (!needed.Contains(i)) continue;
            moved[i] = kept.Count;
            kept.Add(all[i] with { Operands = [.. all[i].Operands.Select(o => moved[o])] });
        }
        return new(seed, kept);
    }

    /// <summary>The program as C#.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        for (int i = 0; i < lines.Count; i++)
        {
            Line line = lines[i];
            object[] names = [.. line.Operands.Select(o => $"v{o}")];
            string value = line.IsLeaf ? Printed(line.Value) : string.Format(CultureInfo.InvariantCulture, line.Text, names);
            text.Append(CultureInfo.InvariantCulture, $"Tensor v{i} = {value};{(line.IsLeaf ? "" : $"   // {line.Value.Shape}")}\n");
        }
        text.Append("Tensor loss = ").AppendJoin(" + ", Results().Select(r => $"Weighted(v{r})")).Append(";\n");
        return text.Append("static Tensor Weighted(Tensor y) => (y * Tensor.Uniform(y.Shape, new Generator(1), 0.5, 1.5, DType.Float64)).Sum();\n").ToString();
    }

    static string Printed(Tensor x) =>
        $"Tensor.From([{string.Join(", ", x.ToArray<double>().Select(v => v.ToString("R", CultureInfo.InvariantCulture) + (double.IsInteger(v) ? ".0" : "")))}], {x.Shape})";
}
