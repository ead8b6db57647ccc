using static Autograd.Tests.ErrorTests.ErrorRows;

namespace Autograd.Tests.ErrorTests;

/// <summary>The whole texts of the errors of tensors that are made.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class CreateErrorTests
{
    public static readonly TestCaseData[] Rows =
    [
        Row<ShapeException>(() => Tensor.Arange(0, 3, 0),
            "Arange: the step must lead from start to stop in fewer than 2³¹ steps, but start is 0, stop 3 and step 0. Give another step; Tensor.Full repeats a number."),
        Row<ShapeException>(() => Tensor.Arange(double.NaN),
            "Arange: the step must lead from start to stop in fewer than 2³¹ steps, but start is 0, stop NaN and step 1. Give finite numbers."),
        Row<ShapeException>(() => Tensor.Arange(0, double.PositiveInfinity),
            "Arange: the step must lead from start to stop in fewer than 2³¹ steps, but start is 0, stop Infinity and step 1. Give finite numbers."),
        Row<ShapeException>(() => Tensor.Arange(0, 1e10),
            "Arange: the step must lead from start to stop in fewer than 2³¹ steps, but start is 0, stop 10000000000 and step 1. Give a larger step."),
        Row<ShapeException>(() => Tensor.Arange(2e9),
            "Arange: the elements must take less than 2 GiB, but Float32 [2000000000] takes 8000000000 bytes. Make it in parts."),
        Row<DTypeException>(() => Tensor.Arange(2, DType.Bool),
            "Arange: the element type must hold numbers, but it is Bool. Ask for Float32, Float64 or Int64, and compare the result."),
        Row<ShapeException>(() => Tensor.Linspace(0, 1, -1),
            "Linspace: steps must be 0 or more, but it is -1. Pass the number of elements."),
        Row<ShapeException>(() => Tensor.Logspace(0, 1, -2),
            "Logspace: steps must be 0 or more, but it is -2. Pass the number of elements."),
        Row<ArgumentOutOfRangeException>(() => Tensor.Linspace(double.NaN, 1, 3),
            "Linspace: the distance from start to end must be finite, but start is NaN and end 1. Give finite numbers. (Parameter 'start')"),
        Row<ArgumentOutOfRangeException>(() => Tensor.Logspace(0, double.PositiveInfinity, 3),
            "Logspace: the distance from start to end must be finite, but start is 0 and end Infinity. Give finite numbers. (Parameter 'end')"),
        Row<DTypeException>(() => Tensor.Linspace(0, 1, 3, DType.Bool),
            "Linspace: the element type must hold numbers, but it is Bool. Ask for Float32, Float64 or Int64, and compare the result."),
        Row<ShapeException>(() => Tensor.Linspace(0, 1, 2_000_000_000),
            "Linspace: the elements must take less than 2 GiB, but Float32 [2000000000] takes 8000000000 bytes. Make it in parts."),
        Row<ShapeException>(() => Tensor.Eye(-1),
            "Eye: the number of rows must be 0 or more, but it is -1. Pass the number of rows and columns of the square matrix."),
        Row<ShapeException>(() => Tensor.Eye(40_000),
            "Eye: the elements must take less than 2 GiB, but Float32 [40000, 40000] takes 6400000000 bytes. Make it in parts."),
        Row<ShapeException>(() => Tensor.Eye(70_000),
            "Shape: a tensor holds fewer than 2³¹ elements and bytes, but [70000, 70000] is larger. Split it along an axis."),
        Row<DTypeException>(() => Tensor.Uniform([2], new(1), dtype: DType.Int64),
            "Uniform: the element type must be Float32 or Float64, but it is Int64. Draw floating-point numbers, and Cast the result."),
        Row<ShapeException>(() => Tensor.Uniform([600_000_000], new(1)),
            "Uniform: the elements must take less than 2 GiB, but Float32 [600000000] takes 2400000000 bytes. Make it in parts."),
        Row<ArgumentNullException>(() => Tensor.Uniform(null!, new(1)),
            "Uniform: shape must be given, but it is null. Write the sizes, such as [2, 3], or [] for a scalar. (Parameter 'shape')"),
        Row<ArgumentNullException>(() => Tensor.Uniform([2], null!),
            "Uniform: generator must be given, but it is null. Pass new Generator(seed), or Generator.Default. (Parameter 'generator')"),
        Row<DTypeException>(() => Tensor.Normal([2], new(1), dtype: DType.Bool),
            "Normal: the element type must be Float32 or Float64, but it is Bool. Draw floating-point numbers, and Cast the result."),
        Row<ShapeException>(() => Tensor.Normal([600_000_000], new(1)),
            "Normal: the elements must take less than 2 GiB, but Float32 [600000000] takes 2400000000 bytes. Make it in parts."),
        Row<ArgumentNullException>(() => Tensor.Normal(null!, new(1)),
            "Normal: shape must be given, but it is null. Write the sizes, such as [2, 3], or [] for a scalar. (Parameter 'shape')"),
        Row<ArgumentNullException>(() => Tensor.Normal([2], null!),
            "Normal: generator must be given, but it is null. Pass new Generator(seed), or Generator.Default. (Parameter 'generator')"),
    ];

    [TestCaseSource(nameof(Rows))]
    public void AMistake_IsToldInASentence(Func<object> call, Type type, string message) => Check(call, type, message);
}
