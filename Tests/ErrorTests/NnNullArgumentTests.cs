using System.Reflection;
using System.Runtime.CompilerServices;
using Autograd.Nn;
using Autograd.Nn.Data;
using Autograd.Tests.Support;
using static Autograd.Tests.ErrorTests.ErrorRows;

namespace Autograd.Tests.ErrorTests;

/// <summary>Null for any argument of Nn that must be given is an error that names it, whatever else is passed.</summary>
public sealed class NnNullArgumentTests
{
    /// <summary>Plausible arguments; of other types the shortest constructor is taken.</summary>
    static readonly Dictionary<Type, Func<object>> Made = new()
    {
        [typeof(Tensor)] = () => S(2, 2),
        [typeof(Shape)] = () => Shape.Create([2, 2]),
        [typeof(string)] = () => "name",
        [typeof(int)] = () => 2,
        [typeof(long)] = () => 2L,
        [typeof(double)] = () => 0.5,
        [typeof(bool)] = () => false,
        [typeof(ulong)] = () => 1ul,
        [typeof(int[])] = () => new[] { 2 },
        [typeof(Size2)] = () => new Size2(2, 2),
        [typeof(Generator)] = () => new Generator(1),
        [typeof(ModuleBase)] = () => new Linear(2, 2),
        [typeof(Autograd.Nn.Module)] = () => new Linear(2, 2),
        [typeof(Sequential)] = () => new Sequential(new Linear(2, 2)),
        [typeof(Branches)] = () => new Branches(1, new Linear(2, 2)),
        [typeof(TransformerEncoder)] = () => new TransformerEncoder(1, () => new(2, 1, 2)),
        [typeof(TransformerDecoder)] = () => new TransformerDecoder(1, () => new(2, 1, 2)),
        [typeof(Optimizer)] = () => new Sgd(Leaves, 0.1),
        [typeof(Schedule)] = () => Schedule.Constant(),
        [typeof(Transform)] = () => Transform.RandomFlip(),
        [typeof(Dataset)] = () => new Dataset(S(3, 2), I(0, 1, 1)),
        [typeof(Batches)] = () => Batches.Of(new Dataset(S(3, 2), I(0, 1, 1)), 2),
        [typeof(Vocabulary)] = () => Vocabulary.Characters("name"),
        [typeof(Sampler)] = () => Sampler.Weighted([1, 1], 2, new(1)),
        [typeof(CsvTable)] = () => Csv.Read(new MemoryStream("1,2"u8.ToArray())),
        [typeof(Stream)] = () => new MemoryStream("1,2"u8.ToArray()),
        [typeof(LabelledImages)] = () => new LabelledImages([0], [0], 1, 1),
        [typeof(IEnumerable<Tensor>)] = () => Leaves,
        [typeof(IEnumerable<ParameterGroup>)] = () => new[] { new ParameterGroup(Leaves) },
        [typeof(IEnumerable<Generator>)] = () => new Generator[] { new(1) },
        [typeof(IReadOnlyList<Tensor>)] = () => new[] { S(2) },
        [typeof(IReadOnlyDictionary<string, Tensor>)] = () => new Dictionary<string, Tensor>(),
        [typeof(IEnumerable<KeyValuePair<string, Tensor>>)] = () => new Dictionary<string, Tensor>(),
        [typeof(Func<Tensor, Tensor>)] = () => (Func<Tensor, Tensor>)(x => x),
        [typeof(Func<Tensor, Tensor, Tensor>)] = () => (Func<Tensor, Tensor, Tensor>)((x, _) => x),
        [typeof(Func<long, double, double>)] = () => (Func<long, double, double>)((_, rate) => rate),
        [typeof(SampleOrder)] = () => (SampleOrder)((_, _) => { }),
    };

    static Tensor[] Leaves => [G(2)];

    /// <summary>Results: they hold what they are made of, and look at none of it.</summary>
    static readonly Type[] Records = [typeof(ModuleSummaryRow), typeof(Evaluation), typeof(EpochResult), typeof(TrainingProgress), typeof(TrainingResult), typeof(Batch)];

    static IEnumerable<TestCaseData> Calls() =>
        from type in typeof(ModuleBase).Assembly.ExportedTypes
        where !Records.Contains(type) && !type.IsEnum && !type.IsInterface && !type.IsGenericTypeDefinition
            && !new[] { typeof(Exception), typeof(Attribute), typeof(Delegate) }.Any(type.IsAssignableTo)
        from method in Methods(type)
        from parameter in method.GetParameters()
        where MustBeGiven(parameter) && !method.GetParameters().Any(other => other.ParameterType.IsByRefLike)
        // What is inherited is called once; but each module has a Forward of its own.
        group (type, method, parameter) by (method.Name == "Forward" ? type : method.DeclaringType, method.ToString(), parameter.Position) into same
        let first = same.First()
        select new TestCaseData(first.type, first.method, first.parameter).SetArgDisplayNames($"{first.type.Name}.{first.method}: {first.parameter.Name}");

    static IEnumerable<MethodBase> Methods(Type type)
    {
        const BindingFlags Public = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static;
        IEnumerable<MethodBase> constructors = type.IsAbstract ? [] : type.GetConstructors(), methods = type.IsAbstract && !type.IsSealed ? [] : type.GetMethods(Public);
        return constructors.Concat(methods).Where(method =>
            method.DeclaringType != typeof(object) && !method.ContainsGenericParameters && !method.IsDefined(typeof(CompilerGeneratedAttribute))
            && !method.Name.StartsWith("set_", StringComparison.Ordinal));
    }

    static bool MustBeGiven(ParameterInfo parameter) =>
        !parameter.ParameterType.IsValueType && !parameter.IsOut && new NullabilityInfoContext().Create(parameter).WriteState != NullabilityState.Nullable;

    static object Make(Type type)
    {
        if (Made.TryGetValue(type, out Func<object>? made)) return made();
        if (type.IsValueType) return Activator.CreateInstance(type)!;
        ConstructorInfo shortest = type.GetConstructors().MinBy(constructor => constructor.GetParameters().Length)
            ?? throw new InvalidOperationException($"Say in the table how a {type} is made.");
        return shortest.Invoke([.. shortest.GetParameters().Select(Argument)]);
    }

    static object? Argument(ParameterInfo parameter) =>
        parameter.HasDefaultValue ? parameter.DefaultValue : parameter.IsOut ? null : Make(parameter.ParameterType);

    [TestCaseSource(nameof(Calls))]
    public void NullArgument_IsAnErrorThatNamesIt(Type type, MethodBase method, ParameterInfo parameter)
    {
        object?[] arguments = [.. method.GetParameters().Select(other => other.Position == parameter.Position ? null : Argument(other))];
        object? instance = method.IsStatic || method is ConstructorInfo ? null : Make(type);
        Exception? error = Assert.Throws<TargetInvocationException>(() => Call()).InnerException;
        Assert.That(error, Is.TypeOf<ArgumentNullException>());
        Assert.That(Hints.Fault(error!), Is.Null, error!.Message);

        object? Call() => method is ConstructorInfo constructor ? constructor.Invoke(arguments) : method.Invoke(instance, arguments);
    }
}
