using System.Runtime.Intrinsics;
using Autograd.Kernels;

namespace Autograd.Bench;

/// <summary>The functions that <see cref="UlpReport"/> visits, with their references and the range they are timed on.</summary>
static class UlpReportFunctions
{
    internal static readonly Action<int>[] Rows =
    [
        stride => UlpReport.Row<ExpRow>("Exp", Math.Exp, true, -10f, 10f, stride),
        stride => UlpReport.Row<Exp2Row>("Exp2", x => Math.Pow(2, x), true, -10f, 10f, stride),
        stride => UlpReport.Row<Expm1Row>("Expm1", ReferenceMath.Expm1, false, -3f, 3f, stride),
        stride => UlpReport.Row<LogRow>("Log", Math.Log, true, 0.01f, 100f, stride),
        stride => UlpReport.Row<Log2Row>("Log2", Math.Log2, true, 0.01f, 100f, stride),
        stride => UlpReport.Row<Log10Row>("Log10", Math.Log10, true, 0.01f, 100f, stride),
        stride => UlpReport.Row<Log1pRow>("Log1p", ReferenceMath.Log1p, false, -0.5f, 10f, stride),
        stride => UlpReport.Row<SigmoidRow>("Sigmoid", ReferenceMath.Sigmoid, false, -10f, 10f, stride),
        stride => UlpReport.Row<TanhRow>("Tanh", Math.Tanh, true, -4f, 4f, stride),
        stride => UlpReport.Row<SoftplusRow>("Softplus", ReferenceMath.Softplus, false, -10f, 10f, stride),
    ];

    readonly struct ExpRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Exp(x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Exp(x);
    }

    readonly struct Exp2Row : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Exp2(x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Exp2(x);
    }

    readonly struct Expm1Row : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Expm1(x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Expm1(x);
    }

    readonly struct LogRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Log(x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Log(x);
    }

    readonly struct Log2Row : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Log2(x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Log2(x);
    }

    readonly struct Log10Row : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Log10(x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Log10(x);
    }

    readonly struct Log1pRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Log1p(x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Log1p(x);
    }

    readonly struct SigmoidRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Sigmoid(x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Sigmoid(x);
    }

    readonly struct TanhRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Tanh(x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Tanh(x);
    }

    readonly struct SoftplusRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Softplus(x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Softplus(x);
    }
}
