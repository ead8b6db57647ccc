using System.Text;
using System.Text.Unicode;

namespace Autograd.Nn.Data;

/// <summary>Texts to learn from.</summary>
public static class Texts
{
    /// <summary>The text of a UTF-8 file, plain or gzip, which is recognised by content; a byte order mark is left out.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataFormatException">The file is damaged gzip, or is not UTF-8.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static string Read(string path)
    {
        Throw.IfNoName("Texts.Read", path, "Pass the path of a file.");
        using ByteSource source = ByteSource.Open(path);
        return Read(source);
    }

    /// <summary>The text in the rest of <paramref name="stream"/>, which stays open; errors call it <paramref name="name"/>.</summary>
    /// <inheritdoc cref="Read(string)" path="/exception[@cref='T:Autograd.Nn.Data.DataFormatException']"/>
    public static string Read(Stream stream, string name = "stream")
    {
        Throw.IfNull("Texts.Read", stream);
        Throw.IfNull("Texts.Read", name);
        using ByteSource source = ByteSource.Over(stream, name);
        return Read(source);
    }

    /// <summary>Runs of tokens, each with those that follow them one place later: what a language model learns from.</summary>
    /// <param name="tokens">Int64 [count], as <see cref="Vocabulary.Encode"/> gives them.</param>
    /// <param name="length">The length of a run, ≥ 1.</param>
    /// <param name="stride">From one run to the next, ≥ 1; the length when left out, so that no input occurs twice.</param>
    /// <returns>Inputs Int64 [n, length], labels Int64 [n, length], n = 1 + ⌊(count − 1 − length)/stride⌋.</returns>
    /// <exception cref="DTypeException">The tokens are not Int64.</exception>
    /// <exception cref="ShapeException">The tokens are no vector, or fewer than length + 1.</exception>
    public static Dataset Windows(Tensor tokens, int length, int? stride = null)
    {
        Throw.IfNull("Texts.Windows", tokens);
        Throw.IfBelow("Texts.Windows", length, 1, "Pass as many tokens as the model is to see at once.");
        int step = stride ?? length;
        Throw.IfBelow("Texts.Windows", step, 1, "Leave it out for runs that do not overlap.", nameof(stride));
        if (tokens.DType != DType.Int64) throw DataThrow.TokensType(tokens.DType);
        if (tokens.Rank != 1 || tokens.Count <= length) throw DataThrow.TooFewTokens(tokens.Shape, length);
        Tensor dense = tokens.Dense();
        Shape shape = [1 + ((dense.Count - 1 - length) / step), length];
        return new Dataset(dense.View(shape, [step, 1]).Clone(), dense.View(shape, [step, 1], 1).Clone());
    }

    static string Read(ByteSource source)
    {
        byte[] file = source.ReadUpTo(Array.MaxLength);
        if (!source.AtEnd()) DataThrow.TooLarge(source);
        ReadOnlySpan<byte> text = file.AsSpan(file.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0);
        if (!Utf8.IsValid(text)) DataThrow.At(source, file.Length - text.Length + FirstInvalid(text), "the file is not UTF-8 text.", "Save it as UTF-8.");
        return Encoding.UTF8.GetString(text);
    }

    static int FirstInvalid(ReadOnlySpan<byte> text)
    {
        int place = 0;
        while (Rune.DecodeFromUtf8(text[place..], out _, out int length) == System.Buffers.OperationStatus.Done) place += length;
        return place;
    }
}
