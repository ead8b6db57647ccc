using System.Text;

namespace Autograd.Nn.Data;

/// <summary>Characters or words with their numbers: text becomes a tensor of tokens, and tokens become text.</summary>
public sealed class Vocabulary
{
    /// <summary>The token of what is not in the vocabulary.</summary>
    public const string Unknown = "<unk>";

    readonly Dictionary<string, long> _numbers;
    readonly string[] _tokens;
    readonly bool _words;

    Vocabulary(IEnumerable<string> tokens, bool words)
    {
        _tokens = [.. tokens];
        _words = words;
        _numbers = new(StringComparer.Ordinal);
        for (int i = 0; i < _tokens.Length; i++) _numbers.Add(_tokens[i], i);
    }

    /// <summary>All characters of a text, numbered in their Unicode order.</summary>
    /// <param name="text">The text.</param>
    /// <param name="unknown">Whether there is a token 0 for characters that the text does not have; without it they are an error.</param>
    public static Vocabulary Characters(string text, bool unknown = false)
    {
        Throw.IfNull("Vocabulary.Characters", text);
        IEnumerable<string> characters = text.EnumerateRunes().Distinct().Order().Select(rune => rune.ToString());
        return new(unknown ? characters.Prepend(Unknown) : characters, words: false);
    }

    /// <summary>The words of a text, numbered from the most frequent to the least; those equally frequent in ordinal order. Token 0 is <see cref="Unknown"/>.</summary>
    /// <param name="text">The text. A word is a run of letters, digits, apostrophes and underscores; every other character but white space is a word itself.</param>
    /// <param name="atLeast">How often a word must occur to be in the vocabulary, ≥ 1.</param>
    /// <param name="limit">The most tokens, that for unknown words included, ≥ 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public static Vocabulary Words(string text, int atLeast = 1, int limit = int.MaxValue)
    {
        Throw.IfNull("Vocabulary.Words", text);
        Throw.IfBelow("Vocabulary.Words", atLeast, 1, "Pass 1 to keep every word.");
        Throw.IfBelow("Vocabulary.Words", limit, 1, "Leave it out to keep all words.");
        IEnumerable<string> words = Cut(text).Select(word => word.Text).CountBy(word => word, StringComparer.Ordinal)
            .Where(count => count.Value >= atLeast)
            .OrderByDescending(count => count.Value).ThenBy(count => count.Key, StringComparer.Ordinal)
            .Select(count => count.Key);
        return new(words.Prepend(Unknown).Take(limit), words: true);
    }

    /// <summary>The number of tokens: the classes of a language model, the rows of its embedding.</summary>
    public int Count => _tokens.Length;

    /// <summary>The tokens by number.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    /// <summary>The number of a token; that of <see cref="Unknown"/>, where there is one, for others.</summary>
    /// <exception cref="ArgumentException">The token is not in the vocabulary, which has none for unknown ones.</exception>
    public long this[string token]
    {
        get
        {
            Throw.IfNull(nameof(Vocabulary), token);
            return NumberOf(token) ?? throw DataThrow.NoToken(token, 0, nameof(token));
        }
    }

    /// <summary>The tokens of a text, Int64 [length].</summary>
    /// <exception cref="ArgumentException">The text has a character that the vocabulary has not, and no token for unknown ones.</exception>
    public Tensor Encode(string text)
    {
        Throw.IfNull("Vocabulary.Encode", text);
        List<long> numbers = new(_words ? text.Length / 4 : text.Length);
        if (_words) foreach ((string word, int place) in Cut(text)) Add(word, place);
        else
        {
            int place = 0;
            foreach (Rune rune in text.EnumerateRunes())
            {
                Add(rune.ToString(), place);
                place += rune.Utf16SequenceLength;
            }
        }
        return Tensor.From([.. numbers]);

        void Add(string token, int place) => numbers.Add(NumberOf(token) ?? throw DataThrow.NoToken(token, place, nameof(text)));
    }

    /// <summary>The text of tokens, words with a blank between them.</summary>
    /// <param name="tokens">Int64, of any shape.</param>
    /// <exception cref="DTypeException">The tokens are not Int64.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is no token.</exception>
    public string Decode(Tensor tokens)
    {
        Throw.IfNull("Vocabulary.Decode", tokens);
        if (tokens.DType != DType.Int64) throw DataThrow.TokensType(tokens.DType);
        return string.Join(_words ? " " : "", tokens.ToArray<long>().Select(number =>
            number >= 0 && number < Count ? _tokens[number] : throw DataThrow.BadToken(number, Count)));
    }

    long? NumberOf(string token) =>
        _numbers.TryGetValue(token, out long number) ? number : _numbers.TryGetValue(Unknown, out long unknown) ? unknown : null;

    static IEnumerable<(string Text, int Place)> Cut(string text)
    {
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = start;
            while (end < text.Length && IsWord(text[end])) end++;
            if (end == start) end += char.IsSurrogatePair(text, start) ? 2 : 1;
            if (!char.IsWhiteSpace(text[start])) yield return (text[start..end], start);
        }
    }

    static bool IsWord(char letter) => char.IsLetterOrDigit(letter) || letter is '\'' or '’' or '_';
}
