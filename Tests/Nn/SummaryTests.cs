using Autograd.Nn;
using Autograd.Tests.Support;

namespace Autograd.Tests.Nn;

public sealed class SummaryTests
{
    static Sequential LeNet5() => new(
        new Conv2d(1, 6, 5, padding: 2), new Tanh(), new AvgPool2d(2),
        new Conv2d(6, 16, 5), new Tanh(), new AvgPool2d(2), new Flatten(),
        new Linear(400, 120), new Tanh(), new Linear(120, 84), new Tanh(), new Linear(84, 10));

    sealed class Tagger : Module
    {
        readonly Embedding _words = new(100, 8);
        readonly Lstm _lstm = new(8, 16, layers: 2, bidirectional: true, batchFirst: true, dropout: 0.1);
        readonly Linear _tags = new(32, 5);

        protected override Tensor Compute(Tensor x) => _tags.Forward(_lstm.Forward(_words.Forward(x)));
    }

    [Test]
    public void Summary_of_LeNet5()
    {
        ModuleSummary summary = LeNet5().Summarize([1, 1, 28, 28]);
        // Products of the five layers with weights: outputs times what each is the sum of.
        Assert.That(summary.Flops, Is.EqualTo(2 * ((28 * 28 * 6 * 25) + (10 * 10 * 16 * 150) + (120 * 400) + (84 * 120) + (10 * 84))));
        Assert.That(summary.Parameters, Is.EqualTo(61_706));
        Verifier.Verify(summary.ToString());
    }

    [Test]
    public void Summary_of_a_recurrent_net()
    {
        ModuleSummary summary = new Tagger().Summarize([3, 7], DType.Int64);
        // Per step and sequence, four gates in two directions: layer 1 from 8 and 16, layer 2 from 32 and 16 numbers; then the tags.
        Assert.That(summary.Flops, Is.EqualTo(2 * 3 * 7 * ((2 * 64 * (8 + 16)) + (2 * 64 * (32 + 16)) + (5 * 32))));
        Verifier.Verify(summary.ToString());
    }

    [Test]
    public void Recurrent_nets_count_the_products_of_inputs_and_of_states()
    {
        // Per step and sequence, each gate from 8 inputs and 16 states.
        long gate = 2 * 5 * 3 * 16 * (8 + 16);
        Assert.That(new Rnn(8, 16).Summarize([5, 3, 8]).Flops, Is.EqualTo(gate));
        Assert.That(new Gru(8, 16).Summarize([5, 3, 8]).Flops, Is.EqualTo(3 * gate));
        Assert.That(new Lstm(8, 16).Summarize([5, 3, 8]).Flops, Is.EqualTo(4 * gate));
    }

    [Test]
    public void Summary_leaves_the_model_as_it_was()
    {
        Sequential model = new(new Linear(2, 2), new BatchNorm1d(2), new Dropout(0.5));
        model[0].Freeze();
        model[2].Eval();
        Tensor weight = ((Linear)model[0]).Weight;
        ModuleSummary summary = model.Summarize([4, 2]);
        Assert.That(summary.TrainedParameters, Is.EqualTo(4));
        Assert.That(summary.ToString(), Does.EndWith("\n6 of the parameters are frozen\n"));
        Assert.That(weight.RequiresGrad, Is.False);
        Assert.That(model.NamedModules().Select(module => module.Value.IsTraining), Is.EqualTo(new[] { true, true, true, false }));
        Assert.That(((BatchNorm1d)model[1]).NumBatchesTracked!.Item(), Is.Zero);
        Assert.That(Tape.Observer, Is.Null);
        // The next pass is the model's own first one.
        Assert.That(model.Forward(Tensor.Ones([4, 2])).RequiresGrad, Is.True);
    }

    [Test]
    public void Summary_counts_a_shared_parameter_once_and_a_repeated_layer_each_time()
    {
        Linear shared = new(3, 3, bias: false);
        Sequential model = new(shared, shared, new Linear(3, 3, bias: false) { Weight = shared.Weight });
        ModuleSummary summary = model.Summarize([1, 3]);
        Assert.That((summary.Parameters, summary.Flops), Is.EqualTo((9L, 54L)));
        Assert.That(summary.Rows.Select(row => (row.Name, row.Parameters, row.Flops)), Is.EqualTo(new[] { ("", 0L, 0L), ("0", 9L, 36L), ("2", 0L, 18L) }));
    }
}
