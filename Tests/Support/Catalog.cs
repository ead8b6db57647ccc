using System.Reflection;

namespace Autograd.Tests.Support;

/// <summary>Every op of the Ops assembly, found by reflection: a type that is an op or a formula and gives samples.</summary>
static class Catalog
{
    static readonly Type[] Types = typeof(TensorOps).Assembly.GetTypes();

    /// <summary>Ops without a derivative to check: their results are masks or indices.</summary>
    static readonly HashSet<string> NotDifferentiable = ["CompareOp", "ArgMaxOp", "ArgMinOp", "ArgOp"];

    public static IEnumerable<Type> Ops => Types.Where(t => !t.IsAbstract && !t.IsInterface && !t.IsGenericType && (typeof(Op).IsAssignableFrom(t) || IsFormula(t)));

    public static IEnumerable<Type> WithoutSamples => Ops.Where(t => !typeof(ISampled).IsAssignableFrom(t) && !NotDifferentiable.Contains(t.Name));

    /// <summary>One test case a sample, named Op #number.</summary>
    public static IEnumerable<TestCaseData> Samples =>
        from type in Types
        where typeof(ISampled).IsAssignableFrom(type) && !type.IsInterface
        from entry in SamplesOf(type).Select((sample, index) => (Sample: sample, Index: index))
        select new TestCaseData(new CatalogEntry(type, entry.Sample)).SetArgDisplayNames($"{Name(type)} #{entry.Index}");

    public static bool IsFormula(Type type) => typeof(IUnaryOp).IsAssignableFrom(type) || typeof(IBinaryOp).IsAssignableFrom(type);

    public static string Name(Type type) => type.Name.EndsWith("Op", StringComparison.Ordinal) ? type.Name[..^2] : type.Name;

    public static IEnumerable<Sample> SamplesOf(Type type) =>
        (IEnumerable<Sample>)type.GetProperty(nameof(ISampled.Samples), BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
}

/// <summary>One sample of one op, with its inputs drawn from a fixed seed.</summary>
sealed record CatalogEntry(Type Type, Sample Sample)
{
    public Tensor[] Inputs(DType dtype = DType.Float64)
    {
        Generator generator = new(7);
        // Drawn as multiples of 2⁻²⁰, so that float32 and float64 hold the same numbers.
        return [.. Sample.Inputs.Select(i => Tensor.From(Draw(i, generator), i.Shape).Cast(dtype))];
    }

    public Tensor[] Leaves(DType dtype = DType.Float64)
    {
        Tensor[] inputs = Inputs(dtype);
        foreach (Tensor input in inputs) input.RequiresGrad = true;
        return inputs;
    }

    static double[] Draw(SampleInput input, Generator generator)
    {
        double[] values = new double[input.Shape.ElementCount];
        for (int i = 0; i < values.Length; i++)
            values[i] = Math.Round((input.Low + ((input.High - input.Low) * generator.NextDouble())) * (1 << 20)) / (1 << 20);
        return values;
    }
}
