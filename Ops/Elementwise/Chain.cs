using System.Runtime.CompilerServices;

namespace Autograd;

/// <summary>
/// dx = dy·d, recorded, with the strict zero of <see cref="Lanes{E}.Chain"/>. Its own derivative with respect to dy is d also
/// at dy = 0, so that Hessian-vector products stay right there.
/// </summary>
readonly record struct ChainOp : IBinaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T a, T b) where T : struct, IReal<T> => T.Select(T.Equal(a, 0), 0, a * b);

    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => b;

    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => a;

    public static IEnumerable<Sample> Samples => Sample.Broadcast((a, b) => Map2<ChainOp>.Default.Apply(a, b), 0.5, 2);
}

/// <summary>The last step of a recorded derivative.</summary>
static class ElementwiseChain
{
    /// <summary>dy times the local derivative, which may be a mere number.</summary>
    public static Tensor Apply(Tensor dy, Traced derivative) => derivative.Number switch
    {
        1 => dy,
        { } number => dy * number,
        null => Map2<ChainOp>.Default.Apply(dy, derivative.ToTensor(dy.DType)),
    };
}
