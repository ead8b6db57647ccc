using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Rounding of vectors to whole numbers, for either element type.</summary>
static class Rounding
{
    public static Vector512<T> Floor<T>(Vector512<T> x) => typeof(T) == typeof(float)
        ? Vector512.Floor(x.As<T, float>()).As<float, T>() : Vector512.Floor(x.As<T, double>()).As<double, T>();

    public static Vector512<T> Ceiling<T>(Vector512<T> x) => typeof(T) == typeof(float)
        ? Vector512.Ceiling(x.As<T, float>()).As<float, T>() : Vector512.Ceiling(x.As<T, double>()).As<double, T>();

    /// <summary>Halves go to the even neighbour.</summary>
    public static Vector512<T> Round<T>(Vector512<T> x) => typeof(T) == typeof(float)
        ? Vector512.Round(x.As<T, float>()).As<float, T>() : Vector512.Round(x.As<T, double>()).As<double, T>();

    public static Vector512<T> Truncate<T>(Vector512<T> x) => typeof(T) == typeof(float)
        ? Vector512.Truncate(x.As<T, float>()).As<float, T>() : Vector512.Truncate(x.As<T, double>()).As<double, T>();
}
