using System.Numerics;
using System.Numerics.Tensors;
using Autograd.Kernels;

namespace Autograd;

/// <summary>
/// All steps of one layer of a recurrent net in one direction: from what comes from the input at each time, [time, n, …], matrices and first states [n, hidden] to
/// the states at all times.
/// </summary>
/// <param name="reversed">Whether the last time comes first.</param>
/// <param name="firstState">The position of the first states among the inputs; first memories follow them.</param>
abstract class RecurrentOp(bool reversed, int firstState = 2) : Op
{
    [ThreadStatic] static Scratch _states;

    protected bool Reversed => reversed;

    /// <summary>The time of a step.</summary>
    protected int Time(int step, int steps) => reversed ? steps - 1 - step : step;

    /// <summary>The same op on other inputs.</summary>
    protected abstract Tensor Again(params ReadOnlySpan<Tensor> inputs);

    /// <summary>What each sample has of its own: gates and states. Samples with the same parameters are more sequences.</summary>
    protected override Tensor? Batch(BatchedInputs inputs)
    {
        int count = inputs.Values.Length, samples = inputs.Count;
        Tensor[] joined = new Tensor[count];
        for (int i = 0; i < count; i++)
        {
            bool isOwn = i == 0 || inputs.Shape(i).Rank == 2 && i >= firstState;
            if (!isOwn && inputs.IsBatched(i)) return null;
            joined[i] = !isOwn ? inputs[i] : i == 0 ? Merged(inputs.Full(0).Transpose(0, 1), 1) : Merged(inputs.Full(i), 0);
        }
        Tensor y = Again(joined);
        return y.Reshape([y.Shape[0], samples, y.Shape[1] / samples, y.Shape[2]]).Transpose(0, 1);
    }

    protected static Tensor Tangent(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, int input) =>
        tangents[input] ?? Tensor.Zeros(inputs[input].Shape, inputs[input].DType);

    /// <summary>Memory for gradients of states, valid until the next call.</summary>
    protected static unsafe Span<T> States<T>(int count) where T : unmanaged => new(_states.Get<T>(count), count);

    /// <summary>Adds to the gradient of an input, if somebody wants it.</summary>
    protected static void Add<T>(int input, ReadOnlySpan<T> part, Gradients gradients) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!gradients.Needs(input)) return;
        Span<T> sum = gradients.AsSpan<T>(input, out bool fresh);
        if (fresh) part.CopyTo(sum);
        else TensorPrimitives.Add(sum, part, sum);
    }

    /// <summary>An axis and the one behind it as one.</summary>
    static Tensor Merged(Tensor x, int axis) => x.Reshape([.. x.Shape.Sizes[..axis], x.Shape[axis] * x.Shape[axis + 1], .. x.Shape.Sizes[(axis + 2)..]]);
}
