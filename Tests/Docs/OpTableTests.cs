using System.Text.RegularExpressions;
using Autograd.Tests.Support;

namespace Autograd.Tests.Docs;

public sealed partial class OpTableTests
{
    [Test]
    public void Table_IsThatOfTheCode() => Generated.IsUpToDate("docs/ops.md", OpTable.Text());

    /// <summary>A row without a derivation would say nothing: put "// y = …   ⇒   dx = …" above the class.</summary>
    [Test]
    public void EveryOp_SaysItsDerivative() => Assert.That(OpTable.Text().Split('\n').Where(row => EmptyRow().IsMatch(row)), Is.Empty);

    /// <summary>A number that stands for an attribute was computed with in a way that is not told: put "// y = …   ⇒   dx = …" above the formula.</summary>
    [Test]
    public void NoRow_ShowsTheNumberOfAnAttribute() => Assert.That(OpTable.Text().Split('\n').Where(row => row.Contains("234.5", StringComparison.Ordinal)), Is.Empty);

    [Test]
    public void Tanh_IsThere() =>
        Assert.That(OpTable.Text(), Does.Contain("| [Tanh](../Ops/Elementwise/Tanh.cs) | `Tanh` | `y = tanh(x); ∂y/∂x = (1 + y)·(1 − y)` | y |\n"));

    [GeneratedRegex(@"^\| \[.*\|  \| [^|]*\|$")]
    private static partial Regex EmptyRow();
}
