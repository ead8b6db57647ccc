using System.Runtime.CompilerServices;

namespace Autograd;

/// <summary>Where memory was last changed in place, noted while anomaly detection is on.</summary>
static class ChangeLog
{
    /// <summary>How many anomaly detections are open, on all threads.</summary>
    public static int Readers;

    static readonly ConditionalWeakTable<Storage, string> Lines = [];

    public static void Note(Storage storage)
    {
        if (Tape.IsDetectingAnomaly) Lines.AddOrUpdate(storage, CallSite.OfUser());
    }

    public static string? Find(Storage storage) => Lines.TryGetValue(storage, out string? line) ? line : null;
}
