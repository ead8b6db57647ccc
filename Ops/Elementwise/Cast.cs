namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The same numbers in another element type; differentiable between Float32 and Float64.</summary>
        /// <param name="dtype">The wanted type. To Int64, fractions are cut off; to Bool, everything but 0 is true.</param>
        public Tensor Cast(DType dtype)
        {
            Throw.IfNull("Cast", x);
            return x.DType == dtype ? x : new CastOp(dtype).Apply(x);
        }
    }
}

// y = x in another type   ⇒   dx = dy in x's type
sealed class CastOp(DType dtype) : Op, ISampled
{
    public static IEnumerable<Sample> Samples => [Sample.Of(x => x.Cast(DType.Float64))];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0].Dense(), y = Tensor.Empty(x.Shape, dtype);
        switch (x.DType)
        {
            case DType.Float32: From<float>(x, y); break;
            case DType.Float64: From<double>(x, y); break;
            case DType.Int64: From<long>(x, y); break;
            default: FromBool(x.AsSpan<bool>(), y); break;
        }
        return y;
    }

    protected override Tensor Vjp(int input, Tensor dy, Recorded values) => dy.Cast(values.DType(0));

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => tangents[0]!.Cast(dtype);

    protected override Tensor? Batch(BatchedInputs inputs) => Apply(inputs[0]);

    static void From<E>(Tensor x, Tensor y) where E : unmanaged, System.Numerics.INumber<E>
    {
        ReadOnlySpan<E> source = x.AsSpan<E>();
        switch (y.DType)
        {
            case DType.Float32: System.Numerics.Tensors.TensorPrimitives.ConvertTruncating(source, y.AsWritableSpan<float>()); break;
            case DType.Float64: System.Numerics.Tensors.TensorPrimitives.ConvertTruncating(source, y.AsWritableSpan<double>()); break;
            case DType.Int64: System.Numerics.Tensors.TensorPrimitives.ConvertSaturating(source, y.AsWritableSpan<long>()); break;
            default:
                Span<bool> target = y.AsWritableSpan<bool>();
                for (int i = 0; i < target.Length; i++) target[i] = source[i] != E.Zero;
                break;
        }
    }

    static void FromBool(ReadOnlySpan<bool> source, Tensor y)
    {
        for (int i = 0; i < source.Length; i++)
        {
            if (y.DType == DType.Float32) y.AsWritableSpan<float>()[i] = source[i] ? 1 : 0;
            else if (y.DType == DType.Float64) y.AsWritableSpan<double>()[i] = source[i] ? 1 : 0;
            else y.AsWritableSpan<long>()[i] = source[i] ? 1 : 0;
        }
    }
}
