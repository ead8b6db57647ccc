using System.Numerics.Tensors;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The elements as a span of the platform's own tensor type, without copying; a scalar has one axis there.</summary>
        /// <typeparam name="T">The .NET type of the element type.</typeparam>
        /// <exception cref="DTypeException">T is not the element type.</exception>
        /// <exception cref="ShapeException">The tensor is a strided view.</exception>
        public ReadOnlyTensorSpan<T> AsTensorSpan<T>() where T : unmanaged
        {
            Throw.IfNull("AsTensorSpan", x);
            nint[] lengths = x.Rank == 0 ? [1] : new nint[x.Rank];
            for (int i = 0; i < x.Rank; i++) lengths[i] = x.Shape[i];
            return new ReadOnlyTensorSpan<T>(x.AsSpan<T>(), lengths);
        }
    }

    extension(Tensor)
    {
        /// <summary>A copy of a tensor span, in its shape.</summary>
        /// <typeparam name="T">float, double, long or bool.</typeparam>
        public static Tensor From<T>(scoped in ReadOnlyTensorSpan<T> values) where T : unmanaged
        {
            int[] sizes = new int[values.Rank];
            for (int i = 0; i < sizes.Length; i++) sizes[i] = checked((int)values.Lengths[i]);
            T[] numbers = new T[checked((int)values.FlattenedLength)];
            values.FlattenTo(numbers);
            return Tensor.From(numbers, Shape.Create(sizes));
        }
    }
}
