using System.Globalization;

namespace Autograd.Bench.AdBench;

/// <summary>The numbers of a text file, in order.</summary>
sealed class NumberFile(string path)
{
    readonly string[] _words = File.ReadAllText(path).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
    int _next;

    public int Integer() => int.Parse(_words[_next++], CultureInfo.InvariantCulture);

    public double Number() => double.Parse(_words[_next++], CultureInfo.InvariantCulture);

    /// <summary>The next numbers as a Float64 tensor.</summary>
    public Tensor Tensor(params ReadOnlySpan<int> sizes)
    {
        var shape = Shape.Create(sizes);
        double[] numbers = new double[shape.ElementCount];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = Number();
        return Autograd.Tensor.From(numbers, shape);
    }

    /// <summary>The next numbers as a Float64 leaf that wants a gradient.</summary>
    public Tensor Parameter(params ReadOnlySpan<int> sizes)
    {
        Tensor leaf = Tensor(sizes);
        leaf.RequiresGrad = true;
        return leaf;
    }
}
