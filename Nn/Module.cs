using System.Runtime.CompilerServices;

namespace Autograd.Nn;

/// <summary>A module from a tensor to a tensor, as most layers and models are.</summary>
/// <inheritdoc/>
public abstract class Module : Module<Tensor, Tensor>
{
    /// <summary>What is in the model and what it computes for one input of a shape, filled with zeros: <c>Console.Write(model.Summarize([1, 1, 28, 28]))</c>.</summary>
    /// <param name="input">The shape, with the axis of the batch.</param>
    /// <param name="dtype">The element type of the input; Int64 for numbers of words.</param>
    /// <exception cref="ShapeException">The model does not take the shape.</exception>
    public ModuleSummary Summarize(Shape input, DType dtype = DType.Float32)
    {
        Throw.IfNull("Summarize", input);
        return Summarize(Tensor.Zeros(input, dtype));
    }
}

/// <summary>A module of one input.</summary>
/// <typeparam name="T">The input: a tensor, or what you like, such as a tuple.</typeparam>
/// <typeparam name="TResult">The result, likewise.</typeparam>
/// <inheritdoc/>
public abstract class Module<T, TResult> : ModuleBase
{
    Hooks<Func<T, T?>>? _before;
    Hooks<Func<T, TResult, TResult?>>? _after;

    /// <summary>Computes the module's result, and runs its hooks.</summary>
    /// <exception cref="ModuleException">Trained parameters are used that the module does not hold.</exception>
    public TResult Forward(T x)
    {
        // Other modules may be of an input that can be left out.
        if (x is null && this is Module) throw Throw.NullInput(this, nameof(x));
        using ForwardCall call = Enter(x);
        x = Before(x);
        return After(in call, x, Compute(x));
    }

    /// <summary>What <see cref="Forward"/> computes. Calls the <c>Forward</c> of the modules inside.</summary>
    protected abstract TResult Compute(T x);

    /// <summary>Until disposed, calls a function before each forward pass; later ones see what earlier ones gave.</summary>
    /// <param name="hook">The input → what takes its place, or null for the input itself.</param>
    public IDisposable RegisterForwardPreHook(Func<T, T?> hook) => (_before ??= new()).Add(Throw.Given("RegisterForwardPreHook", hook));

    /// <summary>Until disposed, calls a function after each forward pass; later ones see what earlier ones gave.</summary>
    /// <param name="hook">The input and the result → what takes the result's place, or null for the result itself.</param>
    public IDisposable RegisterForwardHook(Func<T, TResult, TResult?> hook) => (_after ??= new()).Add(Throw.Given("RegisterForwardHook", hook));

    /// <summary>What is in the model and what it computes for one input, in evaluation mode; the model stays as it is.</summary>
    public ModuleSummary Summarize(T input) => ModuleSummary.Of(this, () => Forward(input));

    /// <summary>Whether someone looks at the input or the result.</summary>
    internal bool HasHooks
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _before is { All.Length: > 0 } || _after is { All.Length: > 0 };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected T Before(T x) => _before is null ? x : Before(_before, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected TResult After(in ForwardCall call, T x, TResult y)
    {
        if (_after is not null) y = After(_after, x, y);
        call.Pass.Watch?.Ends(this, y);
        return y;
    }

    static T Before(Hooks<Func<T, T?>> hooks, T x)
    {
        foreach (Func<T, T?> hook in hooks.All) x = hook(x) ?? x;
        return x;
    }

    static TResult After(Hooks<Func<T, TResult, TResult?>> hooks, T x, TResult y)
    {
        foreach (Func<T, TResult, TResult?> hook in hooks.All) y = hook(x, y) ?? y;
        return y;
    }

    private protected override void ForgetHooks() => (_before, _after) = (null, null);
}

/// <summary>A module of two inputs; hooks see them as a pair.</summary>
/// <typeparam name="T1">The first input.</typeparam>
/// <typeparam name="T2">The second input; nullable where it may be left out.</typeparam>
/// <typeparam name="TResult">The result; a tuple for several.</typeparam>
/// <inheritdoc/>
public abstract class Module<T1, T2, TResult> : Module<(T1 First, T2 Second), TResult>
{
    /// <summary>Computes the module's result, and runs its hooks.</summary>
    /// <exception cref="ModuleException">Trained parameters are used that the module does not hold.</exception>
    public TResult Forward(T1 first, T2 second) => Forward((first, second));

    /// <summary>What Forward computes. Calls the <c>Forward</c> of the modules inside.</summary>
    protected abstract TResult Compute(T1 first, T2 second);

    /// <inheritdoc cref="Module{T, TResult}.Summarize"/>
    public ModuleSummary Summarize(T1 first, T2 second) => Summarize((first, second));

    /// <inheritdoc/>
    protected sealed override TResult Compute((T1 First, T2 Second) x) => Compute(x.First, x.Second);
}

/// <summary>A module of three inputs; hooks see them as a triple.</summary>
/// <typeparam name="T1">The first input.</typeparam>
/// <typeparam name="T2">The second input; nullable where it may be left out.</typeparam>
/// <typeparam name="T3">The third input; nullable where it may be left out.</typeparam>
/// <typeparam name="TResult">The result; a tuple for several.</typeparam>
/// <inheritdoc/>
public abstract class Module<T1, T2, T3, TResult> : Module<(T1 First, T2 Second, T3 Third), TResult>
{
    /// <summary>Computes the module's result, and runs its hooks.</summary>
    /// <exception cref="ModuleException">Trained parameters are used that the module does not hold.</exception>
    public TResult Forward(T1 first, T2 second, T3 third) => Forward((first, second, third));

    /// <summary>What Forward computes. Calls the <c>Forward</c> of the modules inside.</summary>
    protected abstract TResult Compute(T1 first, T2 second, T3 third);

    /// <inheritdoc cref="Module{T, TResult}.Summarize"/>
    public ModuleSummary Summarize(T1 first, T2 second, T3 third) => Summarize((first, second, third));

    /// <inheritdoc/>
    protected sealed override TResult Compute((T1 First, T2 Second, T3 Third) x) => Compute(x.First, x.Second, x.Third);
}

/// <summary>Functions in the order of their registration.</summary>
sealed class Hooks<T> where T : Delegate
{
    // Replaced as a whole, so that a hook may remove itself while it runs.
    T[] _all = [];

    public T[] All => _all;

    public IDisposable Add(T hook)
    {
        lock (this) _all = [.. _all, hook];
        return new Removal(this, hook);
    }

    sealed class Removal(Hooks<T> hooks, T hook) : IDisposable
    {
        T? _hook = hook;

        public void Dispose()
        {
            lock (hooks)
            {
                int place = Array.IndexOf(hooks._all, _hook);
                if (_hook is not null && place >= 0) hooks._all = [.. hooks._all[..place], .. hooks._all[(place + 1)..]];
                _hook = null;
            }
        }
    }
}
