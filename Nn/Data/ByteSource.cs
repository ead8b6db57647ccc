using System.IO.Compression;

namespace Autograd.Nn.Data;

/// <summary>The bytes of a data file in order, unpacked when the content is gzip, with the offset that errors name.</summary>
sealed class ByteSource : IDisposable
{
    // Note [End of gzip]
    // GZipStream reads a file that was cut off as if it ended there, without a word, and stops at bytes that are not
    // gzip. So one more member is put behind the file: only after a complete file do its bytes come out last.
    static readonly byte[] EndMark = "end of gzip data"u8.ToArray();
    static readonly byte[] EndMember = Pack(EndMark);

    readonly Stream _file;
    readonly Stream _content;
    readonly bool _leaveOpen;
    readonly byte[] _buffer = new byte[1 << 16];
    readonly int _held;
    int _start;
    int _end;
    bool _finished;

    ByteSource(Stream file, string name, bool leaveOpen)
    {
        Name = name;
        _file = file;
        _leaveOpen = leaveOpen;
        FileLength = file.CanSeek ? file.Length - file.Position : null;
        _end = file.ReadAtLeast(_buffer.AsSpan(0, 2), 2, throwOnEndOfStream: false);
        Packed = _end == 2 && _buffer[0] == 0x1F && _buffer[1] == 0x8B; // RFC 1952, section 2.3.1
        _content = file;
        if (!Packed)
            return;
        _content = new GZipStream(new Sandwich(_buffer.AsMemory(0, 2).ToArray(), file, EndMember), CompressionMode.Decompress);
        _end = 0;
        _held = EndMark.Length;
    }

    /// <summary>The file as the caller named it.</summary>
    public string Name { get; }

    /// <summary>Whether the file is gzip, so that offsets count unpacked bytes.</summary>
    public bool Packed { get; }

    /// <summary>Bytes handed out so far.</summary>
    public long Offset { get; private set; }

    /// <summary>Bytes of the file as it lies there, packed or not; null when the stream cannot tell.</summary>
    public long? FileLength { get; }

    public static ByteSource Open(string path) =>
        new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan), path, leaveOpen: false);

    public static ByteSource Over(Stream stream, string name) => new(stream, name, leaveOpen: true);

    /// <summary>Fills <paramref name="target"/> as far as the file goes; returns the bytes written.</summary>
    public int Read(Span<byte> target)
    {
        int done = 0;
        while (done < target.Length && (Available > 0 || Fill()))
        {
            int count = Math.Min(Available, target.Length - done);
            _buffer.AsSpan(_start, count).CopyTo(target[done..]);
            _start += count;
            done += count;
            Offset += count;
        }
        return done;
    }

    /// <summary>Up to <paramref name="wanted"/> bytes; memory grows with what is there, not with what is wanted.</summary>
    public byte[] ReadUpTo(int wanted)
    {
        byte[] data = new byte[FirstGuess(wanted)];
        int done = Read(data);
        while (done == data.Length && done < wanted && !AtEnd())
        {
            Array.Resize(ref data, (int)Math.Min(wanted, 2L * data.Length));
            done += Read(data.AsSpan(done));
        }
        if (done < data.Length)
            Array.Resize(ref data, done);
        return data;
    }

    /// <summary>Whether the file has no more bytes.</summary>
    public bool AtEnd() => Available == 0 && !Fill();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Packed)
            _content.Dispose();
        if (!_leaveOpen)
            _file.Dispose();
    }

    int Available => Math.Max(0, _end - _start - _held);

    // A packed picture file is a quarter to a tenth of its content; 64 KiB keep tiny files from being resized.
    int FirstGuess(int wanted)
    {
        long there = Packed ? 8 * (FileLength ?? 0) : FileLength - Offset ?? 0;
        return (int)Math.Min(wanted, Math.Max(there, 1 << 16));
    }

    bool Fill()
    {
        int kept = _end - _start;
        _buffer.AsSpan(_start, kept).CopyTo(_buffer);
        _start = 0;
        _end = kept;
        while (!_finished && Available == 0)
        {
            int count = ReadContent(_buffer.AsSpan(_end));
            _end += count;
            _finished = count == 0;
        }
        // See Note [End of gzip].
        if (_finished && Packed && !_buffer.AsSpan(0, _end).EndsWith(EndMark))
            DataThrow.Gzip(this, Offset + _end);
        return Available > 0;
    }

    int ReadContent(Span<byte> target)
    {
        try
        {
            return _content.Read(target);
        }
        catch (InvalidDataException e)
        {
            DataThrow.Gzip(this, Offset + _end, e);
            return 0;
        }
    }

    static byte[] Pack(byte[] data)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
            gzip.Write(data);
        return packed.ToArray();
    }

    /// <summary>A stream read between two pieces of memory.</summary>
    sealed class Sandwich(ReadOnlyMemory<byte> before, Stream middle, ReadOnlyMemory<byte> after) : Stream
    {
        ReadOnlyMemory<byte> _before = before;
        ReadOnlyMemory<byte> _after = after;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            if (!_before.IsEmpty)
                return Take(ref _before, buffer);
            int count = middle.Read(buffer);
            return count > 0 ? count : Take(ref _after, buffer);
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        static int Take(ref ReadOnlyMemory<byte> memory, Span<byte> buffer)
        {
            int count = Math.Min(memory.Length, buffer.Length);
            memory.Span[..count].CopyTo(buffer);
            memory = memory[count..];
            return count;
        }
    }
}
