using System.Runtime.CompilerServices;

namespace Autograd;

/// <summary>
/// What tells one flat application (see <see cref="ElementwiseOp"/>) of an op from another, in one number, so that one comparison says whether a step
/// records what the step before did: what is saved, the element type, whether there is but one element.
/// </summary>
readonly record struct FlatKind
{
    const int Some = 1 << 8, One = 1 << 9, TypeBits = 12, TypeMask = 15;

    readonly int _bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FlatKind(Saved saved, DType dtype, bool isOne) => _bits = (int)saved | (Some | (isOne ? One : 0) | ((int)dtype << TypeBits));

    public bool IsNone => _bits == 0;

    public bool SavesA => (_bits & (int)Saved.A) != 0;

    public bool SavesB => (_bits & (int)Saved.B) != 0;

    public bool SavesOutput => (_bits & (int)Saved.Output) != 0;

    public DType DType => (DType)((_bits >> TypeBits) & TypeMask);

    public bool IsOne => (_bits & One) != 0;
}
