namespace Autograd;

/// <summary>How an operand takes part in a row, as the compiler knows it.</summary>
interface IStream
{
    /// <summary>It has an element for each of the row.</summary>
    static abstract bool IsMany { get; }

    /// <summary>It has one element for all of the row.</summary>
    static abstract bool IsOne { get; }
}

readonly struct Moves : IStream
{
    public static bool IsMany => true;
    public static bool IsOne => false;
}

readonly struct Stands : IStream
{
    public static bool IsMany => false;
    public static bool IsOne => true;
}

readonly struct Unread : IStream
{
    public static bool IsMany => false;
    public static bool IsOne => false;
}

/// <summary>One of the two local derivatives of a formula.</summary>
interface IPartial
{
    T Of<T>(T a, T b, T y) where T : struct, IReal<T>;
}

readonly struct PartialA<TOp>(TOp op) : IPartial where TOp : struct, IBinaryOp
{
    public T Of<T>(T a, T b, T y) where T : struct, IReal<T> => op.DA(a, b, y);
}

readonly struct PartialB<TOp>(TOp op) : IPartial where TOp : struct, IBinaryOp
{
    public T Of<T>(T a, T b, T y) where T : struct, IReal<T> => op.DB(a, b, y);
}

/// <summary>The derivative of a formula of one tensor.</summary>
readonly struct PartialOfOne<TOp>(TOp op) : IPartial where TOp : struct, IUnaryOp
{
    public T Of<T>(T a, T b, T y) where T : struct, IReal<T> => op.D(a, y);
}

/// <summary>A formula of one tensor as one of two, for views, which are walked in runs: the second is not read.</summary>
readonly struct OfFirst<TOp>(TOp op) : IBinaryOp where TOp : struct, IUnaryOp
{
    public T F<T>(T a, T b) where T : struct, IReal<T> => op.F(a);

    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => op.D(a, y);

    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => 0;
}
