namespace Autograd.Nn.Data;

/// <summary>The fields of CSV text, one after the other, each with its place.</summary>
/// <remarks>Source: RFC 4180, section 2; lines may also end in a line feed alone, and other separators may be set.</remarks>
ref struct CsvScanner
{
    readonly ReadOnlySpan<byte> _text;
    readonly ByteSource _source;
    readonly byte _separator;
    int _next;
    int _nextLine;
    bool _done;

    /// <summary>Scanner of <paramref name="text"/> from byte <paramref name="start"/>, which begins line <paramref name="line"/>.</summary>
    public CsvScanner(ReadOnlySpan<byte> text, int start, int line, char separator, ByteSource source)
    {
        _text = text;
        _next = start;
        _nextLine = line;
        _separator = (byte)separator;
        _source = source;
        _done = start >= text.Length;
        EndsRow = true;
    }

    /// <summary>The field as it lies in the file, without the quotes around it.</summary>
    public ReadOnlySpan<byte> Field { get; private set; }

    /// <summary>Whether the field stood in quotes, so that a quote inside it is doubled.</summary>
    public bool Quoted { get; private set; }

    /// <summary>Line on which the field starts, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>Number of the field in its row, from 1.</summary>
    public int Column { get; private set; }

    /// <summary>Bytes before the field.</summary>
    public int Offset { get; private set; }

    /// <summary>Whether the field is the last of its row.</summary>
    public bool EndsRow { get; private set; }

    /// <summary>Goes to the next field; false after the last.</summary>
    public bool MoveNext()
    {
        if (_done)
            return false;
        Column = EndsRow ? 1 : Column + 1;
        Line = _nextLine;
        Offset = _next;
        Quoted = _next < _text.Length && _text[_next] == '"';
        int end = Quoted ? ReadQuoted() : ReadPlain();
        Terminate(end);
        return true;
    }

    int ReadPlain()
    {
        ReadOnlySpan<byte> rest = _text[_next..];
        int length = rest.IndexOfAny(_separator, (byte)'\n');
        if (length < 0)
            length = rest.Length;
        int end = _next + length;
        if (end < _text.Length && _text[end] == '\n' && length > 0 && _text[end - 1] == '\r')
            end--;
        Field = _text[_next..end];
        return end;
    }

    int ReadQuoted()
    {
        int start = _next + 1;
        int end = start;
        while (true)
        {
            int length = _text[end..].IndexOf((byte)'"');
            if (length < 0)
                DataThrow.Csv(_source, Line, Column, null, Offset, "the quote is never closed.", "Close it, or write the field without quotes.");
            end += length;
            if (end + 1 >= _text.Length || _text[end + 1] != '"')
                break;
            end += 2;
        }
        Field = _text[start..end];
        _nextLine += Field.Count((byte)'\n');
        return end + 1;
    }

    void Terminate(int end)
    {
        ReadOnlySpan<byte> rest = _text[end..];
        EndsRow = true;
        if (rest.IsEmpty)
        {
            _done = true;
            return;
        }
        if (rest[0] == _separator)
        {
            EndsRow = false;
            _next = end + 1;
            return;
        }
        int newLine = rest[0] == '\n' ? 1 : rest.StartsWith("\r\n"u8) ? 2 : 0;
        if (newLine == 0)
            DataThrow.Csv(_source, _nextLine, Column, null, end, "text follows the closing quote.", "Write a quote that is part of the text twice.");
        _next = end + newLine;
        _nextLine++;
        _done = _next >= _text.Length;
    }
}
