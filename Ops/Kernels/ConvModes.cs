namespace Autograd.Kernels;

/// <summary>A number known to the compiler, so that a micro-kernel is compiled for exactly that many registers.</summary>
interface IRegisterCount
{
    /// <summary>The number.</summary>
    static abstract int Value { get; }
}

readonly struct R1 : IRegisterCount { public static int Value => 1; }
readonly struct R2 : IRegisterCount { public static int Value => 2; }
readonly struct R3 : IRegisterCount { public static int Value => 3; }
readonly struct R4 : IRegisterCount { public static int Value => 4; }
readonly struct R5 : IRegisterCount { public static int Value => 5; }
readonly struct R6 : IRegisterCount { public static int Value => 6; }
readonly struct R7 : IRegisterCount { public static int Value => 7; }
readonly struct R8 : IRegisterCount { public static int Value => 8; }
readonly struct R9 : IRegisterCount { public static int Value => 9; }
readonly struct R10 : IRegisterCount { public static int Value => 10; }
readonly struct R11 : IRegisterCount { public static int Value => 11; }
readonly struct R12 : IRegisterCount { public static int Value => 12; }
readonly struct R13 : IRegisterCount { public static int Value => 13; }
readonly struct R14 : IRegisterCount { public static int Value => 14; }

/// <summary>What the rows and the vectors of a convolution tile are.</summary>
interface IConvMode
{
    /// <summary>Vectors hold output channels and scalars are pixels; otherwise vectors hold pixels and scalars are filter elements.</summary>
    static abstract bool VectorIsFilter { get; }

    /// <summary>The second vector holds the next output channels, for the same pixels.</summary>
    static abstract bool TwoFilterVectors { get; }

    /// <summary>The second vector holds the same output channels for other pixels.</summary>
    static abstract bool TwoScalars { get; }
}

/// <summary>A row of the tile is an output channel, its two vectors are pixels.</summary>
readonly struct PixelVectors : IConvMode
{
    public static bool VectorIsFilter => false;
    public static bool TwoFilterVectors => false;
    public static bool TwoScalars => false;
}

/// <summary>A row of the tile is a pixel, its two vectors are two blocks of output channels.</summary>
readonly struct WideChannelVectors : IConvMode
{
    public static bool VectorIsFilter => true;
    public static bool TwoFilterVectors => true;
    public static bool TwoScalars => false;
}

/// <summary>A row of the tile is two pixels at a fixed distance, with one vector of output channels each.</summary>
readonly struct ChannelVectors : IConvMode
{
    public static bool VectorIsFilter => true;
    public static bool TwoFilterVectors => false;
    public static bool TwoScalars => true;
}
