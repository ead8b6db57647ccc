using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Autograd.Nn;

namespace Autograd.Examples;

/// <summary>Prints what a trained classifier knows.</summary>
static class Answers
{
    const string Shades = " ░▒▓█";

    /// <summary>The part of the answers that are right.</summary>
    public static double Accuracy(ReadOnlySpan<long> truth, ReadOnlySpan<int> answers)
    {
        int right = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            if (truth[i] == answers[i]) right++;
        }
        return (double)right / truth.Length;
    }

    /// <summary>How often each digit, a row each, was taken for which, a column each.</summary>
    public static void PrintConfusion(ReadOnlySpan<long> truth, ReadOnlySpan<int> answers, int classes)
    {
        int[,] counts = new int[classes, classes];
        for (int i = 0; i < truth.Length; i++) counts[truth[i], answers[i]]++;

        Console.WriteLine("confusion matrix (row: what it is, column: the answer)");
        Console.WriteLine("     " + string.Concat(Enumerable.Range(0, classes).Select(answer => $"{answer,6}")));
        for (int digit = 0; digit < classes; digit++)
        {
            Console.Write($"{digit,5}");
            for (int answer = 0; answer < classes; answer++)
                Console.Write(counts[digit, answer] is > 0 and int count ? $"{count,6}" : $"{'·',6}");
            Console.WriteLine();
        }
    }

    /// <summary>Pictures side by side, each under its answer.</summary>
    /// <param name="images">[n, 1, h, w], from 0 (white) to 1.</param>
    /// <param name="truth">[n].</param>
    /// <param name="answers">[n].</param>
    /// <param name="shown">Which pictures.</param>
    public static void Draw(Tensor images, ReadOnlySpan<long> truth, ReadOnlySpan<int> answers, params IEnumerable<int> shown)
    {
        int height = images.Shape[2], width = images.Shape[3];
        string captions = "";
        foreach (int i in shown)
        {
            string caption = truth[i] == answers[i] ? $"{answers[i]}" : $"{answers[i]}, but is {truth[i]}";
            captions += caption.PadRight((2 * width) + 2);
        }
        Console.WriteLine(captions.TrimEnd());
        for (int row = 0; row < height; row++)
        {
            string line = "";
            foreach (int i in shown)
            {
                for (int column = 0; column < width; column++)
                    line += new string(Shades[(int)Math.Round(images[i, 0, row, column] * (Shades.Length - 1))], 2);
                line += "  ";
            }
            Console.WriteLine(line.TrimEnd());
        }
    }

    /// <summary>The first 16 hexadecimal digits of the SHA-256 of all parameters: equal exactly if every bit is.</summary>
    public static string Hash(Module model)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Tensor parameter in model.Parameters) hash.AppendData(MemoryMarshal.AsBytes(parameter.AsSpan<float>()));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
