namespace Autograd.Nn.Data;

/// <summary>A data file breaks a rule of its format; the message names file, place and rule.</summary>
public sealed class DataFormatException : FormatException
{
    /// <summary>Error without a place.</summary>
    public DataFormatException()
    {
    }

    /// <summary>Error with a message and no place.</summary>
    public DataFormatException(string message) : base(message)
    {
    }

    /// <summary>Error with a message, its cause and no place.</summary>
    public DataFormatException(string message, Exception? innerException) : base(message, innerException)
    {
    }

    /// <summary>Error at byte <paramref name="offset"/> of <paramref name="file"/>; see <see cref="Offset"/>.</summary>
    public DataFormatException(string message, string file, long offset, Exception? innerException = null)
        : base(message, innerException)
    {
        File = file;
        Offset = offset;
    }

    /// <summary>The file, as it was named by the caller.</summary>
    public string? File { get; }

    /// <summary>Bytes before the fault, ≥ 0; counted in the unpacked data when the file is gzip.</summary>
    public long? Offset { get; }
}
