namespace Autograd.Nn;

/// <summary>Checks the sizes that layers are made with.</summary>
static class Sizes
{
    public static void AtLeastOne(string layer, params ReadOnlySpan<(string Name, int Value)> sizes) => AtLeast(1, layer, sizes);

    public static void NotNegative(string layer, params ReadOnlySpan<(string Name, int Value)> sizes) => AtLeast(0, layer, sizes);

    /// <summary>Checks what all convolutions are made with.</summary>
    public static void Window(string layer, int inputs, int outputs, int kernel, int stride, int padding, int dilation, int groups)
    {
        AtLeastOne(
            layer, (nameof(inputs), inputs), (nameof(outputs), outputs), (nameof(kernel), kernel),
            (nameof(stride), stride), (nameof(dilation), dilation), (nameof(groups), groups));
        NotNegative(layer, (nameof(padding), padding));
        if (inputs % groups != 0 || outputs % groups != 0)
            throw Throw.OutOfRange(layer, nameof(groups), groups, $"must divide inputs and outputs, here {inputs} and {outputs}", DivisorHint(groups, inputs, outputs));
    }

    /// <summary>As many modules as are wanted, each made anew.</summary>
    public static T[] Repeat<T>(string layer, int count, Func<T> make)
    {
        Throw.IfBelow(layer, count, 0, "Pass the number of layers, or 0 for none.");
        Throw.IfNull(layer, make, "layer");
        return [.. Enumerable.Range(0, count).Select(_ => make())];
    }

    /// <summary>The smaller of height and width.</summary>
    public static int Least(Size2 size) => Math.Min(size.H, size.W);

    /// <summary>The nearest number below that divides all sizes.</summary>
    public static string DivisorHint(int number, params ReadOnlySpan<int> sizes)
    {
        while (sizes.ToArray().Any(size => size % number != 0)) number--;
        return $"Pass {number}, or change the sizes.";
    }

    static void AtLeast(int least, string layer, ReadOnlySpan<(string Name, int Value)> sizes)
    {
        foreach ((string name, int value) in sizes)
        {
            if (value < least) throw Throw.OutOfRange(layer, name, value, $"must be {least} or more", Throw.SizeHint(name));
        }
    }
}
