namespace Autograd.GoldenDriver;

static partial class OpTable
{
    static OpEntry[] Pool =>
    [
        Unary("max_pool1d", (x, a) => x.MaxPool1d(
            a.Length("kernel_size", 1), a.OptionalLength("stride"), a.Length("padding", 0), a.Length("dilation", 1), a.Bool("ceil_mode"))),
        Unary("max_pool2d", (x, a) => x.MaxPool2d(
            a.Size("kernel_size", 1), a.OptionalSize("stride"), a.OptionalSize("padding"), a.OptionalSize("dilation"), a.Bool("ceil_mode"))),
        Unary("avg_pool1d", (x, a) => x.AvgPool1d(
            a.Length("kernel_size", 1), a.OptionalLength("stride"), a.Length("padding", 0), a.Bool("ceil_mode"), a.Bool("count_include_pad", true))),
        Unary("avg_pool2d", (x, a) => x.AvgPool2d(
            a.Size("kernel_size", 1), a.OptionalSize("stride"), a.OptionalSize("padding"), a.Bool("ceil_mode"), a.Bool("count_include_pad", true),
            a.OptionalInt("divisor_override"))),
        Unary("adaptive_avg_pool1d", (x, a) => x.AdaptiveAvgPool1d(a.Length("output_size", 1))),
        Unary("adaptive_avg_pool2d", (x, a) => x.AdaptiveAvgPool2d(a.Size("output_size", 1))),
        Unary("adaptive_max_pool2d", (x, a) => x.AdaptiveMaxPool2d(a.Size("output_size", 1))),
    ];
}
