using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Autograd.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace Autograd.Tests.Properties;

/// <summary>
/// Laws of random programs. AUTOGRAD_PROGRAMS=n runs n programs from a new random start; AUTOGRAD_PROGRAM=seed runs one again.
/// </summary>
[Parallelizable(ParallelScope.All)]
public sealed class ProgramTests
{
    const int DefaultCount = 2000;

    static readonly string? Replayed = Environment.GetEnvironmentVariable("AUTOGRAD_PROGRAM");
    static readonly string? Wanted = Environment.GetEnvironmentVariable("AUTOGRAD_PROGRAMS");

    static readonly ConcurrentDictionary<int, RandomProgram> Programs = [];

    [Test]
    public void Vjp_AgreesWithDifferences_AlongARandomDirection()
    {
        int unclear = 0, all = 0;
        Holds(p =>
        {
            Interlocked.Increment(ref all);
            return DifferenceFault(p, () => Interlocked.Increment(ref unclear));
        });
        Assert.That(unclear, Is.LessThanOrEqualTo(all / 50), "programs that differences cannot judge");
    }

    [Test]
    public void Jvp_AgreesWithVjp() => Holds(p =>
    {
        Tensor[] x = p.Leaves(Leaf), v = Directions(x);
        double backward = Along(Gradients(p, x), v);
        using DualLevel level = DualMode.Enter();
        Tensor[] moving = new Tensor[x.Length];
        for (int i = 0; i < x.Length; i++) moving[i] = level.With(x[i].Detach(), v[i]);
        double forward = level.TangentOf(p.Run(moving))?.Item() ?? 0;
        return Near(forward, backward) ? null : Text($"The derivative by backward is {backward:R}, by forward mode {forward:R}.");
    });

    [Test]
    public void ViewsAndCopies_GiveTheSame() => Holds(p =>
    {
        Tensor[] x = p.Leaves(Leaf);
        Tensor y = p.Run(x);
        Tensor?[] plain = Gradients(p, x);
        foreach ((Tensor[] leaves, Func<Tensor, Tensor>? between, string what) in (ReadOnlySpan<(Tensor[], Func<Tensor, Tensor>?, string)>)
        [
            (p.Leaves(StridedLeaf), null, "with strided leaves"), (x, new CopyOp(Storing.Dense).Of, "with every value copied"),
            (p.Leaves(StridedLeaf), new CopyOp(Storing.Reversed).Of, "with every value strided"),
        ])
        {
            Tensor z = p.Run(leaves, between);
            if (!Near(z.Item(), y.Item())) return Text($"The value is {y.Item():R}, {what} {z.Item():R}.");
            if (Differing(Tape.Gradients(z, leaves, allowUnused: true), plain, what) is { } fault) return fault;
        }
        return null;
    });

    [Test]
    public void ARetainedGraph_TwiceGivesTwiceTheGradient() => Holds(p =>
    {
        Tensor[] x = p.Leaves(Leaf);
        Tensor?[] once = Gradients(p, x);
        Tensor y = p.Run(x);
        y.Backward(retainGraph: true);
        y.Backward();
        return Differing([.. x.Select(t => t.Grad)], [.. once.Select(g => g is null ? null : g * 2)], "after two backwards, halved or not,");
    });

    [Test]
    public void Checkpointed_GivesTheSameBits() => Holds(p =>
    {
        Tensor[] x = p.Leaves(Leaf);
        Tensor y = p.Run(x), z = Checkpoint.Run(t => p.Run(t), x);
        if (!z.Item().Equals(y.Item())) return Text($"The value is {y.Item():R}, checkpointed {z.Item():R}.");
        Tensor?[] plain = Tape.Gradients(y, x, allowUnused: true), checkpointed = Tape.Gradients(z, x, allowUnused: true);
        for (int i = 0; i < x.Length; i++)
        {
            // A checkpoint is one op of all its inputs: what it does not use has a gradient of zeros.
            if (checkpointed[i] is { } dx && !dx.ToArray<double>().SequenceEqual(plain[i]?.ToArray<double>() ?? new double[x[i].Count]))
                return Text($"The gradient of leaf {i} has other bits when it is checkpointed.");
        }
        return null;
    });

    [Test]
    public void ARecordedBackward_EqualsAnUnrecordedOne() => Holds(p =>
    {
        Tensor[] x = p.Leaves(Leaf);
        return Differing(Tape.Gradients(p.Run(x), x, createGraph: true, allowUnused: true), Gradients(p, x), "by a recorded backward");
    });

    [Test]
    public void InAScope_BackwardGivesTheSameBits_AndRepeats() => Holds(p =>
    {
        Tensor[] x = p.Leaves(Leaf);
        p.Run(x).Backward();
        double[]?[] outside = [.. x.Select(t => t.Grad?.ToArray<double>())];
        for (int repeat = 0; repeat < 2; repeat++)
        {
            using TapeScope scope = Tape.Scope();
            foreach (Tensor t in x) t.ZeroGrad();
            p.Run(x).Backward();
            for (int i = 0; i < x.Length; i++)
            {
                if (x[i].Grad is { } dx && !dx.ToArray<double>().SequenceEqual(outside[i]!)) return Text($"The gradient of leaf {i} has other bits in a scope.");
            }
        }
        return null;
    });

    [Test]
    public void AGradientsGradient_AgreesWithDifferences() => Holds(p =>
    {
        Tensor[] x = p.Leaves(Leaf), v = Directions(x), u = Directions(x, 5);
        double analytic = Along(Gradients(GradientAlong(p, x, v), x), u);
        double Difference(double h) => (GradientAlong(p, Moved(x, u, h), v).Item() - GradientAlong(p, Moved(x, u, -h), v).Item()) / (2 * h);
        double coarse = Difference(1e-5), fine = Difference(1e-6), tolerance = 1e-5 * Math.Max(1, Math.Abs(fine));
        return Math.Abs(analytic - fine) <= tolerance || Math.Abs(analytic - coarse) <= tolerance || Math.Abs(coarse - fine) > tolerance
            ? null : Text($"The second derivative by backward is {analytic:R}, by differences {coarse:R} and {fine:R}.");
    });

    [Test]
    public void AProgram_IsPrintedAsCSharp()
    {
        Tensor a = Tensor.From([0.5, -2], [2, 1]), b = Tensor.Scalar(3, DType.Float64);
        RandomProgram program = new(7,
        [
            Line.Leaf(a), Line.Leaf(b), new([0], t => t[0].Sum([0], true), "{0}.Sum([0], true)", a.Sum([0], true)), new([2, 2], t => t[0] * t[1], "{0} * {1}", a.Sum([0], true).Square()),
        ]);
        Assert.That(program.ToString(), Is.EqualTo(
            """
            Tensor v0 = Tensor.From([0.5, -2.0], [2, 1]);
            Tensor v1 = Tensor.From([3.0], []);
            Tensor v2 = v0.Sum([0], true);   // [1, 1]
            Tensor v3 = v2 * v2;   // [1, 1]
            Tensor loss = Weighted(v1) + Weighted(v3);
            static Tensor Weighted(Tensor y) => (y * Tensor.Uniform(y.Shape, new Generator(1), 0.5, 1.5, DType.Float64)).Sum();

            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public void AWrongDerivative_IsFound_AndShrunkToItsCall()
    {
        if (Replayed is not null) Assert.Ignore("This test writes programs of its own.");
        StubOp wrong = new("Wrong", t => t[0].Sin(), (_, dy, v) => dy * v.A.Cos() * 1.001, Saved.A);
        Move[] moves = [.. Moves.All, ProgramWriter.One(x => wrong.Apply(x))];
        (RandomProgram? smallest, string? fault) = Smallest(p => DifferenceFault(p), DefaultCount, moves);
        Assert.That(fault, Does.StartWith("The derivative by backward is "));
        Assert.That(smallest!.Lines.Select(l => l.Text), Is.EqualTo(new[] { "", "wrong.Apply({0})" }), smallest.ToString());
    }

    [Test]
    public void Programs_AreOfAllSizes_AndUseEveryMove()
    {
        RandomProgram[] programs = [.. Enumerable.Range(1, 500).Select(i => ProgramWriter.Write((ulong)i, Moves.All))];
        int[] counts = [.. programs.Select(p => p.CallCount)];
        Assert.That((counts.Min(), counts.Max()), Is.EqualTo((5, 40)));
        int texts = programs.SelectMany(p => p.Lines).Select(l => l.Text).Where(t => t.Length > 0).Distinct().Count();
        Assert.That(texts, Is.GreaterThan(Moves.All.Length));
        // Values that are read more than once, on average.
        Assert.That(programs.Average(p => p.Lines.SelectMany(l => l.Operands).CountBy(o => o).Count(read => read.Value > 1)), Is.GreaterThan(2));
    }

    // ---- Running a law over programs.

    static void Holds(Func<RandomProgram, string?> law)
    {
        Stopwatch watch = Stopwatch.StartNew();
        int count = Replayed is not null ? 1 : Wanted is null ? DefaultCount : int.Parse(Wanted, CultureInfo.InvariantCulture);
        (RandomProgram? smallest, string? fault) = Smallest(law, count, Moves.All);
        TestContext.Out.WriteLine(Text($"{count} programs in {watch.Elapsed.TotalSeconds:F2} s"));
        if (smallest is null) return;
        Assert.Fail($"{fault}\nOf the program with seed {smallest.Seed} (AUTOGRAD_PROGRAM={smallest.Seed} runs it again), what is left is\n\n{smallest}");
    }

    /// <summary>What is left, after shrinking, of the first program that does not obey a law; null if all do.</summary>
    static (RandomProgram? Program, string? Fault) Smallest(Func<RandomProgram, string?> law, int count, Move[] moves)
    {
        RandomProgram? smallest = null;
        string? fault = null;
        bool Check(RandomProgram program)
        {
            string? found = Try(law, program);
            // While it shrinks, the last that fails is the smallest.
            if (found is not null) (smallest, fault) = (program, found);
            return found is null;
        }
        Gen<int> seeds = Replayed is null ? Gen.Choose(0, int.MaxValue) : Gen.Constant(int.Parse(Replayed, CultureInfo.InvariantCulture));
        Arbitrary<RandomProgram> programs = Arb.From(seeds.Select(seed => Written(seed, moves)), p => p.Shrunk());
        Config config = Config.QuickThrowOnFailure.WithMaxTest(count).WithQuietOnSuccess(true);
        // The same programs in every run, unless more are asked for.
        if (Wanted is null) config = config.WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(2024, 1), FSharpOption<int>.None)));
        try
        {
            FsCheck.Check.One(config, Prop.ForAll(programs, Check));
        }
        catch (Exception) when (smallest is not null)
        {
            // Reported by the caller, as C#.
        }
        return (smallest, fault);
    }

    /// <summary>The laws run over the same programs, which are written once.</summary>
    static RandomProgram Written(int seed, Move[] moves) => moves == Moves.All && Wanted is null
        ? Programs.GetOrAdd(seed, s => ProgramWriter.Write((ulong)s, Moves.All))
        : ProgramWriter.Write((ulong)seed, moves);

    static string? Try(Func<RandomProgram, string?> law, RandomProgram program)
    {
        try
        {
            return law(program);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return e.ToString();
        }
    }

    // ---- Derivatives of programs.

    static string? DifferenceFault(RandomProgram p, Action? cannotTell = null)
    {
        Tensor[] x = p.Leaves(Leaf), v = Directions(x);
        double analytic = Along(Gradients(p, x), v);
        double coarse = Slope(p, x, v, 1e-5), fine = Slope(p, x, v, 1e-6), tolerance = 2e-6 * Math.Max(1, Math.Abs(fine));
        if (Math.Abs(analytic - fine) <= tolerance || Math.Abs(analytic - coarse) <= tolerance) return null;
        if (Math.Abs(coarse - fine) <= tolerance) return Text($"The derivative by backward is {analytic:R}, by differences {coarse:R} and {fine:R}.");
        // Where two steps disagree, the program is too steep or too curved there for differences to tell.
        cannotTell?.Invoke();
        return null;
    }

    static Tensor Leaf(Tensor value)
    {
        Tensor x = value.Clone();
        x.RequiresGrad = true;
        return x;
    }

    static Tensor StridedLeaf(Tensor value)
    {
        Tensor x = Storing.Reversed(value);
        x.RequiresGrad = true;
        return x;
    }

    static Tensor?[] Gradients(RandomProgram p, Tensor[] x) => Tape.Gradients(p.Run(x), x, allowUnused: true);

    static Tensor?[] Gradients(Tensor y, Tensor[] x) => y.Node is null ? new Tensor?[x.Length] : Tape.Gradients(y, x, allowUnused: true);

    /// <summary>⟨∇f, v⟩, recorded.</summary>
    static Tensor GradientAlong(RandomProgram p, Tensor[] x, Tensor[] v)
    {
        Tensor?[] gradients = Tape.Gradients(p.Run(x), x, createGraph: true, allowUnused: true);
        Tensor sum = Tensor.Scalar(0, DType.Float64);
        for (int i = 0; i < x.Length; i++)
        {
            if (gradients[i] is { } dx) sum += (dx * v[i]).Sum();
        }
        return sum;
    }

    static Tensor[] Directions(Tensor[] x, ulong seed = 3)
    {
        Generator generator = new(seed);
        return [.. x.Select(t => Tensor.Uniform(t.Shape, generator, -1, 1, DType.Float64))];
    }

    static Tensor[] Moved(Tensor[] x, Tensor[] v, double h) => [.. x.Zip(v, (t, d) => Leaf(t.Detach() + (d * h)))];

    static double Slope(RandomProgram p, Tensor[] x, Tensor[] v, double h)
    {
        using RecordingSwitch off = Tape.NoGrad();
        return (p.Run(Moved(x, v, h)).Item() - p.Run(Moved(x, v, -h)).Item()) / (2 * h);
    }

    static double Along(Tensor?[] gradients, Tensor[] v) => gradients.Zip(v, (g, d) => g is null ? 0 : Close.Inner(g, d)).Sum();

    static bool Near(double a, double b, double scale = 1) => Math.Abs(a - b) <= 1e-10 * Math.Max(scale, Math.Abs(b));

    static string? Differing(Tensor?[] actual, Tensor?[] expected, string what)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            if (expected[i] is null && actual[i] is null) continue;
            if (expected[i] is null || actual[i] is null) return $"Leaf {i} has a gradient {what}, and none otherwise, or the other way round.";
            double[] a = Close.Numbers(actual[i]!), b = Close.Numbers(expected[i]!);
            double scale = Math.Max(1, b.Max(Math.Abs));
            int wrong = -1;
            for (int j = 0; j < a.Length && wrong < 0; j++) wrong = Near(a[j], b[j], scale) ? -1 : j;
            if (wrong >= 0) return Text($"The gradient of element {wrong} of leaf {i} {what} is {a[wrong]:R}, not {b[wrong]:R}.");
        }
        return null;
    }

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
