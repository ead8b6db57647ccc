using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor)
    {
        /// <summary>a + b, elementwise; the shapes are broadcast.</summary>
        /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public static Tensor operator +(Tensor a, Tensor b) => Map2<AddOp>.Default.Apply(a, b);

        /// <summary>a + b, elementwise; the number takes the tensor's element type.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public static Tensor operator +(Tensor a, double b) => Map<AddScalarOp>.Of(new(b)).Apply(a);

        /// <inheritdoc cref="op_Addition(Tensor, double)"/>
        public static Tensor operator +(double a, Tensor b) => b + a;
    }
}

readonly record struct AddOp : IBinaryOp, ISampled
{
    public T F<T>(T a, T b) where T : struct, IReal<T> => a + b;
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => 1;
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => 1;

    public static IEnumerable<Sample> Samples => Sample.Broadcast((a, b) => a + b);
}

readonly record struct AddScalarOp(double Value) : IUnaryOp, ISampled
{
    public string Name => "Add";
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => x + Value;
    public T D<T>(T x, T y) where T : struct, IReal<T> => 1;

    public static IEnumerable<Sample> Samples => [Sample.Of(x => x + 1.5), Sample.Of(x => -0.5 + x)];
}
