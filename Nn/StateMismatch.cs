namespace Autograd.Nn;

/// <summary>Saved values do not fit what they are loaded into; the message lists every difference.</summary>
/// <param name="rule">The differences, each on a line.</param>
/// <param name="hint">What to change, a line of its own.</param>
public sealed class StateMismatchException(string rule, string hint) : AutogradException(rule, hint);

/// <summary>Compares a state with saved values.</summary>
static class StateMismatch
{
    /// <summary>What a module is called in the text.</summary>
    public const string Module = "module";

    const int Shown = 20;

    /// <summary>Checks that all values are there, and no others.</summary>
    /// <param name="what">What is loaded into, as the text names it.</param>
    /// <param name="own">The state as it is.</param>
    /// <param name="state">The saved values.</param>
    /// <param name="strict">Whether names may be neither missing nor unknown.</param>
    /// <exception cref="StateMismatchException">There is a difference.</exception>
    public static void Check(string what, IReadOnlyList<(string Name, Tensor Value)> own, IReadOnlyDictionary<string, Tensor> state, bool strict = true)
    {
        Throw.IfNull("LoadStateDict", state);
        HashSet<string> names = [.. own.Select(item => item.Name)];
        // One name of a shared tensor is enough.
        HashSet<Tensor> covered = new(own.Where(item => state.ContainsKey(item.Name)).Select(item => item.Value), ReferenceEqualityComparer.Instance);
        string[] missing = !strict ? [] : [.. own.Where(item => !covered.Contains(item.Value)).Select(item => $"- {item.Name} {Text(item.Value)}")];
        string[] unknown = !strict ? [] : [.. state.Where(item => !names.Contains(item.Key)).Select(item => $"+ {item.Key} {Text(item.Value)}")];
        string[] different =
        [
            .. own.Where(item => state.TryGetValue(item.Name, out Tensor? loaded) && !Fits(item.Value, loaded))
                .Select(item => $"! {item.Name} {Text(item.Value)}, saved as {Text(state[item.Name])}"),
        ];
        if (missing.Length + unknown.Length + different.Length == 0) return;
        string counts = $"{missing.Length} missing (-), {unknown.Length} unknown (+), {different.Length} of another shape or type (!)";
        string hint = Prefix(names, state) is { } prefix ? $"Every saved name begins with \"{prefix}\" and fits without it: take it off."
            : what != Module ? $"Make the {what} like the one that was saved."
            : different.Length > 0 ? "Make the layers with the sizes and types that were saved."
            : missing.Length > 0 && unknown.Length > 0 ? "Rename what is unknown to what is missing, or pass strict: false to take what fits."
            : $"Pass strict: false {(missing.Length > 0 ? "to leave what is missing as it is" : "to leave out what is unknown")}.";
        throw new StateMismatchException(
            string.Join('\n', [$"LoadStateDict: the saved values do not fit the {what}: {counts}.", .. Cut(missing), .. Cut(unknown), .. Cut(different)]), hint);
    }

    /// <summary>What all names begin with, if all would fit without it; wrappers for training leave it behind.</summary>
    static string? Prefix(HashSet<string> names, IReadOnlyDictionary<string, Tensor> state)
    {
        string first = state.Keys.FirstOrDefault() ?? "";
        for (int dot = first.IndexOf('.'); dot >= 0; dot = first.IndexOf('.', dot + 1))
        {
            string prefix = first[..(dot + 1)];
            if (state.Keys.All(name => name.StartsWith(prefix, StringComparison.Ordinal) && names.Contains(name[prefix.Length..])))
                return prefix;
        }
        return null;
    }

    static bool Fits(Tensor own, Tensor loaded) =>
        own.Shape == loaded.Shape && (own.DType == loaded.DType || (own.DType.IsFloating() && loaded.DType.IsFloating()));

    static string Text(Tensor tensor) => $"{tensor.DType} {tensor.Shape}";

    static IEnumerable<string> Cut(string[] lines) =>
        lines.Length <= Shown ? lines.Select(line => "  " + line) : [.. lines.Take(Shown).Select(line => "  " + line), $"  … and {lines.Length - Shown} more"];
}
