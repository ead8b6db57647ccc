using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Autograd.Nn;

namespace Autograd.Examples;

/// <summary>Prints what a trained classifier knows.</summary>
static class Answers
{
    const string Shades = " ░▒▓█";

    /// <summary>How often each digit, a row each, was taken for which, a column each.</summary>
    /// <param name="scores">[n, classes].</param>
    /// <param name="truth">[n].</param>
    public static void PrintConfusion(Tensor scores, Tensor truth)
    {
        ConfusionMatrix confusion = new(scores.Shape[1]);
        confusion.Add(scores, truth);
        Console.WriteLine($"\nconfusion matrix (row: what it is, column: the answer)\n{confusion}\n");
    }

    /// <summary>What the trained model is, to the bit, and how good it is.</summary>
    public static void PrintResult(Module model, Evaluation test)
    {
        Console.WriteLine($"parameters {Hash(model)}");
        Console.WriteLine($"test accuracy: {test.Metrics["accuracy"]:0.0000}");
    }

    /// <summary>Pictures side by side, each under its answer.</summary>
    /// <param name="images">[n, 1, h, w], from 0 (white) to 1.</param>
    /// <param name="truth">[n].</param>
    /// <param name="answers">[n].</param>
    /// <param name="shown">Which pictures.</param>
    public static void Draw(Tensor images, ReadOnlySpan<long> truth, ReadOnlySpan<long> answers, params IEnumerable<int> shown)
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
    static string Hash(Module model)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Tensor parameter in model.Parameters) hash.AppendData(MemoryMarshal.AsBytes(parameter.AsSpan<float>()));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
