using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor a)
    {
        /// <summary>a + weight·(b − a), elementwise; the shapes are broadcast.</summary>
        /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public Tensor Lerp(Tensor b, Tensor weight)
        {
            Checked("Lerp", a, b, weight);
            return a + (weight * (b - a));
        }

        /// <summary>a + weight·(b − a), elementwise, for one weight.</summary>
        /// <inheritdoc cref="Lerp(Tensor, Tensor, Tensor)"/>
        public Tensor Lerp(Tensor b, double weight)
        {
            Checked("Lerp", a, b);
            return new Map2<LerpOp>(new(weight)).Apply(a, b);
        }

        /// <summary>a + scale·b·c, elementwise; the shapes are broadcast.</summary>
        /// <inheritdoc cref="Lerp(Tensor, Tensor, Tensor)"/>
        public Tensor AddProduct(Tensor b, Tensor c, double scale = 1)
        {
            Checked("AddProduct", a, b, c);
            return a + (b * c * scale);
        }

        /// <summary>a + scale·b / c, elementwise; the shapes are broadcast.</summary>
        /// <inheritdoc cref="Lerp(Tensor, Tensor, Tensor)"/>
        public Tensor AddQuotient(Tensor b, Tensor c, double scale = 1)
        {
            Checked("AddQuotient", a, b, c);
            return a + (b / c * scale);
        }
    }

    /// <summary>Checks the inputs of an elementwise op that is composed of others.</summary>
    static void Checked(string op, params ReadOnlySpan<Tensor> inputs)
    {
        Throw.IfAnyNull(op, inputs);
        Throw.IfNotFloating(op, inputs!);
        Throw.IfNoBroadcast(op, inputs);
    }
}

readonly record struct LerpOp(double Weight) : IBinaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T a, T b) where T : struct, IReal<T> => a + (Weight * (b - a));
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => 1 - Weight;
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => Weight;

    public static IEnumerable<Sample> Samples => Sample.Broadcast((a, b) => a.Lerp(b, 0.3));
}
