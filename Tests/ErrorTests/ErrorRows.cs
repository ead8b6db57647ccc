using System.Runtime.CompilerServices;
using Autograd.Tests.Support;

namespace Autograd.Tests.ErrorTests;

/// <summary>What the tables of errors are written with: short names for tensors of zeros, and rows that are named by their call.</summary>
static class ErrorRows
{
    /// <summary>A call, the type of its error and its whole text.</summary>
    public static TestCaseData Row<T>(Func<object> call, string message, [CallerArgumentExpression(nameof(call))] string text = "") where T : Exception =>
        new TestCaseData(call, typeof(T), message).SetArgDisplayNames(text["() => ".Length..]);

    /// <summary>The call fails as told, with a hint at the end, and recording goes on as before.</summary>
    public static void Check(Func<object> call, Type type, string message)
    {
        Exception? error = Assert.Throws(Is.TypeOf(type), () => call());
        Assert.That(error!.Message, Is.EqualTo(message));
        Assert.That(Hints.Fault(error), Is.Null);
        Assert.That(Tape.IsRecording, Is.True);
    }

    /// <summary>Zeros in float64.</summary>
    public static Tensor F(params int[] sizes) => Tensor.Zeros(Shape.Create(sizes), DType.Float64);

    /// <summary>Zeros in float32.</summary>
    public static Tensor S(params int[] sizes) => Tensor.Zeros(Shape.Create(sizes));

    /// <summary>Zeros in int64.</summary>
    public static Tensor L(params int[] sizes) => Tensor.Zeros(Shape.Create(sizes), DType.Int64);

    /// <summary>False everywhere.</summary>
    public static Tensor B(params int[] sizes) => Tensor.Zeros(Shape.Create(sizes), DType.Bool);

    /// <summary>A vector of indices.</summary>
    public static Tensor I(params long[] values) => Tensor.From(values);

    /// <summary>A vector that requires a gradient.</summary>
    public static Tensor G(int size)
    {
        Tensor x = F(size);
        x.RequiresGrad = true;
        return x;
    }

    /// <summary>Weights of a recurrent layer from 3 inputs to 4 states.</summary>
    public static RecurrentWeights W(int gates) => new(F(gates * 4, 3), F(gates * 4, 4));
}
