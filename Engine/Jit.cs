using System.Runtime.CompilerServices;

namespace Autograd;

/// <summary>How methods are to be compiled.</summary>
static class Jit
{
    /// <summary>
    /// A loop over numbers: compiled fully when it is first called, and by itself. What calls it is compiled anew once the runtime has seen what is hot; taken into
    /// that, a loop whose vectors fill the registers has to share them, and spills.
    /// </summary>
    public const MethodImplOptions Loop = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;
}
