using Autograd.Nn;

namespace Autograd.Bench.Steps;

/// <summary>Convolutional nets.</summary>
static class ImageSteps
{
    public static IReadOnlyList<StepCase> All { get; } =
    [
        // PyTorch's second memory layout of the same step is named by "nhwc"; here there is one layout.
        new("lenet5_b64", () => LeNet5(64)),
        new("lenet5_b256", () => LeNet5(256)),
        new("cnn_relu_bn", NormalisedCnn),
        new("cnn_relu_bn_nhwc", NormalisedCnn),
        new("resnet20", ResNet20),
        new("resnet20_nhwc", ResNet20),
    ];

    /// <summary>LeNet-5 with tanh and average pooling, for images of 32 × 32.</summary>
    public static Sequential LeNet5(Generator random) => new(
        new Conv2d(1, 6, 5, generator: random), new Tanh(), new AvgPool2d(2),
        new Conv2d(6, 16, 5, generator: random), new Tanh(), new AvgPool2d(2), new Flatten(),
        new Linear(400, 120, generator: random), new Tanh(), new Linear(120, 84, generator: random), new Tanh(), new Linear(84, 10, generator: random));

    static StepWork LeNet5(int batch)
    {
        Generator random = new(1986);
        Sequential model = LeNet5(random);
        return Training.Classifier(model, Tensor.Normal([batch, 1, 32, 32], random), new Sgd(model.Parameters, 0.01), random);
    }

    static StepWork NormalisedCnn()
    {
        Generator random = new(1986);
        Sequential model = new(
            new Conv2d(3, 32, 3, padding: 1, generator: random), new BatchNorm2d(32), new Relu(), new MaxPool2d(2),
            new Conv2d(32, 64, 3, padding: 1, generator: random), new BatchNorm2d(64), new Relu(), new MaxPool2d(2),
            new Flatten(), new Linear(4096, 10, generator: random));
        return Training.Classifier(model, Tensor.Normal([64, 3, 32, 32], random), new Sgd(model.Parameters, 0.01), random);
    }

    /// <summary>He et al., "Deep residual learning for image recognition", 2016, section 4.2: 20 layers, shortcuts without parameters.</summary>
    static StepWork ResNet20()
    {
        Generator random = new(1986);
        Sequential model = new(Conv(3, 16, 1, random), new BatchNorm2d(16), new Relu());
        int inputs = 16;
        foreach (int outputs in (int[])[16, 32, 64])
        {
            for (int i = 0; i < 3; i++)
            {
                model.Add(new Block(inputs, outputs, random));
                inputs = outputs;
            }
        }
        model.Add(new AdaptiveAvgPool2d(1));
        model.Add(new Flatten());
        model.Add(new Linear(64, 10, generator: random));
        Sgd sgd = new(model.Parameters, 0.1, momentum: 0.9, weightDecay: 1e-4);
        return Training.Classifier(model, Tensor.Normal([32, 3, 32, 32], random), sgd, random);
    }

    static Conv2d Conv(int inputs, int outputs, int stride, Generator random) => new(inputs, outputs, 3, stride, padding: 1, bias: false, generator: random);

    /// <summary>Two convolutions around which the input is added; where channels are doubled, every second pixel of it and zeros.</summary>
    sealed class Block(int inputs, int outputs, Generator random) : Module
    {
        readonly Sequential _layers = new(
            Conv(inputs, outputs, outputs > inputs ? 2 : 1, random), new BatchNorm2d(outputs), new Relu(), Conv(outputs, outputs, 1, random), new BatchNorm2d(outputs));
        readonly int _new = outputs - inputs;

        protected override Tensor Compute(Tensor x)
        {
            Tensor y = _layers.Forward(x);
            if (_new > 0) x = x.Slice(2, null, null, 2).Slice(3, null, null, 2).Pad([0, 0, 0, 0, _new / 2, _new - (_new / 2)]);
            return (y + x).Relu();
        }
    }
}
