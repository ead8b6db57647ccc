namespace Autograd.Kernels;

/// <summary>
/// One dimension of a convolution with strides, or of its gradient by the source, seen as convolutions of stride 1: see Note [Products of phases].
/// Phase p has the kernel elements p, p + stride, ….
/// </summary>
/// <param name="Kernel">Elements of the kernel.</param>
/// <param name="Stride">Stride.</param>
/// <param name="Pad">Zeros on each side.</param>
/// <param name="Inputs">Elements of x.</param>
/// <param name="Outputs">Elements of y.</param>
/// <param name="Side">Values of each block, and elements of a phase that it reads.</param>
/// <param name="IsGradient">Whether x's gradient is made of y's; otherwise y is made of x.</param>
readonly record struct ConvPhases(int Kernel, int Stride, int Pad, int Inputs, int Outputs, int Side, bool IsGradient)
{
    /// <summary>Most taps of a phase.</summary>
    public int MostTaps => (Kernel + Stride - 1) / Stride;

    /// <summary>Phases with as many; they are the first ones.</summary>
    public int FullPhases => Kernel - ((MostTaps - 1) * Stride);

    /// <summary>Elements of a block of results.</summary>
    public int Block => Side + 1 - MostTaps;

    /// <summary>Phases whose products are terms of one sum.</summary>
    public int SourcePhases => IsGradient ? 1 : Stride;

    /// <summary>Phases of the results.</summary>
    public int ResultPhases => IsGradient ? Stride : 1;

    /// <summary>Phases that have product <paramref name="k"/>.</summary>
    public int Phases(int k) => k == Side - 1 ? FullPhases : Stride;

    /// <summary>Products of a block, those of all phases.</summary>
    public int Products => ((Side - 1) * Stride) + FullPhases;

    /// <summary>Taps of a phase.</summary>
    public int Taps(int phase) => (Kernel - phase + Stride - 1) / Stride;

    /// <summary>Which element of the results is the phase's first.</summary>
    public int Result(int phase) => IsGradient ? (((phase - Pad) % Stride) + Stride) % Stride : 0;

    /// <summary>Results of a phase.</summary>
    int Results(int phase) => IsGradient ? (Inputs - Result(phase) + Stride - 1) / Stride : Outputs;

    /// <summary>Element of y that the first result of a phase of a gradient reads first.</summary>
    int Min(int phase) => ((Result(phase) + Pad - phase) / Stride) - Taps(phase) + 1;

    int Base
    {
        get
        {
            int min = int.MaxValue;
            for (int p = 0; p < Stride; p++) min = Math.Min(min, Min(p));
            return min;
        }
    }

    /// <summary>Result of a phase that the first block begins with; those before 0 there are not.</summary>
    public int First(int phase) => IsGradient ? Base - Min(phase) : 0;

    /// <summary>Blocks.</summary>
    public int Blocks
    {
        get
        {
            int blocks = 0;
            for (int p = 0; p < ResultPhases; p++) blocks = Math.Max(blocks, (Results(p) - First(p) + Block - 1) / Block);
            return blocks;
        }
    }

    /// <summary>Elements of block <paramref name="block"/> that are results.</summary>
    public PhaseSpan Span(int phase, int block)
    {
        int first = First(phase) + (block * Block);
        return new(Math.Max(0, -first), Math.Clamp(Results(phase) - first, 0, Block), Block, !IsGradient || phase < FullPhases);
    }

    /// <summary>The taps of a phase, for its filter's gradient.</summary>
    public PhaseSpan TapSpan(int phase) => new(0, Taps(phase), Taps(phase), phase < FullPhases);

    /// <summary>Element of the source that the first block reads first, in the first phase; the others follow it.</summary>
    public int SourceMin => IsGradient ? Base : -Pad;

    /// <summary>Elements of the source that so many blocks read.</summary>
    public int SourceCount(int blocks) => SourcePhases * ((blocks * Block) + MostTaps - 1);
}
