using System.Reflection;
using System.Text.RegularExpressions;
using Autograd.Tests.Support;

namespace Autograd.Tests;

/// <summary>Engine ← Ops ← Nn, and kernels that know no tensors.</summary>
[Parallelizable(ParallelScope.All)]
public sealed partial class LayerTests
{
    static readonly Assembly Engine = typeof(Tensor).Assembly, Ops = typeof(TensorOps).Assembly, Nn = Assembly.Load("Autograd.Nn");

    static IEnumerable<string> Layers(Assembly assembly) =>
        assembly.GetReferencedAssemblies().Select(a => a.Name!).Where(n => n.StartsWith("Autograd", StringComparison.Ordinal));

    [Test]
    public void Engine_KnowsNoOtherLayer() => Assert.That(Layers(Engine), Is.Empty);

    [Test]
    public void Ops_KnowsEngineAlone() => Assert.That(Layers(Ops), Is.SubsetOf(new[] { "Autograd.Engine" }));

    [Test]
    public void Nn_KnowsEngineAndOpsAlone() => Assert.That(Layers(Nn), Is.SubsetOf(new[] { "Autograd.Engine", "Autograd.Ops" }));

    [Test]
    public void NUnit_KnowsEngineAndOpsAlone() => Assert.That(Layers(Assembly.Load("Autograd.NUnit")), Is.SubsetOf(new[] { "Autograd.Engine", "Autograd.Ops" }));

    [Test]
    public void Ops_SeesOfEngineWhatEveryUserSees() =>
        Assert.That(
            Engine.GetCustomAttributesData().Where(a => a.AttributeType.Name == "InternalsVisibleToAttribute").Select(a => (string)a.ConstructorArguments[0].Value!),
            Is.EquivalentTo(new[] { "Autograd.Tests", "Autograd.Bench" }));

    [Test]
    public void Kernels_NeverNameATensor()
    {
        string[] files = Directory.GetFiles(Path.Combine(Repository.Root, "Ops", "Kernels"), "*.cs", SearchOption.AllDirectories);
        Assert.That(files, Is.Not.Empty);
        Assert.That(files.Where(f => TensorName().IsMatch(Code(File.ReadAllText(f)))).Select(Path.GetFileName), Is.Empty);
    }

    /// <summary>Source without comments, texts and the platform namespace System.Numerics.Tensors.</summary>
    static string Code(string source) => NotCode().Replace(source, " ");

    [GeneratedRegex("//[^\n]*|/\\*.*?\\*/|\"(\\\\.|[^\"\\\\\n])*\"", RegexOptions.Singleline)]
    private static partial Regex NotCode();

    [GeneratedRegex(@"\bTensor\b")]
    private static partial Regex TensorName();
}
