using System.Reflection;
using Autograd.Tests.Support;

namespace Autograd.Tests;

/// <summary>The public surface is reviewed as text: a change of it changes PublicApi.verified.txt in the same commit.</summary>
public sealed class PublicApiTests
{
    static readonly Assembly[] Layers = [typeof(Tensor).Assembly, typeof(TensorOps).Assembly, Assembly.Load("Autograd.Nn"), Assembly.Load("Autograd.NUnit")];

    [Test]
    public void PublicApi_IsTheReviewedOne() => Verifier.Verify(string.Join('\n', Layers.Select(PublicApi.Of)), "PublicApi");
}
