using static Autograd.Tests.ErrorTests.ErrorRows;

namespace Autograd.Tests.ErrorTests;

/// <summary>The whole texts of the errors of tensors that are made.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class CreateErrorTests
{
    public static readonly TestCaseData[] Rows =
    [
        Row<ShapeException>(() => Tensor.Arange(0, 3, 0),
            "Arange: the step must lead from start to stop in fewer than 2³¹ steps, but start is 0, stop 3 and step 0."),
        Row<ShapeException>(() => Tensor.Arange(double.NaN),
            "Arange: the step must lead from start to stop in fewer than 2³¹ steps, but start is 0, stop NaN and step 1."),
        Row<ShapeException>(() => Tensor.Arange(0, double.PositiveInfinity),
            "Arange: the step must lead from start to stop in fewer than 2³¹ steps, but start is 0, stop Infinity and step 1."),
        Row<ShapeException>(() => Tensor.Arange(0, 1e10),
            "Arange: the step must lead from start to stop in fewer than 2³¹ steps, but start is 0, stop 10000000000 and step 1."),
        Row<ShapeException>(() => Tensor.Arange(2e9),
            "Arange: the elements must take less than 2 GiB, but Float32 [2000000000] takes 8000000000 bytes."),
        Row<ShapeException>(() => Tensor.Eye(-1),
            "Eye: the number of rows must be 0 or more, but it is -1."),
        Row<ShapeException>(() => Tensor.Eye(40_000),
            "Eye: the elements must take less than 2 GiB, but Float32 [40000, 40000] takes 6400000000 bytes."),
        Row<ShapeException>(() => Tensor.Eye(70_000),
            "Shape: a tensor holds fewer than 2³¹ elements and bytes, but [70000, 70000] is larger. Split it along an axis."),
        Row<DTypeException>(() => Tensor.Uniform([2], new(1), dtype: DType.Int64),
            "Uniform: the element type must be Float32 or Float64, but it is Int64. Cast the tensor first."),
        Row<ShapeException>(() => Tensor.Uniform([600_000_000], new(1)),
            "Uniform: the elements must take less than 2 GiB, but Float32 [600000000] takes 2400000000 bytes."),
        Row<ArgumentNullException>(() => Tensor.Uniform(null!, new(1)),
            "Uniform: shape must be given, but it is null. (Parameter 'shape')"),
        Row<ArgumentNullException>(() => Tensor.Uniform([2], null!),
            "Uniform: generator must be given, but it is null. (Parameter 'generator')"),
        Row<DTypeException>(() => Tensor.Normal([2], new(1), dtype: DType.Bool),
            "Normal: the element type must be Float32 or Float64, but it is Bool. Cast the tensor first."),
        Row<ShapeException>(() => Tensor.Normal([600_000_000], new(1)),
            "Normal: the elements must take less than 2 GiB, but Float32 [600000000] takes 2400000000 bytes."),
        Row<ArgumentNullException>(() => Tensor.Normal(null!, new(1)),
            "Normal: shape must be given, but it is null. (Parameter 'shape')"),
        Row<ArgumentNullException>(() => Tensor.Normal([2], null!),
            "Normal: generator must be given, but it is null. (Parameter 'generator')"),
    ];

    [TestCaseSource(nameof(Rows))]
    public void AMistake_IsToldInASentence(Func<object> call, Type type, string message) => Check(call, type, message);
}
