using Autograd.Tests.Support;

namespace Autograd.Tests.ErrorTests;

/// <summary>The law of hints tells texts with a hint from texts without.</summary>
public sealed class HintsTests
{
    static readonly Exception[] Bad =
    [
        new ShapeException("Sum: axis must be in [0, 1], but it is 2.", ""), new ShapeException("Sum: axis must be in [0, 1], but it is 2.", "No"),
        new ShapeException("Sum: axis must be in [0, 1], but it is 2.", "Pass the last axis"), new ShapeException("Sum: axis must be in [0, 1]", "Pass the last axis."),
        new ArgumentException("Sum: axis must be in [0, 1], but it is 2."), new ArgumentException("Sum: axis must be in [0, 1], but it is 2.", "axis"),
        new ArgumentOutOfRangeException("axis", 2, "Sum: axis must be in [0, 1], but it is 2."), new NotSupportedException("Sum: axis must be 1. Pass 1 to it."),
    ];

    static readonly Exception[] Good =
    [
        new ShapeException("Sum: axis must be in [0, 1], but it is 2.", "Pass the last axis."), new GraphException("Sum:\n  two lines.", "Did you mean 1?"),
        new ArgumentException("Sum: axis must be in [0, 1], but it is 2. Pass the last axis.", "axis"),
        new ArgumentOutOfRangeException("axis", 2, "Sum: axis must be in [0, 1], but it is 2. Did you mean 1?"),
    ];

    [TestCaseSource(nameof(Bad))]
    public void ATextWithoutAHint_IsFound(Exception error) => Assert.That(Hints.Fault(error), Is.Not.Null);

    [TestCaseSource(nameof(Good))]
    public void ATextWithAHint_Passes(Exception error) => Assert.That(Hints.Fault(error), Is.Null);
}
