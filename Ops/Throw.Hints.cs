namespace Autograd;

/// <summary>What hints of several errors have in common: what to do so that the values at hand fit.</summary>
static partial class Throw
{
    const string UnsqueezeHint = "Unsqueeze adds an axis of size 1, which is repeated.";

    /// <summary>What makes a tensor of numbers that belong to others fit their shape.</summary>
    static string FitHint(string name, Shape from, Shape to)
    {
        if (from.ElementCount == to.ElementCount) return $"Reshape {name} to {to}.";
        if (Broadcasts(from, to)) return $"Expand {name} to {to}.";
        if (from.Rank != to.Rank) return $"Begin with Tensor.Zeros({to}).";
        int axis = 0;
        while (from[axis] == to[axis]) axis++;
        return $"{(from[axis] > to[axis] ? "Slice" : "Pad")} {name} along axis {axis} to {to[axis]}.";
    }

    /// <summary>What makes an optional parameter fit: a maker of tensors, Zeros or Ones, for one that changes nothing.</summary>
    static string ParameterHint(Shape from, Shape to, string maker) =>
        from.ElementCount == to.ElementCount ? $"Reshape it to {to}." : $"Begin with Tensor.{maker}({to}), or leave it out.";

    /// <summary>What makes the weight of a projection fit.</summary>
    static string WeightHint(string name, Shape from, Shape to) =>
        from.Rank == 2 && from[0] == to[1] && from[1] == to[0] ? $"Did you mean {name}.T?" : $"Begin with Tensor.Normal({to}, generator, std: 0.02).";

    /// <summary>What brings an image, or a line of numbers, to its number of axes, samples not counted.</summary>
    static string BatchHint(Shape shape, int axes) =>
        shape.Rank > axes ? $"Flatten(0, {shape.Rank - axes - 1}) makes one axis of all samples."
        : shape.Rank == axes - 1 ? "Unsqueeze(0) adds the axis of channels."
        : $"Reshape it to {axes} axes.";

    /// <summary>What the smallest value of a setting of windows means.</summary>
    static string SettingHint(string name) => name switch
    {
        "kernel" => "Pass 1 to look at one element at a time.",
        "stride" => "Pass 1 to take every position.",
        "dilation" => "Pass 1 to leave no gaps.",
        "groups" => "Pass 1 to join all channels.",
        "padding" => "Pass 0 to add nothing; Slice cuts elements off.",
        _ => "Pass the size of the result.",
    };

    static string FractionHint(double value) => value is >= 2 and <= 100 ? $"Write {value} % as {value / 100}." : "Pass a fraction, such as 0.1.";

    /// <summary>The largest divisor of a count that is at most a given number.</summary>
    static int Divisor(int count, int most)
    {
        int divisor = Math.Clamp(most, 1, Math.Max(count, 1));
        while (count % divisor != 0) divisor--;
        return divisor;
    }

    /// <summary>Whether one shape broadcasts to another.</summary>
    static bool Broadcasts(Shape from, Shape to)
    {
        for (int axis = 1; axis <= from.Rank; axis++)
        {
            if (axis > to.Rank || (from[-axis] != 1 && from[-axis] != to[-axis])) return false;
        }
        return true;
    }

    /// <summary>A shape with one size replaced, as text: it may be too large for a tensor.</summary>
    static string With(Shape shape, int axis, int size)
    {
        int[] sizes = [.. shape];
        sizes[axis] = size;
        return Format(sizes);
    }
}
