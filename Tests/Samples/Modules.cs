using Autograd.Nn;

namespace Autograd.Samples;

// sample: block
sealed class ResidualBlock(int size) : Module
{
    readonly LayerNorm _norm = new(size);
    readonly Linear _up = new(size, 4 * size), _down = new(4 * size, size);

    protected override Tensor Compute(Tensor x) => x + _down.Forward(_up.Forward(_norm.Forward(x)).Gelu());
}
// end

// sample: net
sealed class Net : Module
{
    readonly Linear _input = new(3, 8);
    readonly List<ResidualBlock> _blocks = [new(8), new(8)];
    readonly Linear _output = new(8, 2);

    protected override Tensor Compute(Tensor x)
    {
        x = _input.Forward(x);
        foreach (ResidualBlock block in _blocks) x = block.Forward(x);
        return _output.Forward(x);
    }
}
// end

// sample: own
sealed class Scale : Module
{
    readonly Tensor _factor = Parameter(Tensor.Ones([1]));

    [Buffer] readonly Tensor _seen = Tensor.Scalar(0, DType.Int64);

    protected override Tensor Compute(Tensor x)
    {
        if (IsTraining) _seen.AsWritableSpan<long>()[0] += x.Shape[0];
        return _factor * x;
    }
}
// end

// sample: forgotten
sealed class Forgetful : Module
{
    readonly Lazy<Linear> _hidden = new(new Linear(3, 3));

    protected override Tensor Compute(Tensor x) => _hidden.Value.Forward(x).Tanh();
}
// end

// sample: translator
sealed class Translator : Module<Tensor, Tensor, (Tensor Scores, Tensor Memory)>
{
    readonly Embedding _words = new(50, 16), _targetWords = new(60, 16);
    readonly TransformerEncoder _encoder = new(2, () => new TransformerEncoderLayer(16, heads: 4, feedForward: 32));
    readonly TransformerDecoder _decoder = new(2, () => new TransformerDecoderLayer(16, heads: 4, feedForward: 32));
    readonly Linear _scores = new(16, 60);

    protected override (Tensor Scores, Tensor Memory) Compute(Tensor source, Tensor target)
    {
        Tensor memory = _encoder.Forward(_words.Forward(source));
        return (_scores.Forward(_decoder.Forward(_targetWords.Forward(target), memory, isCausal: true)), memory);
    }
}
// end

public static class Modules
{
    public static void Names()
    {
        // sample: names
        Net net = new();
        foreach ((string name, Tensor value) in net.NamedParameters()) Console.WriteLine($"{name} {value.Shape}");
        Console.WriteLine($"{net.ParameterCount} numbers");
        // end
    }

    public static void Forgotten()
    {
        try
        {
            // sample: call
            new Forgetful().Forward(Tensor.Ones([1, 3]));
            // end
        }
        catch (ModuleException error)
        {
            Console.WriteLine(error.Message);
        }
    }

    public static void Inputs()
    {
        // sample: inputs
        Translator translator = new();
        Tensor source = Tensor.Zeros([1, 7], DType.Int64), target = Tensor.Zeros([1, 5], DType.Int64);
        (Tensor scores, Tensor memory) = translator.Forward(source, target);
        Console.WriteLine($"{scores.Shape} {memory.Shape}");
        // end
    }

    public static void Lengths()
    {
        // sample: lengths
        Lstm lstm = new(inputs: 4, hidden: 8, batchFirst: true, bidirectional: true);
        Tensor padded = Tensor.Ones([3, 10, 4]), lengths = Tensor.From([10L, 7, 2]);
        var (output, h, c) = lstm.Forward(padded, h0: null, c0: null, lengths);
        Console.WriteLine($"{output.Shape} {h.Shape}, and behind the end {output[2, 9, 0]}");
        // end
    }

    public static void Freezing()
    {
        // sample: freeze
        Sequential model = new(new Linear(8, 8), new Relu(), new Linear(8, 2));
        model[0].Freeze();
        Adam adam = new(model.Parameters.Where(parameter => parameter.RequiresGrad));

        model[0].Unfreeze();
        adam.AddGroup(new ParameterGroup(model[0].Parameters) { LearningRate = 1e-5 });
        // end
        Console.WriteLine(adam.Groups.Count);
    }

    public static void Hooks()
    {
        // sample: hooks
        Sequential model = new(new Linear(4, 3), new Relu(), new Linear(3, 2));
        List<Tensor> seen = [];
        using (model[1].RegisterForwardHook((x, y) => { seen.Add(y); return null; }))
        {
            model.Forward(Tensor.Ones([5, 4]));
        }
        Console.WriteLine(seen[0].Shape);
        // end
    }

    public static void Copies()
    {
        // sample: clone
        Net net = new();
        Net average = net.Clone();
        using (Tape.NoGrad())
        {
            foreach ((Tensor mean, Tensor now) in average.Parameters.Zip(net.Parameters)) mean.CopyFrom((0.99 * mean) + (0.01 * now));
        }
        // end
        Console.WriteLine(average.ParameterCount == net.ParameterCount);
    }

    public static void Summaries()
    {
        // sample: summary
        Sequential lenet5 = new(
            new Conv2d(1, 6, 5, padding: 2), new Tanh(), new AvgPool2d(2),
            new Conv2d(6, 16, 5), new Tanh(), new AvgPool2d(2), new Flatten(),
            new Linear(400, 120), new Tanh(), new Linear(120, 84), new Tanh(), new Linear(84, 10));
        Console.Write(lenet5.Summarize([1, 1, 28, 28]));
        // end
    }
}
