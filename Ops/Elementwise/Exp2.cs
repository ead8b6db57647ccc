using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>2ˣ, elementwise.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Exp2() => Map<Exp2Op>.Default.Apply(x);
    }
}

readonly record struct Exp2Op : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Exp2(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => y * double.Log(2);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Exp2())];
}
