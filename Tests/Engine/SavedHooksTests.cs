using Autograd.Tests.Support;

namespace Autograd.Tests.Engine;

[Parallelizable(ParallelScope.All)]
public sealed class SavedHooksTests
{
    [Test]
    public void Hooks_HoldWhatDerivativesRead()
    {
        Tensor x = Make.Leaf(0.5, -1);
        List<Tensor> packed = [];
        int unpacked = 0;
        Tensor y;
        using (Tape.SavedTensorHooks(Pack, Unpack)) y = (x.Tanh() + 1).Exp();
        Tensor z = y * y;
        Assert.That(packed, Has.Count.EqualTo(2), "the results of tanh and exp");
        Assert.That(packed.TrueForAll(t => !t.RequiresGrad));
        Make.Total(z).Backward();
        Assert.That(unpacked, Is.EqualTo(2));
        for (int i = 0; i < 2; i++)
        {
            double t = Math.Tanh(x[i]);
            Assert.That(x.Grad![i], Is.EqualTo(2 * Math.Exp(2 * (t + 1)) * (1 - (t * t))).Within(1e-13));
        }
        Fails.With<GraphException>(
            () => Make.Total(z).Backward(),
            "Backward: the graph was used by an earlier backward, which freed the saved values (Multiply). Pass retainGraph: true to the earlier backward to run it again.");

        int Pack(Tensor value)
        {
            Assert.That(Tape.IsRecording, Is.False);
            packed.Add(value.Clone());
            return packed.Count - 1;
        }

        Tensor Unpack(int index)
        {
            unpacked++;
            return packed[index];
        }
    }

    [Test]
    public void Hooks_ThatRoundWhatTheyHold_ChangeTheGradientOnly_ToSecondOrder()
    {
        Tensor x = Make.Leaf(1.0 / 3, 2);
        Tensor y;
        using (Tape.SavedTensorHooks(t => t.Cast(DType.Float32), t => t.Cast(DType.Float64))) y = x * x * x;
        Tensor dx = Tape.Gradients(Make.Total(y), [x], createGraph: true)[0]!;
        Tensor second = Tape.Gradients(Make.Total(dx), [x])[0]!;
        Assert.That(y[0], Is.EqualTo(1.0 / 27).Within(1e-16));
        Assert.That(dx[0], Is.EqualTo(1.0 / 3).Within(1e-7).And.Not.EqualTo(1.0 / 3).Within(1e-12));
        Assert.That(second[0], Is.EqualTo(2).Within(1e-6));
        Assert.That(second[1], Is.EqualTo(12));
    }

    [Test]
    public void TheInnermostHooks_Count_UntilDisposed()
    {
        Tensor x = Make.Leaf(0.5, -1);
        int outer = 0, inner = 0;
        using (Tape.SavedTensorHooks(t => Count(t, ref outer), t => t))
        {
            using (Tape.SavedTensorHooks(t => Count(t, ref inner), t => t)) x.Tanh();
            x.Exp();
        }
        x.Exp();
        Assert.That((outer, inner), Is.EqualTo((1, 1)));

        static Tensor Count(Tensor value, ref int counter)
        {
            counter++;
            return value;
        }
    }

    [Test]
    public void Unpack_OfAnotherShape_IsAnError()
    {
        Tensor x = Make.Leaf(0.5, -1);
        Tensor y;
        using (Tape.SavedTensorHooks(_ => 0, _ => Tensor.Zeros([3]))) y = Make.Total(x.Tanh());
        Fails.With<GraphException>(
            () => y.Backward(),
            "SavedTensorHooks: unpack must give back the result of Tanh in its shape and type, but it gave Float32 [3] and not Float64 [2]. Undo in unpack all that pack does, casts and reshapes too.");
        Assert.That(x.Grad, Is.Null);
    }
}
