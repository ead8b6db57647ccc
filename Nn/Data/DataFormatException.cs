namespace Autograd.Nn.Data;

/// <summary>A data file breaks a rule of its format; the message names file, place and rule, and ends with a hint.</summary>
public sealed class DataFormatException : FormatException
{
    /// <summary>Error without a place.</summary>
    /// <param name="rule">What must hold, and what is there instead.</param>
    /// <param name="hint">What to do, in a sentence.</param>
    public DataFormatException(string rule, string hint) : base($"{rule} {hint}") => Hint = hint;

    /// <summary>Error at byte <paramref name="offset"/> of <paramref name="file"/>; see <see cref="Offset"/>.</summary>
    /// <param name="rule">File, place, what must hold there, and what is there instead.</param>
    /// <param name="hint">What to do, in a sentence.</param>
    /// <param name="file">The file, as it was named by the caller.</param>
    /// <param name="offset">Bytes before the fault, ≥ 0.</param>
    /// <param name="innerException">The cause.</param>
    public DataFormatException(string rule, string hint, string file, long offset, Exception? innerException = null)
        : base($"{rule} {hint}", innerException) => (Hint, File, Offset) = (hint, file, offset);

    /// <summary>What to do: the sentence that ends the message.</summary>
    public string Hint { get; }

    /// <summary>The file, as it was named by the caller.</summary>
    public string? File { get; }

    /// <summary>Bytes before the fault, ≥ 0; counted in the unpacked data when the file is gzip.</summary>
    public long? Offset { get; }
}
