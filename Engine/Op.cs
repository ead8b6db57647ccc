using System.Runtime.CompilerServices;

namespace Autograd;

/// <summary>Which values an op's derivative reads; the tape keeps only those.</summary>
[Flags]
public enum Saved
{
    /// <summary>None: the derivative depends on shapes alone.</summary>
    Nothing = 0,

    /// <summary>The first input.</summary>
    A = 1,

    /// <summary>The second input.</summary>
    B = 2,

    /// <summary>The third input.</summary>
    C = 4,

    /// <summary>Every input.</summary>
    Inputs = int.MaxValue,

    /// <summary>The result.</summary>
    Output = int.MinValue,
}

/// <summary>
/// The contract of an op: its value, the vector-Jacobian product for each input and the Jacobian-vector product.
/// An instance stands for one setting of the attributes (axes, strides, …) and may be applied any number of times.
/// </summary>
/// <remarks>
/// <see cref="Vjp"/> is written with recorded ops, so that a recorded backward has derivatives of every order.
/// Where a fused kernel is faster, override <see cref="Backward(Tensor, Recorded, Gradients)"/> too: it runs when the backward is not recorded.
/// </remarks>
public abstract class Op
{
    internal const int MaxSeparateInputs = 30;

    /// <summary>The name in errors, listings and docs: the type's name without "Op".</summary>
    public virtual string Name => GetType().Name is var name && name.EndsWith("Op", StringComparison.Ordinal) ? name[..^2] : name;

    /// <summary>Computes the result; ops used here are not recorded. Inputs may be strided and must not be changed.</summary>
    protected internal abstract Tensor Forward(ReadOnlySpan<Tensor> inputs);

    /// <summary>The gradient that reaches one input, written with recorded ops; null where it is zero.</summary>
    /// <param name="input">The position of the input.</param>
    /// <param name="dy">The gradient of the result, of its shape.</param>
    /// <param name="values">The saved values.</param>
    protected internal abstract Tensor? Vjp(int input, Tensor dy, Recorded values);

    /// <summary>The tangent of the result, written with recorded ops; null where it is zero.</summary>
    /// <param name="inputs">The inputs.</param>
    /// <param name="tangents">Their tangents, null where zero.</param>
    /// <param name="y">The result.</param>
    protected internal abstract Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y);

    /// <summary>
    /// The rule for a whole batch: the results of all samples, [count, result…], from values [count, sample…], by recorded ops; null, as
    /// where it is not overridden, for one application a sample. Rules go on with another instance of the op, never with this one, where
    /// Forward leaves something in it.
    /// </summary>
    /// <param name="inputs">The inputs, at least one of which is batched.</param>
    protected internal virtual Tensor? Batch(BatchedInputs inputs) => null;

    /// <summary>An op of its own for another application, since Forward may leave something in it that Vjp reads.</summary>
    public Op Copy() => (Op)MemberwiseClone();

    /// <summary>Which values <see cref="Vjp"/> and <see cref="Backward(Tensor, Recorded, Gradients)"/> read; all of them unless overridden.</summary>
    protected internal virtual Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Inputs | Saved.Output;

    /// <summary>Adds to the gradients of all inputs that need one; not recorded. Calls <see cref="Vjp"/> unless overridden.</summary>
    /// <param name="dy">The gradient of the result.</param>
    /// <param name="values">The saved values.</param>
    /// <param name="gradients">Where the inputs' gradients go.</param>
    protected internal virtual void Backward(Tensor dy, Recorded values, Gradients gradients) => BackwardByVjp(dy, values, gradients);

    /// <summary>
    /// The same before there is a handle of dy, for ops so small that to make it would cost more than they do: they read
    /// <see cref="Gradients.DYAsSpan{T}()"/>. Makes the handle and calls the other unless overridden.
    /// </summary>
    /// <inheritdoc cref="Backward(Tensor, Recorded, Gradients)"/>
    protected internal virtual void Backward(Recorded values, Gradients gradients) => Backward(gradients.DY, values, gradients);

    internal void BackwardByVjp(Tensor dy, Recorded values, Gradients gradients)
    {
        for (int i = 0; i < values.Count; i++)
        {
            if (gradients.Needs(i) && Vjp(i, dy, values) is { } dx) gradients.Add(i, dx);
        }
    }

    /// <summary>Applies the op, recording it if an input requires a gradient and recording is on.</summary>
    /// <param name="inputs">The inputs, in the op's order.</param>
    /// <exception cref="ArgumentNullException">An input is null.</exception>
    public Tensor Apply(params ReadOnlySpan<Tensor> inputs)
    {
        TapeThread thread = TapeThread.Current;
        if (thread.IsPlain) return Run(thread, inputs);
        if ((thread.Batch is not null || thread.Dual is not null) && ApplyOnLevel(thread, inputs) is { } onLevel) return onLevel;
        Tensor y = Run(thread, inputs);
        if (thread.Observer is { } observer && y.RequiresGrad) observer(this, inputs.ToArray(), y);
        return y;
    }

    /// <summary>The result on the innermost level that has to do with the inputs, or null where none has.</summary>
    Tensor? ApplyOnLevel(TapeThread thread, ReadOnlySpan<Tensor> inputs)
    {
        AnyRequiresGrad(inputs);
        if (thread.Batch is not null && BatchLevel.Apply(this, inputs) is { } batched) return batched;
        return thread.Dual is null ? null : DualMode.Apply(this, thread, inputs);
    }

    /// <summary>The result, with a handle of its own, recorded if there is a gradient to compute.</summary>
    // One copy for all calls: a step of a tiny net runs through its code hardly more than once, and that code competes for the instruction cache.
    [MethodImpl(MethodImplOptions.NoInlining)]
    Tensor Run(TapeThread thread, ReadOnlySpan<Tensor> inputs)
    {
        bool needed = AnyRequiresGrad(inputs);
        Tensor y = Compute(thread, inputs);
        if (needed && thread.Recording && y.DType.IsFloating()) thread.RentNode().Record(thread, this, inputs, y, Saves(inputs));
        return y;
    }

    Tensor Compute(TapeThread thread, ReadOnlySpan<Tensor> inputs)
    {
        bool recording = thread.Recording;
        thread.Recording = false;
        try
        {
            Tensor y = Forward(inputs);
            return IsOneOf(y, inputs) ? y.Alias() : y;
        }
        finally
        {
            thread.Recording = recording;
        }
    }

    bool AnyRequiresGrad(ReadOnlySpan<Tensor> inputs)
    {
        bool any = false;
        foreach (Tensor input in inputs)
        {
            if (input is null) throw Throw.NullInput(Name, inputs);
            any |= input.RequiresGrad;
        }
        return any;
    }

    static bool IsOneOf(Tensor y, ReadOnlySpan<Tensor> inputs)
    {
        foreach (Tensor input in inputs)
        {
            if (ReferenceEquals(input, y)) return true;
        }
        return false;
    }
}

/// <summary>The saved values of one recorded application, as tensors that ops can go on from.</summary>
public readonly struct Recorded
{
    readonly Node _node;

    internal Recorded(Node node) => _node = node;

    /// <summary>The number of inputs.</summary>
    public int Count => _node.InputCount;

    /// <summary>The first input.</summary>
    /// <exception cref="GraphException">The op did not declare that it reads it, or it was changed in place since.</exception>
    public Tensor A => Input(0);

    /// <summary>The second input.</summary>
    /// <inheritdoc cref="A"/>
    public Tensor B => Input(1);

    /// <summary>The third input.</summary>
    /// <inheritdoc cref="A"/>
    public Tensor C => Input(2);

    /// <summary>The result.</summary>
    /// <inheritdoc cref="A"/>
    public Tensor Y => _node.Output.Restore(_node, -1, _node);

    /// <summary>One input by position.</summary>
    /// <inheritdoc cref="A"/>
    public Tensor Input(int index)
    {
        ref SavedEdge edge = ref _node.Edge(index);
        return edge.Value.Restore(_node, index, edge.Node);
    }

    /// <summary>One input's elements in row-major order, for kernels: its own memory where they lie so, else a copy.</summary>
    /// <typeparam name="T">The .NET type of the element type.</typeparam>
    /// <exception cref="DTypeException">T is not the element type.</exception>
    /// <inheritdoc cref="A"/>
    public ReadOnlySpan<T> AsSpan<T>(int index) where T : unmanaged
    {
        ref SavedEdge edge = ref _node.Edge(index);
        return edge.Value.IsInMemory ? edge.Value.Span<T>(_node, index) : Input(index).Dense().AsSpan<T>();
    }

    /// <summary>The result's elements in row-major order, for kernels: its own memory where they lie so, else a copy.</summary>
    /// <typeparam name="T">The .NET type of the element type.</typeparam>
    /// <exception cref="DTypeException">T is not the element type.</exception>
    /// <inheritdoc cref="A"/>
    public ReadOnlySpan<T> ResultAsSpan<T>() where T : unmanaged =>
        _node.Output.IsInMemory ? _node.Output.Span<T>(_node, -1) : Y.Dense().AsSpan<T>();

    /// <summary>Whether one input was saved as elements in row-major order, which <see cref="AsSpan"/> then gives without a copy.</summary>
    public bool IsDense(int index) => _node.Edge(index).Value.IsInMemory;

    /// <summary>The shape of one input, known whether or not the value was saved.</summary>
    public Shape Shape(int index) => _node.Edge(index).Value.Layout!.Shape;

    /// <summary>The element type of one input, known whether or not the value was saved.</summary>
    public DType DType(int index) => _node.Edge(index).Value.DType;
}
