using Autograd.Nn;

namespace Autograd.Samples;

// sample: model
sealed class ConvNet : Module
{
    readonly Conv2d _filters = new(inputs: 1, outputs: 8, kernel: 3, padding: 1);
    readonly Linear _classes = new(inputs: 8 * 4 * 4, outputs: 10);

    protected override Tensor Compute(Tensor images) =>              // [n, 1, 8, 8]
        _classes.Forward(_filters.Forward(images).Relu().MaxPool2d(2).Flatten(1));
}
// end

public static class ConvNetSample
{
    public static void Run()
    {
        // sample: parameters
        ConvNet net = new();
        foreach ((string name, Tensor value) in net.NamedParameters()) Console.WriteLine($"{name} {value.Shape}");
        Console.WriteLine(net.Forward(Tensor.Zeros([2, 1, 8, 8])).Shape);
        // end
    }
}
