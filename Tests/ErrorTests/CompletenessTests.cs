using Autograd.Tests.Support;

namespace Autograd.Tests.ErrorTests;

/// <summary>The tables of errors leave out no op.</summary>
public sealed class CompletenessTests
{
    /// <summary>What takes every tensor.</summary>
    static readonly string[] NeverFails = ["Cast"];

    [Test]
    public void EveryPublicOp_HasRows()
    {
        string rows = string.Concat(Repository.Files("*ErrorTests.cs", "Tests/ErrorTests").Select(Repository.Read));
        Assert.That(PublicOps.Names.Except(NeverFails).Where(name => !rows.Contains(Call(name), StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void WhatNeverFails_DoesNot()
    {
        foreach (DType from in Enum.GetValues<DType>())
        {
            foreach (DType to in Enum.GetValues<DType>()) Assert.That(Tensor.Ones([2, 0], from).Cast(to).DType, Is.EqualTo(to));
        }
    }

    static string Call(string name) => name.StartsWith("operator ", StringComparison.Ordinal) ? $") {name[9..]} "
        : name == "T" ? ".T," : name.Contains('.') ? $"{name}(" : $".{name}(";
}
