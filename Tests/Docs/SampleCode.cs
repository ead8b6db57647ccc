using System.Reflection;
using Autograd.Tests.Support;

namespace Autograd.Tests.Docs;

/// <summary>The program Tests/Samples: its regions, which the documents quote, and what its parts print.</summary>
static class SampleCode
{
    static readonly Lock Printing = new();

    /// <summary>A whole file, or one of its regions, from "// sample: name" to "// end", with its indentation taken away.</summary>
    /// <param name="source">The file's name without extension, then the region's name if only that is meant.</param>
    public static string Quote(string source)
    {
        string[] words = source.Split(' ');
        string[] lines = Repository.Read($"Tests/Samples/{words[0]}.cs").TrimEnd('\n').Split('\n');
        return words.Length == 1 ? Join(lines) : Region(lines, words[1], source);
    }

    /// <summary>What a sample prints: the program itself, or a static method of a class, as in "Memory Buffers"; Run when left out.</summary>
    public static string Output(string source)
    {
        string[] words = source.Split(' ');
        MethodInfo method = words is ["Program"]
            ? typeof(Autograd.Samples.MyOps).Assembly.EntryPoint!
            : typeof(Autograd.Samples.MyOps).Assembly.GetType($"Autograd.Samples.{words[0]}", true)!.GetMethod(words is [_, var name] ? name : "Run")!;
        lock (Printing)
        {
            TextWriter before = Console.Out;
            using StringWriter printed = new() { NewLine = "\n" };
            Console.SetOut(printed);
            try
            {
                method.Invoke(null, method.GetParameters().Length == 0 ? [] : [Array.Empty<string>()]);
            }
            finally
            {
                Console.SetOut(before);
            }
            return printed.ToString();
        }
    }

    static string Region(string[] lines, string name, string source)
    {
        int start = Array.FindIndex(lines, line => line.Trim() == $"// sample: {name}");
        if (start < 0) throw new InvalidDataException($"There is no sample {source}.");
        int end = Array.FindIndex(lines, start, line => line.Trim() == "// end");
        string[] region = lines[(start + 1)..end];
        int indent = region.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return Join([.. region.Select(line => line.Length > indent ? line[indent..] : "")]).Trim('\n') + "\n";
    }

    static string Join(string[] lines) => string.Concat(lines.Select(line => line + "\n"));
}
