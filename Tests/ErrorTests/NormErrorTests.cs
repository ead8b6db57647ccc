using static Autograd.Tests.ErrorTests.ErrorRows;

namespace Autograd.Tests.ErrorTests;

/// <summary>The whole texts of the errors of normalization.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class NormErrorTests
{
    public static readonly TestCaseData[] Rows =
    [
        Row<ShapeException>(() => F(3).BatchNorm(),
            "BatchNorm: the shape must be [n, channels, …], but it is [3]. Unsqueeze(0) adds the axis of samples."),
        Row<ShapeException>(() => F(1, 3).BatchNorm(),
            "BatchNorm: training needs more than one value a channel, but the shape is [1, 3]. Use a larger batch, or training: false."),
        Row<ShapeException>(() => F(2, 3).BatchNorm(F(2)),
            "BatchNorm: weight must be [3], as the normalized tensor has it, but it is [2]. Begin with Tensor.Ones([3]), or leave it out."),
        Row<ShapeException>(() => F(2, 3).BatchNorm(null, F(2)),
            "BatchNorm: bias must be [3], as the normalized tensor has it, but it is [2]. Begin with Tensor.Zeros([3]), or leave it out."),
        Row<ShapeException>(() => F(2, 3).BatchNorm(runningMean: F(2)),
            "BatchNorm: runningMean must be [3], as the normalized tensor has it, but it is [2]. Begin with Tensor.Zeros([3]), or leave it out."),
        Row<ShapeException>(() => F(2, 3).BatchNorm(runningVariance: F(2)),
            "BatchNorm: runningVariance must be [3], as the normalized tensor has it, but it is [2]. Begin with Tensor.Ones([3]), or leave it out."),
        Row<ArgumentNullException>(() => F(2, 3).BatchNorm(training: false),
            "BatchNorm: without training the running mean and variance are used, but one of them is missing. Pass both, as training left them. (Parameter 'runningMean')"),
        Row<GraphException>(() => F(2, 3).BatchNorm(runningMean: G(3), runningVariance: F(3)),
            "BatchNorm: training changes the running mean and variance in place, so they must not require a gradient, but one of them does. Pass it as a constant: Detach()."),
        Row<DTypeException>(() => F(2, 3).BatchNorm(S(3)),
            "BatchNorm: all inputs must have the same element type, but they are Float64 and Float32. Cast one of them: x.Cast(DType.Float64)."),
        Row<DTypeException>(() => F(2, 3).BatchNorm(runningMean: F(3), runningVariance: S(3)),
            "BatchNorm: all inputs must have the same element type, but they are Float64 and Float32. Cast one of them: x.Cast(DType.Float64)."),
        Row<DTypeException>(() => L(2, 3).BatchNorm(),
            "BatchNorm: the element type must be Float32 or Float64, but it is Int64. Cast the tensor first: x.Cast(DType.Float32)."),
        Row<ShapeException>(() => F(2, 3).LayerNorm(axes: 3),
            "LayerNorm: the number of axes must be in [1, 2] for shape [2, 3], but it is 3. Pass axes: 1 for the last alone."),
        Row<ShapeException>(() => F(2, 3).LayerNorm(axes: 0),
            "LayerNorm: the number of axes must be in [1, 2] for shape [2, 3], but it is 0. Pass axes: 1 for the last alone."),
        Row<ShapeException>(() => F(2, 3).LayerNorm(F(2)),
            "LayerNorm: weight must be [3], as the normalized tensor has it, but it is [2]. Begin with Tensor.Ones([3]), or leave it out."),
        Row<ShapeException>(() => F(2, 3).LayerNorm(null, F(2, 3)),
            "LayerNorm: bias must be [3], as the normalized tensor has it, but it is [2, 3]. Begin with Tensor.Zeros([3]), or leave it out."),
        Row<DTypeException>(() => F(2, 3).LayerNorm(S(3)),
            "LayerNorm: all inputs must have the same element type, but they are Float64 and Float32. Cast one of them: x.Cast(DType.Float64)."),
        Row<DTypeException>(() => L(2, 3).LayerNorm(),
            "LayerNorm: the element type must be Float32 or Float64, but it is Int64. Cast the tensor first: x.Cast(DType.Float32)."),
        Row<ShapeException>(() => F().RmsNorm(),
            "RmsNorm: the tensor must have at least one axis to be normalized along, but its shape is []. Reshape(1) makes a vector of a scalar."),
        Row<ShapeException>(() => F(2, 3).RmsNorm(F(2)),
            "RmsNorm: weight must be [3], as the normalized tensor has it, but it is [2]. Begin with Tensor.Ones([3]), or leave it out."),
        Row<DTypeException>(() => L(2, 3).RmsNorm(),
            "RmsNorm: the element type must be Float32 or Float64, but it is Int64. Cast the tensor first: x.Cast(DType.Float32)."),
        Row<ShapeException>(() => F(4).GroupNorm(2),
            "GroupNorm: the shape must be [n, channels, …], but it is [4]. Unsqueeze(0) adds the axis of samples."),
        Row<ShapeException>(() => F(2, 4).GroupNorm(3),
            "GroupNorm: groups must divide the channels, but 3 does not divide the 4 of [2, 4]. Use groups: 2."),
        Row<ShapeException>(() => F(2, 4).GroupNorm(0),
            "GroupNorm: groups must divide the channels, but 0 does not divide the 4 of [2, 4]. Use groups: 1."),
        Row<ShapeException>(() => F(2, 4).GroupNorm(2, F(2)),
            "GroupNorm: weight must be [4], as the normalized tensor has it, but it is [2]. Begin with Tensor.Ones([4]), or leave it out."),
        Row<ShapeException>(() => F(2, 4).GroupNorm(2, null, F(2)),
            "GroupNorm: bias must be [4], as the normalized tensor has it, but it is [2]. Begin with Tensor.Zeros([4]), or leave it out."),
        Row<DTypeException>(() => F(2, 4).GroupNorm(2, S(4)),
            "GroupNorm: all inputs must have the same element type, but they are Float64 and Float32. Cast one of them: x.Cast(DType.Float64)."),
        Row<DTypeException>(() => L(2, 4).GroupNorm(2),
            "GroupNorm: the element type must be Float32 or Float64, but it is Int64. Cast the tensor first: x.Cast(DType.Float32)."),
        Row<ShapeException>(() => F(2, 3).InstanceNorm(),
            "InstanceNorm: the shape must be [n, channels, …], but it is [2, 3]. Unsqueeze(0) adds the axis of samples."),
        Row<ShapeException>(() => F(2, 3, 4).InstanceNorm(F(2)),
            "InstanceNorm: weight must be [3], as the normalized tensor has it, but it is [2]. Begin with Tensor.Ones([3]), or leave it out."),
        Row<ShapeException>(() => F(2, 3, 4).InstanceNorm(null, F(2)),
            "InstanceNorm: bias must be [3], as the normalized tensor has it, but it is [2]. Begin with Tensor.Zeros([3]), or leave it out."),
        Row<DTypeException>(() => L(2, 3, 4).InstanceNorm(),
            "InstanceNorm: the element type must be Float32 or Float64, but it is Int64. Cast the tensor first: x.Cast(DType.Float32)."),
    ];

    [TestCaseSource(nameof(Rows))]
    public void AMistake_IsToldInASentence(Func<object> call, Type type, string message) => Check(call, type, message);
}
