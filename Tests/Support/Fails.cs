using System.Runtime.CompilerServices;

namespace Autograd.Tests.Support;

/// <summary>Asserts errors by their whole text, which ends with a hint.</summary>
static class Fails
{
    public static void With<T>(Action code, string message) where T : Exception
    {
        Exception? error = Assert.Throws(Is.TypeOf<T>(), () => code());
        Assert.That(error!.Message, Is.EqualTo(message));
        Assert.That(Hints.Fault(error), Is.Null);
    }

    /// <summary>The line of the call, to be compared with the lines that errors name.</summary>
    public static int Line([CallerLineNumber] int line = 0) => line;
}
