namespace Autograd;

/// <summary>What an op gives to the tests and to docs/ops.md: calls that show it at work. The laws of every op run over them.</summary>
interface ISampled
{
    static abstract IEnumerable<Sample> Samples { get; }
}

/// <summary>One call of an op, as a function of its differentiable inputs.</summary>
/// <param name="Function">The call.</param>
/// <param name="Inputs">Shapes and ranges of the inputs; the numbers are drawn from a fixed seed.</param>
sealed record Sample(Func<Tensor[], Tensor> Function, params SampleInput[] Inputs)
{
    /// <summary>A call with one input, over a matrix and over an interval in which the op is smooth or its kinks are hit by no drawn number.</summary>
    public static Sample Of(Func<Tensor, Tensor> function, double low = -2, double high = 2) => new(x => function(x[0]), new SampleInput([2, 3], low, high));

    /// <summary>A call with one input of a given shape.</summary>
    public static Sample Of(Shape shape, Func<Tensor, Tensor> function, double low = -2, double high = 2) => new(x => function(x[0]), new SampleInput(shape, low, high));

    /// <summary>A call with two inputs of given shapes.</summary>
    public static Sample Of(Shape a, Shape b, Func<Tensor, Tensor, Tensor> function, double low = -2, double high = 2) =>
        new(x => function(x[0], x[1]), new SampleInput(a, low, high), new SampleInput(b, low, high));

    /// <summary>Two inputs in the ways that they can be broadcast.</summary>
    public static IEnumerable<Sample> Broadcast(Func<Tensor, Tensor, Tensor> function, double low = -2, double high = 2) =>
    [
        Of([2, 3], [2, 3], function, low, high),
        Of([2, 3], [3], function, low, high),
        Of([2, 1], [1, 3], function, low, high),
        Of([], [2, 3], function, low, high),
        Of([2, 3, 4], [3, 1], function, low, high),
    ];
}

/// <summary>One input of a sample: uniform numbers in [Low, High).</summary>
readonly record struct SampleInput(Shape Shape, double Low = -2, double High = 2);
