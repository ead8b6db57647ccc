namespace Autograd;

/// <summary>Where an op's backward puts the gradients of its inputs.</summary>
public readonly ref struct Gradients
{
    readonly BackwardRun _run;
    readonly Node _node;
    readonly bool[]? _wanted;

    internal Gradients(BackwardRun run, Node node, bool[]? wanted)
    {
        _run = run;
        _node = node;
        _wanted = wanted;
    }

    /// <summary>The gradient of the result.</summary>
    public Tensor DY => _run.GradientOf(_node);

    /// <summary>The elements of the gradient of the result, in row-major order, without a tensor being made where they lie so.</summary>
    /// <typeparam name="T">The .NET type of the element type.</typeparam>
    /// <exception cref="DTypeException">T is not the element type.</exception>
    public ReadOnlySpan<T> DYAsSpan<T>() where T : unmanaged => _run.GradientSpan<T>(_node, out _);

    /// <summary>The same, with memory for what the op needs it for first.</summary>
    /// <param name="overwritable">As many elements to be overwritten: dy's own where nobody reads them after this op, else new ones.</param>
    /// <inheritdoc cref="DYAsSpan{T}()"/>
    public ReadOnlySpan<T> DYAsSpan<T>(out Span<T> overwritable) where T : unmanaged
    {
        Span<T> dy = _run.GradientSpan<T>(_node, out bool isDisposable);
        overwritable = isDisposable ? dy : _run.Rent<T>(dy.Length);
        return dy;
    }

    /// <summary>Whether a gradient of this input is wanted.</summary>
    public bool Needs(int input) => _run.SlotOf(ref _node.Edge(input), _wanted) >= 0;

    /// <summary>Adds to the gradient of an input.</summary>
    /// <param name="input">The position of the input.</param>
    /// <param name="dx">A part of its gradient, of the input's shape and type.</param>
    /// <exception cref="GraphException">The shape or the type is not the input's.</exception>
    public void Add(int input, Tensor dx)
    {
        Throw.IfNull("Gradients", dx);
        _run.Add(_node, input, dx);
    }

    /// <summary>The dense buffer that the gradient of an input is collected in, for kernels that add to it in place.</summary>
    /// <param name="input">The position of the input.</param>
    /// <param name="fresh">True if the buffer holds nothing yet: overwrite it; false: add to it.</param>
    /// <exception cref="GraphException">The input requires no gradient.</exception>
    public Tensor Buffer(int input, out bool fresh) => _run.Buffer(_node, input, out fresh);

    /// <summary>The elements of <see cref="Buffer"/>, without a tensor being made.</summary>
    /// <typeparam name="T">The .NET type of the element type.</typeparam>
    /// <inheritdoc cref="Buffer"/>
    /// <exception cref="DTypeException">T is not the element type.</exception>
    public Span<T> AsSpan<T>(int input, out bool fresh) where T : unmanaged =>
        _run.TrySpan(_node, input, null, out Span<T> dx, out fresh) ? dx : throw Throw.NoGradientOf(_node, input);

    /// <summary>The same where a gradient of this input is wanted, else false.</summary>
    /// <param name="input">The position of the input.</param>
    /// <param name="dx">The elements.</param>
    /// <param name="fresh">True if they are not set yet: overwrite them; false: add to them.</param>
    /// <typeparam name="T">The .NET type of the element type.</typeparam>
    /// <exception cref="DTypeException">T is not the element type.</exception>
    public bool TryAsSpan<T>(int input, out Span<T> dx, out bool fresh) where T : unmanaged => _run.TrySpan(_node, input, _wanted, out dx, out fresh);

    /// <summary>The gradient of the result itself where nobody reads it after this op, to be overwritten; else new memory of its shape.</summary>
    /// <param name="dy">The gradient of the result, as the op was given it.</param>
    public Tensor Overwritable(Tensor dy)
    {
        Throw.IfNull("Gradients", dy);
        return _run.IsDisposable(_node, dy) ? dy : Tensor.Empty(dy.Shape, dy.DType);
    }
}
