using System.Diagnostics;

namespace Autograd;

/// <summary>Finds the user's line for errors of anomaly mode.</summary>
static class CallSite
{
    /// <summary>The innermost frame outside this library: <c>Train.cs:41 in Step</c>; the method alone where no symbols are at hand.</summary>
    public static string OfUser()
    {
        foreach (StackFrame frame in new StackTrace(fNeedFileInfo: true).GetFrames())
        {
            DiagnosticMethodInfo? method = DiagnosticMethodInfo.Create(frame);
            if (method?.DeclaringAssemblyName is not { } assembly || IsLibrary(assembly)) continue;
            return frame.GetFileName() is { } file
                ? $"{Path.GetFileName(file)}:{frame.GetFileLineNumber()} in {method.Name}"
                : $"{method.DeclaringTypeName}.{method.Name}";
        }
        return "an unknown line";
    }

    static bool IsLibrary(string assembly) =>
        assembly.StartsWith("Autograd.Engine,", StringComparison.Ordinal) ||
        assembly.StartsWith("Autograd.Ops,", StringComparison.Ordinal) ||
        assembly.StartsWith("Autograd.Nn,", StringComparison.Ordinal);
}
