using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace Autograd.Tests.Support;

/// <summary>
/// docs/ops.md: one row for every op of the catalog. A formula prints itself; for other ops the row holds the line that stands
/// above the class in the source, such as "c = a·b ⇒ da = dc·bᵀ, db = aᵀ·dc".
/// </summary>
static partial class OpTable
{
    // Attributes of formulas are set to numbers that occur nowhere else, and found again in the text.
    const double FirstAttribute = 1234.5, AttributeStep = 1000;

    public static string Text()
    {
        StringBuilder text = new("""
            # All ops

            Generated from the code by the test `OpTableTests.Table_IsThatOfTheCode`; do not edit. After adding or changing an op:

                AUTOGRAD_ACCEPT=1 dotnet test -c Release --filter Autograd.Tests.Docs

            An elementwise op is a formula: value and local derivative are printed by the code that is run (see
            [adr/0001](adr/0001-elementwise-ops.md)), and *saves* is what the tape keeps for the derivative, found by reading the formula.
            For every other op the derivation is the line above its class; `dx` is the gradient of `x`. How ops behave at kinks and ties:
            [conventions](conventions.md).

            """);
        Dictionary<string, OpSource> sources = Sources();
        foreach (IGrouping<string, (Type Type, OpSource Source)> folder in Catalog.Ops
            .Select(type => (Type: type, Source: sources.GetValueOrDefault(type.Name) ?? throw new InvalidDataException($"No file below Ops declares {type.Name}.")))
            .GroupBy(op => op.Source.Folder).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {folder.Key}\n\n| op | members | value and derivative | saves |\n| --- | --- | --- | --- |\n");
            foreach ((Type type, OpSource source) in folder.OrderBy(op => Catalog.Name(op.Type), StringComparer.Ordinal))
            {
                string formula = Catalog.IsFormula(type) && !source.Derivation.Contains('⇒') ? Formula(type) : source.Derivation;
                text.Append(CultureInfo.InvariantCulture, $"| [{Catalog.Name(type)}](../{source.Path}) | {Members(type, source, sources.Values)} | {Cell(formula)} | {Saves(type)} |\n");
            }
        }
        return text.ToString();
    }

    static string Formula(Type type)
    {
        object op = Configured(type, out (string Text, string Name)[] attributes);
        string text = typeof(IUnaryOp).IsAssignableFrom(type) ? Unary((IUnaryOp)op) : Binary((IBinaryOp)op);
        foreach ((string value, string name) in attributes) text = text.Replace(value, name, StringComparison.Ordinal);
        return text;
    }

    static string Unary(IUnaryOp op)
    {
        Printed x = new("x"), y = new("y");
        return $"y = {op.F(x)}; ∂y/∂x = {op.D(x, y)}";
    }

    static string Binary(IBinaryOp op)
    {
        Printed a = new("a"), b = new("b"), y = new("y");
        return $"y = {op.F(a, b)}; ∂y/∂a = {op.DA(a, b, y)}; ∂y/∂b = {op.DB(a, b, y)}";
    }

    static string Saves(Type type)
    {
        if (!Catalog.IsFormula(type)) return "";
        object op = Configured(type, out _);
        Uses a = new(Saved.A), b = new(Saved.B), y = new(Saved.Output);
        (Saved saved, string first) = op is IUnaryOp unary ? (unary.D(a, y).Values, "x") : (((IBinaryOp)op).DA(a, b, y).Values | ((IBinaryOp)op).DB(a, b, y).Values, "a");
        List<string> names = [];
        if ((saved & Saved.A) != 0) names.Add(first);
        if ((saved & Saved.B) != 0) names.Add("b");
        if ((saved & Saved.Output) != 0) names.Add("y");
        return names.Count == 0 ? "nothing" : string.Join(", ", names);
    }

    /// <summary>The formula with a number of its own for each attribute, and what those numbers, and some made from them, are called.</summary>
    static object Configured(Type type, out (string Text, string Name)[] attributes)
    {
        ConstructorInfo? constructor = type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).FirstOrDefault(c => c.GetParameters().Length > 0);
        ParameterInfo[] parameters = constructor?.GetParameters() ?? [];
        List<(string, string)> names = [];
        object?[] values = new object?[parameters.Length];
        for (int i = 0; i < values.Length; i++)
        {
            if (parameters[i].ParameterType != typeof(double))
            {
                values[i] = parameters[i].ParameterType.IsValueType ? Activator.CreateInstance(parameters[i].ParameterType) : null;
                continue;
            }
            double value = FirstAttribute + (i * AttributeStep);
            string name = char.ToLowerInvariant(parameters[i].Name![0]) + parameters[i].Name![1..];
            values[i] = value;
            names.AddRange([
                (Number(value), name), (Number(value - 1), $"({name} − 1)"), (Number(value + 1), $"({name} + 1)"),
                (Number(1 / value), $"(1 / {name})"), (Number(Math.Log(value)), $"log({name})"),
            ]);
        }
        attributes = [.. names];
        return constructor?.Invoke(values) ?? Activator.CreateInstance(type)!;
    }

    static string Number(double value) => ((Printed)value).ToString();

    /// <summary>
    /// The public members that apply an op: those of its file whose names begin with the op's, and for the first op of a file those that
    /// begin with no op's name; else all of the file, or, where the file has none, those of the folder by the same rule.
    /// </summary>
    static string Members(Type type, OpSource source, IEnumerable<OpSource> all)
    {
        string name = Catalog.Name(type);
        string[] ops = [.. Catalog.Ops.Select(Catalog.Name).Where(op => source.Types.Contains(op + "Op"))];
        string[] members = [.. source.Members.Where(m => OwnerOf(m, ops) == name || (OwnerOf(m, ops) is null && source.Types.First(t => ops.Contains(t[..^2])) == type.Name))];
        if (members.Length == 0) members = source.Members;
        if (members.Length == 0) members = [.. all.Where(other => other.Folder == source.Folder).SelectMany(other => other.Members).Distinct().Where(m => OwnerOf(m, ops) == name)];
        return string.Join(", ", members.Select(m => $"`{m}`"));
    }

    static string? OwnerOf(string member, string[] ops) => ops.Where(op => member.StartsWith(op, StringComparison.Ordinal)).MaxBy(op => op.Length);

    /// <summary>Formulas as code, sentences as text.</summary>
    static string Cell(string text)
    {
        string escaped = text.Replace("|", "\\|");
        return text.Contains(" = ") || text.Contains('⇒') ? $"`{escaped}`" : escaped;
    }

    static Dictionary<string, OpSource> Sources()
    {
        Dictionary<string, OpSource> found = [];
        foreach (string path in Repository.Files("*.cs", "Ops"))
        {
            string[] lines = Repository.Read(path).Split('\n');
            string[] types = [.. lines.Select(line => TypeName().Match(line)).Where(m => m.Success).Select(m => m.Groups[1].Value)];
            // The public members stand first, in a part of TensorOps or Loss.
            IEnumerable<string> first = lines.TakeWhile(line => !OtherType().IsMatch(line));
            string[] members = [.. first.Select(line => Member().Match(line)).Where(m => m.Success).Select(m => m.Groups[1].Value).Distinct()];
            for (int i = 0; i < lines.Length; i++)
            {
                if (TypeName().Match(lines[i]) is { Success: true } match) found.TryAdd(match.Groups[1].Value, new(path, types, members, Derivation(lines, i)));
            }
        }
        // What an op does not say itself, the class that it derives from says.
        foreach ((string name, OpSource source) in found.ToArray())
        {
            if (source.Derivation.Length == 0 && BaseOf(name) is { } parent && found.TryGetValue(parent, out OpSource? above))
                found[name] = source with { Derivation = above.Derivation };
        }
        return found;
    }

    static string? BaseOf(string name) => Catalog.Ops.FirstOrDefault(type => type.Name == name)?.BaseType?.Name;

    /// <summary>The derivation in the comments above a declaration: the line with ⇒, or else with =, and those that go on from it; else the summary.</summary>
    static string Derivation(string[] lines, int declaration)
    {
        int first = declaration;
        while (first > 0 && lines[first - 1].StartsWith("//", StringComparison.Ordinal)) first--;
        string[] comments = [.. lines[first..declaration].Where(line => line.StartsWith("// ", StringComparison.Ordinal)).Select(line => line[3..].Trim())];
        int start = Array.FindIndex(comments, line => line.Contains('⇒'));
        if (start < 0) start = Array.FindIndex(comments, line => line.Contains(" = "));
        if (start >= 0)
        {
            int end = start + 1;
            while (end < comments.Length && comments[end - 1][^1] is ',' or ';' or ':') end++;
            return Spaces().Replace(string.Join(" ", comments[start..end]), " ").TrimEnd('.');
        }
        Match summary = Summary().Match(string.Join(" ", lines[first..declaration].Select(line => line.TrimStart('/').Trim())));
        return summary.Success ? Tag().Replace(summary.Groups[1].Value, "$1").Trim() : "";
    }

    [GeneratedRegex(@"^(?:public |abstract |sealed |readonly |record |partial )*(?:class|struct) (\w+)")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"^(?: {8}| {4}(?=public static Tensor))public (?:static )?[\w?<>(), ]+? (operator [^\s(]+|\w+)(?=\(| =>|$| \{)")]
    private static partial Regex Member();

    [GeneratedRegex(@"^(?!public static partial class)(?:\w+ )*(?:class|struct|interface) \w")]
    private static partial Regex OtherType();

    [GeneratedRegex("<summary>(.*?)</summary>")]
    private static partial Regex Summary();

    [GeneratedRegex("<[^>]*?\"([^\"]*)\"[^>]*/>")]
    private static partial Regex Tag();

    [GeneratedRegex(" {2,}")]
    private static partial Regex Spaces();

    sealed record OpSource(string Path, string[] Types, string[] Members, string Derivation)
    {
        public string Folder => Path.Split('/')[1];
    }
}
