using System.Text;

namespace Autograd.Examples.History;

/// <summary>What an experiment prints, as Markdown: on the console at once, and at its end, if asked for, in the document between two markers.</summary>
sealed class HistoryPage(TextWriter console)
{
    const string End = "<!-- end -->";

    readonly StringBuilder _text = new();

    /// <summary>All that was written so far.</summary>
    public string Text => _text.ToString();

    /// <summary>The folder of the pages, from the root of the repository.</summary>
    public static string Folder => Path.Combine("docs", "history");

    /// <summary>A heading and, below it, the head of a table; the rows follow by <see cref="Row"/>.</summary>
    public void Table(string heading, params string[] columns)
    {
        Line($"\n### {heading}\n");
        Row(columns);
        Row([.. columns.Select((_, i) => i == 0 ? "---" : "---:")]);
    }

    /// <summary>A row of the table that was begun last.</summary>
    public void Row(params string[] cells) => Line($"| {string.Join(" | ", cells)} |");

    /// <summary>A paragraph.</summary>
    public void Paragraph(string text) => Line($"\n{text}");

    /// <summary>Replaces what stands in a document between <c>&lt;!-- history: NAME --&gt;</c> and <c>&lt;!-- end --&gt;</c>.</summary>
    /// <exception cref="InvalidDataException">The document has no such markers.</exception>
    public static string Insert(string document, string name, string text)
    {
        string start = $"<!-- history: {name} -->";
        int from = document.IndexOf(start, StringComparison.Ordinal);
        int to = from < 0 ? -1 : document.IndexOf(End, from, StringComparison.Ordinal);
        if (to < 0) throw new InvalidDataException($"The page has no lines {start} and {End} for the tables to stand between.");
        return $"{document[..from]}{start}\n{text.TrimEnd('\n')}\n\n{document[to..]}";
    }

    /// <summary>Puts the text into the document docs/history/NAME.md below the current folder.</summary>
    public void Save(string name)
    {
        string path = Path.Combine(Folder, $"{name}.md");
        File.WriteAllText(path, Insert(File.ReadAllText(path), name, Text));
        console.WriteLine($"\nwritten to {path}");
    }

    void Line(string text)
    {
        console.WriteLine(text);
        _text.Append(text).Append('\n');
    }
}
