using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace Autograd;

public sealed partial class Tensor
{
    /// <summary>The one element as a double.</summary>
    /// <exception cref="ShapeException">There is not exactly one element.</exception>
    public double Item() => Count == 1 ? ElementAt(Layout.Offset) : throw Throw.NotOneElement(Shape);

    /// <summary>One element, as a double; negative indices count from the end.</summary>
    /// <param name="indices">One index an axis.</param>
    /// <exception cref="ShapeException">Too few or too many indices, or one out of range.</exception>
    [IndexerName("Element")]
    public double this[params ReadOnlySpan<int> indices]
    {
        get
        {
            if (indices.Length != Rank) throw Throw.WrongIndexCount(indices.Length, Shape);
            int position = Layout.Offset;
            for (int i = 0; i < indices.Length; i++)
            {
                int size = Shape.Sizes[i], index = indices[i] < 0 ? indices[i] + size : indices[i];
                if ((uint)index >= (uint)size) throw Throw.IndexOutOfRange(indices[i], i, Shape);
                position += index * Layout.Strides[i];
            }
            return ElementAt(position);
        }
    }

    /// <summary>The elements in row-major order.</summary>
    /// <typeparam name="T">The .NET type of the element type.</typeparam>
    /// <exception cref="DTypeException">T is not the element type.</exception>
    /// <exception cref="ShapeException">The tensor is a strided view; call <see cref="Dense"/> or <see cref="ToArray{T}"/>.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<T> AsSpan<T>() where T : unmanaged => IsDense ? Raw<T>() : throw Throw.NotDense("AsSpan", this);

    /// <summary>
    /// The elements in memory from this tensor's first one to its last, for kernels that read views where they are: element (i, j, …) lies at the sum of i, j, … times
    /// <see cref="Strides"/>, and what lies between may belong to others.
    /// </summary>
    /// <typeparam name="T">The .NET type of the element type.</typeparam>
    /// <exception cref="DTypeException">T is not the element type.</exception>
    /// <exception cref="ShapeException">The view runs backwards along an axis: a stride is negative.</exception>
    public ReadOnlySpan<T> AsReachedSpan<T>() where T : unmanaged
    {
        CheckType<T>();
        if (Count == 0) return [];
        (long low, long high) = Layout.Reach(Shape, Strides);
        return low == 0 ? LiveStorage.Span<T>(Layout.Offset, (int)high + 1) : throw Throw.ReachesBack("AsReachedSpan", this);
    }

    /// <summary>The elements in row-major order, to be changed in place; counts as a change.</summary>
    /// <inheritdoc cref="CopyFrom"/>
    public Span<T> AsWritableSpan<T>() where T : unmanaged
    {
        if (!IsDense) throw Throw.NotDense("AsWritableSpan", this);
        CheckType<T>();
        return BeginChange("AsWritableSpan").Span<T>(Layout.Offset, Count);
    }

    /// <summary>A copy of the elements in row-major order.</summary>
    /// <typeparam name="T">The .NET type of the element type.</typeparam>
    /// <exception cref="DTypeException">T is not the element type.</exception>
    public T[] ToArray<T>() where T : unmanaged
    {
        T[] values = new T[Count];
        CopyTo(values.AsSpan());
        return values;
    }

    /// <summary>Copies the elements, in row-major order, to the start of <paramref name="target"/>.</summary>
    /// <exception cref="ArgumentException">The target is too short.</exception>
    /// <exception cref="DTypeException">T is not the element type.</exception>
    public void CopyTo<T>(Span<T> target) where T : unmanaged
    {
        CheckType<T>();
        if (target.Length < Count) throw Throw.TargetTooShort(target.Length, Count);
        StridedCopy.Run<T>(LiveStorage.Span<T>(0, LiveStorage.Length / DType.Size()), Layout.Offset, Layout, target);
    }

    /// <summary>A copy with memory of its own and no history.</summary>
    public Tensor Clone()
    {
        Tensor copy = Own(Shape, DType);
        copy.Write(this);
        return copy;
    }

    /// <summary>Overwrites all elements with those of a tensor of the same shape and type.</summary>
    /// <exception cref="GraphException">This is a recorded result, or a leaf that requires a gradient while recording is on.</exception>
    /// <exception cref="ShapeException">The shapes differ, or this is a strided view.</exception>
    /// <exception cref="DTypeException">The element types differ.</exception>
    public void CopyFrom(Tensor source)
    {
        Throw.IfNull("CopyFrom", source);
        CheckOperand("CopyFrom", source);
        Tensor dense = source.LiveStorage == LiveStorage ? source.Clone() : source;
        BeginChange("CopyFrom");
        Write(dense);
    }

    /// <summary>Overwrites all elements with one value.</summary>
    /// <inheritdoc cref="CopyFrom"/>
    public void Fill(double value)
    {
        if (!IsDense) throw Throw.NotDense("Fill", this);
        BeginChange("Fill");
        FillRaw(value);
    }

    /// <summary>this += scale·x, in place; a floating-point tensor of the same shape and type.</summary>
    /// <inheritdoc cref="CopyFrom"/>
    public void AddScaled(Tensor x, double scale)
    {
        Throw.IfNull("AddScaled", x);
        CheckOperand("AddScaled", x);
        if (!DType.IsFloating()) throw Throw.NeedsFloating("AddScaled", DType);
        Tensor dense = x.LiveStorage == LiveStorage && x.Layout.Offset != Layout.Offset ? x.Clone() : x.Dense();
        BeginChange("AddScaled");
        if (DType == DType.Float32) TensorPrimitives.FusedMultiplyAdd(dense.AsSpan<float>(), (float)scale, Raw<float>(), Raw<float>());
        else TensorPrimitives.FusedMultiplyAdd(dense.AsSpan<double>(), scale, Raw<double>(), Raw<double>());
    }

    /// <summary>The dense elements from the first on, without any check of rules: for the engine alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Span<T> Raw<T>() where T : unmanaged
    {
        CheckType<T>();
        return LiveStorage.Span<T>(Layout.Offset, Count);
    }

    /// <summary>The first byte in memory, of elements of so many bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref byte First(int size) => ref Unsafe.Add(ref LiveStorage.First(), Layout.Offset * size);

    /// <summary>The first element of a tensor of that type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal T First<T>() where T : unmanaged => Unsafe.As<byte, T>(ref First(Unsafe.SizeOf<T>()));

    /// <summary>Writes the elements of a tensor of the same shape and type, without any check of rules.</summary>
    internal void Write(Tensor source)
    {
        switch (DType)
        {
            case DType.Float32: source.CopyTo(Raw<float>()); break;
            case DType.Float64: source.CopyTo(Raw<double>()); break;
            case DType.Int64: source.CopyTo(Raw<long>()); break;
            default: source.CopyTo(Raw<bool>()); break;
        }
    }

    double ElementAt(int position) => DType switch
    {
        DType.Float32 => LiveStorage.Span<float>(position, 1)[0],
        DType.Float64 => LiveStorage.Span<double>(position, 1)[0],
        DType.Int64 => LiveStorage.Span<long>(position, 1)[0],
        _ => LiveStorage.Span<bool>(position, 1)[0] ? 1 : 0,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void CheckType<T>() where T : unmanaged
    {
        if (DTypes.Of<T>() != DType) throw Throw.WrongElementType(typeof(T), DType);
    }

    void CheckOperand(string op, Tensor x)
    {
        if (x.Shape != Shape) throw Throw.InPlaceShapes(op, this, x);
        if (x.DType != DType) throw Throw.InPlaceTypes(op, this, x);
        if (!IsDense) throw Throw.NotDense(op, this);
    }

    /// <summary>Checks that the rules allow a change in place, and counts it.</summary>
    /// <returns>The memory.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    Storage BeginChange(string op)
    {
        Storage memory = LiveStorage;
        if (_node is not null) CheckChange(op);
        memory.Version++;
        if (ChangeLog.Readers > 0) ChangeLog.Note(memory);
        return memory;
    }

    void CheckChange(string op)
    {
        if (LiveNode is not { RequiresGrad: true } node) return;
        if (!node.IsLeaf) throw Throw.ChangeOfResult(op, node);
        if (Tape.IsRecording) throw Throw.ChangeOfLeaf(op, Shape);
    }
}
