using System.Runtime.CompilerServices;

namespace Autograd;

/// <summary>
/// Derivatives as functions of functions. They compose: a derivative is again a function that can be differentiated, in
/// either mode and to any order, and a function may use tensors from outside, with respect to which a derivative can be
/// differentiated in turn while recording is on.
/// </summary>
/// <remarks>
/// A function is given handles of its own, so that derivatives nested in each other are not confused:
/// <c>Grad.Of(u => u * x)(x)</c> is x and not 2x. No <see cref="Tensor.Grad"/> is touched. Functions are called at least
/// once and must not depend on state that they change.
/// </remarks>
public static partial class Grad
{
    /// <summary>The gradient of a scalar function of one tensor, x ↦ ∂f/∂x.</summary>
    /// <param name="f">The function; its result has a single element.</param>
    /// <param name="allowUnused">Gives zeros where the result does not depend on the input, which is an error otherwise.</param>
    /// <returns>A function whose result has the shape of its input. It throws:
    /// <see cref="ShapeException"/> if f's result has not one element,
    /// <see cref="DTypeException"/> if the input or the result is not floating-point,
    /// <see cref="GraphException"/> if an input is unused.</returns>
    [OverloadResolutionPriority(1)] // for lambdas that fit several tensors too, such as _ => constant
    public static Func<Tensor, Tensor> Of(Func<Tensor, Tensor> f, bool allowUnused = false)
    {
        Func<Tensor[], Tensor> several = Singles.Function("Grad.Of", f);
        return x => Differentiate("Grad.Of", several, [x], allowUnused).Gradients[0];
    }

    /// <summary>The gradients of a scalar function of two tensors.</summary>
    /// <inheritdoc cref="Of(Func{Tensor, Tensor}, bool)"/>
    public static Func<Tensor, Tensor, (Tensor A, Tensor B)> Of(Func<Tensor, Tensor, Tensor> f, bool allowUnused = false)
    {
        Throw.IfNull("Grad.Of", f);
        return (a, b) =>
        {
            Tensor[] gradients = Differentiate("Grad.Of", t => f(t[0], t[1]), [a, b], allowUnused).Gradients;
            return (gradients[0], gradients[1]);
        };
    }

    /// <summary>The gradients of a scalar function of several tensors, one an input.</summary>
    /// <inheritdoc cref="Of(Func{Tensor, Tensor}, bool)"/>
    public static Func<Tensor[], Tensor[]> Of(Func<Tensor[], Tensor> f, bool allowUnused = false)
    {
        Throw.IfNull("Grad.Of", f);
        return x => Differentiate("Grad.Of", f, x, allowUnused).Gradients;
    }

    /// <summary>A scalar function of one tensor together with its gradient, from one call of it.</summary>
    /// <inheritdoc cref="Of(Func{Tensor, Tensor}, bool)"/>
    [OverloadResolutionPriority(1)]
    public static Func<Tensor, (Tensor Value, Tensor Gradient)> ValueAndGrad(Func<Tensor, Tensor> f, bool allowUnused = false)
    {
        Func<Tensor[], Tensor> several = Singles.Function("Grad.ValueAndGrad", f);
        return x =>
        {
            (Tensor value, Tensor[] gradients) = Differentiate("Grad.ValueAndGrad", several, [x], allowUnused);
            return (value, gradients[0]);
        };
    }

    /// <summary>A scalar function of several tensors together with its gradients, from one call of it.</summary>
    /// <inheritdoc cref="Of(Func{Tensor, Tensor}, bool)"/>
    public static Func<Tensor[], (Tensor Value, Tensor[] Gradients)> ValueAndGrad(Func<Tensor[], Tensor> f, bool allowUnused = false)
    {
        Throw.IfNull("Grad.ValueAndGrad", f);
        return x => Differentiate("Grad.ValueAndGrad", f, x, allowUnused);
    }

    /// <summary>f(x) and its pullback, dy ↦ dyᵀ·∂f/∂x: reverse mode.</summary>
    /// <param name="f">The function; its result may have any shape.</param>
    /// <param name="x">Where.</param>
    /// <returns>The pullback may be called any number of times, takes a tensor of the result's shape and gives one of x's;
    /// zeros where the result does not depend on x. It throws a <see cref="ShapeException"/> or a
    /// <see cref="DTypeException"/> if its argument is not like the result.</returns>
    /// <exception cref="DTypeException">x or the result is not floating-point.</exception>
    public static (Tensor Value, Func<Tensor, Tensor> Pullback) Vjp(Func<Tensor, Tensor> f, Tensor x)
    {
        (Tensor value, Func<Tensor, Tensor[]> pullback) = Vjp(Singles.Function("Grad.Vjp", f), Singles.Input("Grad.Vjp", x));
        return (value, dy => pullback(dy)[0]);
    }

    /// <summary>The same for several inputs; the pullback gives one tensor an input.</summary>
    /// <inheritdoc cref="Vjp(Func{Tensor, Tensor}, Tensor)"/>
    public static (Tensor Value, Func<Tensor, Tensor[]> Pullback) Vjp(Func<Tensor[], Tensor> f, Tensor[] x)
    {
        Application application = new("Grad.Vjp", f, x);
        Tensor y = application.Result;
        return (application.Value, Pullback);

        Tensor[] Pullback(Tensor dy)
        {
            Throw.IfNull("Grad.Vjp", dy);
            if (dy.Shape != y.Shape) throw Throw.Cotangent(dy.Shape, y.Shape);
            if (dy.DType != y.DType) throw Throw.CotangentType(dy.DType, y.DType);
            return OrZeros(application.Gradients(dy), x);
        }
    }

    /// <summary>f(x) and its directional derivative ∂f/∂x·ẋ, in one pass: forward mode.</summary>
    /// <param name="f">The function; its result may have any shape.</param>
    /// <param name="x">Where.</param>
    /// <param name="tangent">The direction ẋ, of x's shape.</param>
    /// <returns>Value and tangent have one shape; the tangent is zero where f does not depend on x.</returns>
    /// <exception cref="ShapeException">The tangent's shape is not x's.</exception>
    /// <exception cref="DTypeException">x or the result is not floating-point, or the tangent's element type is not x's.</exception>
    public static (Tensor Value, Tensor Tangent) Jvp(Func<Tensor, Tensor> f, Tensor x, Tensor tangent) =>
        Push("Grad.Jvp", Singles.Function("Grad.Jvp", f), Singles.Input("Grad.Jvp", x), Singles.Input("Grad.Jvp", tangent));

    /// <summary>The same for several inputs, each with its tangent.</summary>
    /// <exception cref="ShapeException">There is not one tangent an input, or one has not its input's shape.</exception>
    /// <inheritdoc cref="Jvp(Func{Tensor, Tensor}, Tensor, Tensor)"/>
    public static (Tensor Value, Tensor Tangent) Jvp(Func<Tensor[], Tensor> f, Tensor[] x, Tensor[] tangents)
    {
        Throw.IfNull("Grad.Jvp", f);
        Throw.IfNullIn("Grad.Jvp", x);
        Throw.IfNullIn("Grad.Jvp", tangents);
        if (x.Length != tangents.Length) throw Throw.TangentCount("Grad.Jvp", tangents.Length, x.Length);
        return Push("Grad.Jvp", f, x, tangents);
    }

    static (Tensor Value, Tensor[] Gradients) Differentiate(string op, Func<Tensor[], Tensor> f, Tensor[] x, bool allowUnused)
    {
        Application application = new(op, f, x);
        if (application.Result.Count != 1) throw Throw.NotScalar(op, application.Result.Shape);
        Tensor?[] gradients = application.Gradients();
        int unused = allowUnused ? -1 : Array.IndexOf(gradients, null);
        if (unused >= 0) throw Throw.Unused(op, unused, x[unused].Shape);
        Tensor[] closed = application.Close(OrZeros(gradients, x));
        return (application.Value, closed);
    }

    static (Tensor Value, Tensor Tangent) Push(string op, Func<Tensor[], Tensor> f, Tensor[] x, Tensor[] tangents)
    {
        using DualLevel level = DualMode.Enter();
        Tensor y = f(Moving(level, x, tangents));
        CheckResult(op, y);
        return (y, TangentsOf(level, [y])[0]);
    }

    /// <summary>The inputs with their tangents at a level.</summary>
    static Tensor[] Moving(DualLevel level, Tensor[] x, Tensor[] tangents)
    {
        Tensor[] moving = new Tensor[x.Length];
        for (int i = 0; i < x.Length; i++) moving[i] = level.With(x[i], tangents[i]);
        return moving;
    }

    /// <summary>The results' tangents at a level; zeros for one that stands still.</summary>
    static Tensor[] TangentsOf(DualLevel level, Tensor[] y)
    {
        Tensor[] tangents = new Tensor[y.Length];
        for (int i = 0; i < y.Length; i++) tangents[i] = level.TangentOf(y[i]) ?? Tensor.ZerosLike(y[i]);
        return tangents;
    }

    static Tensor[] OrZeros(Tensor?[] gradients, Tensor[] x)
    {
        Tensor[] dx = new Tensor[x.Length];
        for (int i = 0; i < dx.Length; i++) dx[i] = gradients[i] ?? Tensor.ZerosLike(x[i]);
        return dx;
    }
}
