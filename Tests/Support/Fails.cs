using System.Runtime.CompilerServices;

namespace Autograd.Tests.Support;

/// <summary>Asserts errors by their whole text.</summary>
static class Fails
{
    public static void With<T>(Action code, string message) where T : Exception =>
        Assert.That(() => code(), Throws.TypeOf<T>().With.Message.EqualTo(message));

    /// <summary>The line of the call, to be compared with the lines that errors name.</summary>
    public static int Line([CallerLineNumber] int line = 0) => line;
}
