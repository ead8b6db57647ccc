namespace Autograd;

static partial class Throw
{
    public static ShapeException ConvWeightRank(ConvCall call) =>
        new($"{call.Op}: the weight must have {call.Axes + 2} axes, {WeightAxes(call)}, but {Named(call.WeightText, "weight")} is {call.Weight.Shape}.",
            call.Weight.Rank < call.Axes + 2 ? "Unsqueeze adds an axis of one channel." : "Flatten or Select the axes that are too many.");

    public static ShapeException ConvInputRank(ConvCall call) =>
        new($"{call.Op}: x must be {(call.Axes == 1 ? "[n, c, l] or [c, l]" : "[n, c, h, w] or [c, h, w]")}, but {Named(call.XText, "x")} is {call.X.Shape}.", BatchHint(call.X.Shape, call.Axes + 1));

    public static ShapeException ConvChannels(ConvCall call, int weightChannels, bool transposed)
    {
        string rule = transposed ? "weight.Shape[0]" : call.Groups == 1 ? "weight.Shape[1]" : "weight.Shape[1]·groups";
        long wanted = transposed ? weightChannels : weightChannels * (long)call.Groups;
        int channels = call.X.Shape[-call.Axes - 1];
        string groups = call.Groups == 1 ? "" : $" with groups {call.Groups}";
        return new($"{call.Op}: the channels of x must equal {rule}, but {Both(call)}{groups} ({channels} ≠ {wanted}).", ChannelsHint(call, channels, wanted, weightChannels, transposed));
    }

    public static ShapeException ConvGroups(ConvCall call, string what, int count) =>
        new($"{call.Op}: {what} must be divisible by groups, but {Both(call)} and groups is {call.Groups} ({count} is no multiple of {call.Groups}).", $"Use groups: {Divisor(count, call.Groups)}.");

    public static ShapeException ConvBias(ConvCall call, Tensor bias, int channels) =>
        new($"{call.Op}: the bias must be [{channels}], one number an output channel, but it is {bias.Shape} and {Named(call.WeightText, "weight")} is {call.Weight.Shape}.", ParameterHint(bias.Shape, [channels], "Zeros"));

    public static ShapeException ConvKernelTooLarge(ConvCall call, Size2 reach, Size2 input) =>
        new($"{call.Op}: the kernel must fit into the padded input, but {Both(call)} with padding {Shown(call, call.Padding)} and dilation {Shown(call, call.Dilation)} " +
            $"({Bigger(call.Axes, reach, input, call.Padding)}).", "Add padding or use a smaller kernel.");

    public static ShapeException ConvEmptyKernel(ConvCall call) =>
        new($"{call.Op}: the kernel must have at least one element, but {Named(call.WeightText, "weight")} is {call.Weight.Shape}.", "Make its last sizes 1 or more.");

    public static ShapeException ConvOutputPadding(ConvCall call, Size2 outputPadding) =>
        new($"{call.Op}: outputPadding must be 0 or more and less than the stride or the dilation, but it is {Shown(call, outputPadding)} " +
            $"with stride {Shown(call, call.Stride)} and dilation {Shown(call, call.Dilation)}.", "Leave it out for the smallest result that fits.");

    public static ShapeException ConvEmptyResult(ConvCall call, long height, long width) =>
        new($"{call.Op}: the result must have at least one element along each axis, but {Both(call)} with padding {Shown(call, call.Padding)} " +
            $"give {(call.Axes == 1 ? $"length {width}" : $"{height} × {width}")}.", "Use less padding.");

    public static ShapeException WindowSetting(string op, int axes, string name, Size2 value, int least) =>
        new($"{op}: {name} must be {least} or more, but it is {Shown(axes, value)}.", SettingHint(name));

    public static ShapeException WindowTooLarge(string op, int axes, Shape x, Size2 kernel, Size2 stride, Size2 padding, Size2 dilation) =>
        new($"{op}: kernel, stride and padded image must be shorter than 2³⁰ and the image smaller than 1.5 GiB, but the input is {x}, the kernel {Shown(axes, kernel)}, " +
            $"the stride {Shown(axes, stride)}, the padding {Shown(axes, padding)} and the dilation {Shown(axes, dilation)}.", "Cut the input into parts.");

    public static ShapeException PoolInputRank(string op, int axes, Shape x) =>
        new($"{op}: the input must be {(axes == 1 ? "[n, c, l] or [c, l]" : "[n, c, h, w] or [c, h, w]")}, but it is {x}.", BatchHint(x, axes + 1));

    public static ShapeException PoolPadding(string op, int axes, Size2 padding, Size2 kernel) =>
        new($"{op}: padding must be at most half of the kernel, but padding is {Shown(axes, padding)} and kernel is {Shown(axes, kernel)}.", "Use less padding, or Pad the input in front.");

    public static ShapeException PoolKernelTooLarge(string op, int axes, Shape x, Size2 kernel, Size2 padding, Size2 dilation) =>
        new($"{op}: the kernel must fit into the padded input, but the input is {x}, the kernel {Shown(axes, kernel)}, " +
            $"the padding {Shown(axes, padding)} and the dilation {Shown(axes, dilation)}.", "Add padding or use a smaller kernel.");

    public static ShapeException PoolEmptyInput(string op, Shape x) =>
        new($"{op}: the pooled axes must not be empty, but the input is {x}.", "Leave out empty inputs.");

    public static ShapeException PoolDivisor(int divisor) =>
        new($"AvgPool2d: divisor must be 1 or more, but it is {divisor}.", "Leave it out to divide by the size of the window.");

    static string ChannelsHint(ConvCall call, int channels, long wanted, int weightChannels, bool transposed)
    {
        Shape x = call.X.Shape, weight = call.Weight.Shape;
        if (x[-1] == wanted && (call.Axes == 1 || x[-1] != x[-2])) return $"Did you mean {Receiver(Named(call.XText, "x"))}.MoveAxis(-1, {-call.Axes - 1})?";
        if (call.Groups == 1 && weight[transposed ? 1 : 0] == channels) return $"Did you mean {Receiver(Named(call.WeightText, "weight"))}.Transpose(0, 1)?";
        if (transposed) return $"Give the weight the shape {With(weight, 0, channels)}.";
        int groups = weightChannels > 0 && channels % weightChannels == 0 ? channels / weightChannels : 0;
        if (groups > 1 && weight[0] % groups == 0) return $"Did you mean groups: {groups}?";
        return channels % call.Groups == 0 ? $"Give the weight the shape {With(weight, 1, channels / call.Groups)}." : $"Give x {wanted} channels.";
    }

    static string Both(ConvCall call) =>
        $"{Named(call.XText, "x")} is {call.X.Shape} and {Named(call.WeightText, "weight")} is {call.Weight.Shape}";

    static string WeightAxes(ConvCall call) => (call.Op.Contains("Transpose", StringComparison.Ordinal), call.Axes) switch
    {
        (false, 1) => "[o, c / groups, k]",
        (false, _) => "[o, c / groups, kh, kw]",
        (true, 1) => "[c, o / groups, k]",
        _ => "[c, o / groups, kh, kw]",
    };

    static string Bigger(int axes, Size2 reach, Size2 input, Size2 padding)
    {
        long height = input.H + (2L * padding.H), width = input.W + (2L * padding.W);
        return axes == 2 && reach.H > height ? $"height {reach.H} > {height}" : $"{(axes == 1 ? "length" : "width")} {reach.W} > {width}";
    }

    static string Shown(ConvCall call, Size2 size) => Shown(call.Axes, size);

    static string Shown(int axes, Size2 size) => axes == 1 ? $"{size.W}" : $"{size}";
}
