using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Autograd.Nn;

/// <summary>Limits gradients in place, between backward and the optimizer's step; parameters without gradient are passed over.</summary>
public static class ClipGradients
{
    /// <summary>Multiplies all gradients by min(1, limit/(norm + 10⁻⁶)), with norm = (Σ|d|ᵖ)^(1/p) over all of them.</summary>
    /// <param name="parameters">Parameters, such as a module's.</param>
    /// <param name="limit">The greatest norm, ≥ 0.</param>
    /// <param name="p">The power, > 0; infinity for the greatest magnitude.</param>
    /// <returns>The norm before; where it is NaN or infinite nothing is changed.</returns>
    /// <exception cref="GraphException">A gradient was recorded (createGraph) and must not be changed in place.</exception>
    /// <remarks>Source: Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013, algorithm 1.</remarks>
    public static double ByNorm(IEnumerable<Tensor> parameters, double limit, double p = 2)
    {
        Throw.IfNegative("ClipGradients.ByNorm", limit, "Pass 1, or 0 to make all gradients 0.");
        Throw.IfNotPositive("ClipGradients.ByNorm", p, "Leave it out for the Euclidean norm.");
        Throw.IfNull("ClipGradients.ByNorm", parameters);
        IReadOnlyList<Tensor> gradients = Of(parameters);
        double norm = p == 2 ? Euclidean(gradients) : Norm(gradients, p), factor = limit / (norm + 1e-6);
        if (!double.IsFinite(norm) || factor >= 1) return norm;
        foreach (Tensor gradient in gradients)
        {
            if (gradient.DType == DType.Float32) UpdateLoop.Run<Scaling<float>, float>(new(factor), gradient, gradient);
            else UpdateLoop.Run<Scaling<double>, double>(new(factor), gradient, gradient);
        }
        return norm;
    }

    /// <summary>Brings every element of the gradients into [−limit, limit]; NaN stays.</summary>
    /// <param name="parameters">Parameters, such as a module's.</param>
    /// <param name="limit">The greatest absolute value, ≥ 0.</param>
    /// <exception cref="GraphException">A gradient was recorded (createGraph) and must not be changed in place.</exception>
    public static void ByValue(IEnumerable<Tensor> parameters, double limit)
    {
        Throw.IfNegative("ClipGradients.ByValue", limit, "Pass 1, or 0 to make all gradients 0.");
        Throw.IfNull("ClipGradients.ByValue", parameters);
        foreach (Tensor gradient in Of(parameters))
        {
            if (gradient.DType == DType.Float32) UpdateLoop.Run<Bounding<float>, float>(new(limit), gradient, gradient);
            else UpdateLoop.Run<Bounding<double>, double>(new(limit), gradient, gradient);
        }
    }

    static double Euclidean(IReadOnlyList<Tensor> gradients)
    {
        double squares = 0;
        foreach (Tensor gradient in gradients)
            squares += gradient.DType == DType.Float32 ? Squares(gradient.AsSpan<float>()) : Squares(gradient.AsSpan<double>());
        return Math.Sqrt(squares);
    }

    /// <summary>The norm of the norms of all gradients.</summary>
    static double Norm(IReadOnlyList<Tensor> gradients, double p)
    {
        using RecordingSwitch _ = Tape.NoGrad();
        double[] norms = [.. gradients.Select(gradient => gradient.Cast(DType.Float64).Norm(p).Item())];
        return Tensor.From(norms).Norm(p).Item();
    }

    static List<Tensor> Of(IEnumerable<Tensor> parameters)
    {
        List<Tensor> gradients = [];
        foreach (Tensor parameter in parameters)
        {
            if (parameter.Grad is not { } gradient) continue;
            if (!gradient.IsDense)
            {
                // Setting copies, and the copy is dense.
                parameter.Grad = gradient;
                gradient = parameter.Grad!;
            }
            gradients.Add(gradient);
        }
        return gradients;
    }

    /// <summary>Σx² in double: eight sums side by side in fixed order, so that the bits depend on the numbers alone.</summary>
    [MethodImpl(Jit.Loop)]
    static double Squares(ReadOnlySpan<float> x)
    {
        Vector512<double> low = default, high = default;
        ref float first = ref MemoryMarshal.GetReference(x);
        int i = 0;
        for (; i + Vector512<float>.Count <= x.Length; i += Vector512<float>.Count)
        {
            (Vector512<double> a, Vector512<double> b) = Vector512.Widen(Vector512.LoadUnsafe(ref first, (nuint)i));
            low = Vector512.FusedMultiplyAdd(a, a, low);
            high = Vector512.FusedMultiplyAdd(b, b, high);
        }
        double sum = Sum(low + high);
        for (; i < x.Length; i++) sum = Math.FusedMultiplyAdd(x[i], x[i], sum);
        return sum;
    }

    [MethodImpl(Jit.Loop)]
    static double Squares(ReadOnlySpan<double> x)
    {
        Vector512<double> sums = default;
        ref double first = ref MemoryMarshal.GetReference(x);
        int i = 0;
        for (; i + Vector512<double>.Count <= x.Length; i += Vector512<double>.Count)
        {
            Vector512<double> a = Vector512.LoadUnsafe(ref first, (nuint)i);
            sums = Vector512.FusedMultiplyAdd(a, a, sums);
        }
        double sum = Sum(sums);
        for (; i < x.Length; i++) sum = Math.FusedMultiplyAdd(x[i], x[i], sum);
        return sum;
    }

    // Vector512.Sum leaves the order open.
    static double Sum(Vector512<double> lanes)
    {
        double sum = 0;
        for (int i = 0; i < Vector512<double>.Count; i++) sum += lanes[i];
        return sum;
    }
}

readonly struct Scaling<T>(double factor) : IUpdate<T> where T : unmanaged
{
    readonly Vector512<T> _factor = UpdateLoop.Fill<T>(factor);

    public static int Slots => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(ref Vector512<T> p, Vector512<T> g, ref Vector512<T> a, ref Vector512<T> b, ref Vector512<T> c) => p = g * _factor;
}

readonly struct Bounding<T>(double limit) : IUpdate<T> where T : unmanaged
{
    readonly Vector512<T> _limit = UpdateLoop.Fill<T>(limit);

    public static int Slots => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(ref Vector512<T> p, Vector512<T> g, ref Vector512<T> a, ref Vector512<T> b, ref Vector512<T> c) =>
        p = Vector512.Min(Vector512.Max(g, -_limit), _limit);
}
