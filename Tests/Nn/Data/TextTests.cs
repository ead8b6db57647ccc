using System.Text;
using Autograd.Nn.Data;

namespace Autograd.Tests.Nn.Data;

public sealed class TextTests
{
    [Test]
    public void Characters_are_numbered_in_order_and_come_back()
    {
        Vocabulary vocabulary = Vocabulary.Characters("bä😀a b");
        Assert.That(vocabulary.Tokens, Is.EqualTo(new[] { " ", "a", "b", "ä", "😀" }));
        Tensor tokens = vocabulary.Encode("ab 😀");
        Assert.That(tokens.ToArray<long>(), Is.EqualTo(new long[] { 1, 2, 0, 4 }));
        Assert.That(vocabulary.Decode(tokens), Is.EqualTo("ab 😀"));
    }

    [Test]
    public void Characters_with_unknown_take_any_text()
    {
        Vocabulary vocabulary = Vocabulary.Characters("ab", unknown: true);
        Assert.That(vocabulary.Encode("bxa").ToArray<long>(), Is.EqualTo(new long[] { 2, 0, 1 }));
        Assert.That(vocabulary.Decode(vocabulary.Encode("bxa")), Is.EqualTo("b<unk>a"));
    }

    [Test]
    public void Words_come_by_frequency_and_the_rest_is_unknown()
    {
        const string Text = "The cat, the dog; the cat's 2 dogs.\n\tthe end.";
        Vocabulary vocabulary = Vocabulary.Words(Text);
        Assert.That(vocabulary.Tokens, Is.EqualTo(new[] { "<unk>", "the", ".", ",", "2", ";", "The", "cat", "cat's", "dog", "dogs", "end" }));
        Assert.That(vocabulary.Decode(vocabulary.Encode("the dog, unseen")), Is.EqualTo("the dog , <unk>"));
        Assert.That(Vocabulary.Words(Text, atLeast: 2).Tokens, Is.EqualTo(new[] { "<unk>", "the", "." }));
        Assert.That(Vocabulary.Words(Text, limit: 2).Tokens, Is.EqualTo(new[] { "<unk>", "the" }));
        Assert.That((vocabulary["dog"], vocabulary["?"], vocabulary.Count), Is.EqualTo((9L, 0L, 12)));
    }

    [Test]
    public void Windows_are_runs_with_what_follows()
    {
        Dataset windows = Texts.Windows(Tensor.Arange(8, DType.Int64), length: 3);
        Assert.That(windows.Inputs.ToString(), Is.EqualTo(Tensor.From(new long[,] { { 0, 1, 2 }, { 3, 4, 5 } }).ToString()));
        Assert.That(windows.Labels.ToString(), Is.EqualTo(Tensor.From(new long[,] { { 1, 2, 3 }, { 4, 5, 6 } }).ToString()));
        Dataset overlapping = Texts.Windows(Tensor.Arange(8, DType.Int64), length: 3, stride: 1);
        Assert.That((overlapping.Count, overlapping[^1].Labels.ToArray<long>()), Is.EqualTo((5, new long[] { 5, 6, 7 })));
        Assert.That(Texts.Windows(Tensor.Arange(4, DType.Int64), 3).Count, Is.EqualTo(1));
    }

    [Test]
    public void Read_takes_plain_and_packed_files([Values] bool packed, [Values] bool mark)
    {
        byte[] content = [.. mark ? Encoding.UTF8.Preamble.ToArray() : [], .. "Zeile 1\r\nß😀"u8];
        using TempFolder folder = new();
        Assert.That(Texts.Read(folder.Write("text", packed ? DataFiles.Gzip(content) : content)), Is.EqualTo("Zeile 1\r\nß😀"));
    }

    [Test]
    public void Read_damaged_files_are_typed_errors()
    {
        DataFormatException error = Assert.Throws<DataFormatException>(() => Texts.Read(new MemoryStream([0xEF, 0xBB, 0xBF, (byte)'a', 0xC3, (byte)'b']), "x.txt"))!;
        Assert.That((error.Message, error.Offset), Is.EqualTo(("x.txt, byte 4: the file is not UTF-8 text. Save it as UTF-8.", (long?)4)));
        Fuzz.Run(DataFiles.Gzip(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("Dä😀 ", 40)))), bytes => Texts.Read(new MemoryStream(bytes)));
    }

    [Test]
    public void Windows_of_a_real_text_become_text_again()
    {
        string text = Texts.Read(Directory.EnumerateFiles(DataFiles.Shared("tinyshakespeare"), "*.txt*").First());
        Vocabulary vocabulary = Vocabulary.Characters(text);
        Assert.That(vocabulary.Count, Is.EqualTo(65));
        Dataset windows = Texts.Windows(vocabulary.Encode(text), length: 64);
        Assert.That(vocabulary.Decode(windows[100].Inputs), Is.EqualTo(text.Substring(6400, 64)));
        Assert.That(vocabulary.Decode(windows[100].Labels), Is.EqualTo(text.Substring(6401, 64)));
    }
}
