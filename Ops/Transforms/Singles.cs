using System.Runtime.CompilerServices;

namespace Autograd;

/// <summary>A function of one tensor, and that tensor, as what functions of several take.</summary>
static class Singles
{
    public static Func<Tensor[], Tensor> Function(string op, Func<Tensor, Tensor> f)
    {
        Throw.IfNull(op, f);
        return t => f(t[0]);
    }

    public static Tensor[] Input(string op, Tensor x, [CallerArgumentExpression(nameof(x))] string name = "")
    {
        Throw.IfNull(op, x, name);
        return [x];
    }
}
