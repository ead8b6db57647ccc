namespace Autograd.Kernels;

/// <summary>A matrix of which each row has few entries, that is applied along an axis: output i is the sum of its taps, an element times a weight each.</summary>
sealed class Taps
{
    readonly int[] _starts, _indices;
    readonly double[] _weights;
    Taps? _adjoint;

    /// <param name="inputs">The length of the axis.</param>
    /// <param name="starts">Where the taps of each output start, and where the last ones end.</param>
    /// <param name="indices">The element of each tap.</param>
    /// <param name="weights">Its weight.</param>
    Taps(int inputs, int[] starts, int[] indices, double[] weights)
    {
        (Inputs, _starts, _indices, _weights) = (inputs, starts, indices, weights);
        for (int i = 0; i < Outputs; i++) Most = Math.Max(Most, starts[i + 1] - starts[i]);
    }

    public int Inputs { get; }

    public int Outputs => _starts.Length - 1;

    /// <summary>The most taps of one output.</summary>
    public int Most { get; }

    public ReadOnlySpan<int> Starts => _starts;

    public ReadOnlySpan<int> Indices => _indices;

    public ReadOnlySpan<double> Weights => _weights;

    /// <summary>The transposed matrix, in which the taps of an output are in the order of this one's outputs.</summary>
    public Taps Adjoint
    {
        get
        {
            if (_adjoint is { } known) return known;
            int[] starts = new int[Inputs + 1], indices = new int[_indices.Length];
            double[] weights = new double[_indices.Length];
            foreach (int index in _indices) starts[index + 1]++;
            for (int i = 0; i < Inputs; i++) starts[i + 1] += starts[i];
            int[] next = starts[..^1];
            for (int i = 0; i < Outputs; i++)
            {
                for (int k = _starts[i]; k < _starts[i + 1]; k++)
                {
                    int at = next[_indices[k]]++;
                    (indices[at], weights[at]) = (i, _weights[k]);
                }
            }
            return _adjoint = new Taps(Outputs, starts, indices, weights) { _adjoint = this };
        }
    }

    /// <summary>Linear interpolation: y = (1 − λ)·x[i] + λ·x[i + 1].</summary>
    public static Taps Linear(int inputs, int outputs, bool alignCorners)
    {
        int[] starts = new int[outputs + 1], indices = new int[2 * outputs];
        double[] weights = new double[2 * outputs];
        double scale = !alignCorners ? (double)inputs / outputs : outputs > 1 ? (inputs - 1.0) / (outputs - 1) : 0;
        for (int i = 0; i < outputs; i++)
        {
            double place = alignCorners ? i * scale : Math.Max(((i + 0.5) * scale) - 0.5, 0);
            int low = (int)Math.Min((long)place, inputs - 1);
            (starts[i + 1], indices[2 * i], indices[(2 * i) + 1]) = (2 * (i + 1), low, Math.Min(low + 1, inputs - 1));
            (weights[2 * i], weights[(2 * i) + 1]) = (1 - (place - low), place - low);
        }
        return new Taps(inputs, starts, indices, weights);
    }
}
