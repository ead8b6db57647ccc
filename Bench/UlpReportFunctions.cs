using System.Runtime.Intrinsics;
using Autograd.Kernels;
using Autograd.Tests;

namespace Autograd.Bench;

/// <summary>The functions that <see cref="UlpReport"/> visits, with their references and the range they are timed on.</summary>
static class UlpReportFunctions
{
    internal static readonly Action<int>[] Rows =
    [
        stride => UlpReport.Row<ExpRow>("Exp", Math.Exp, x => WideMath.Exp(x), -10f, 10f, stride),
        stride => UlpReport.Row<Exp2Row>("Exp2", x => Math.Pow(2, x), x => WideMath.Exp2(x), -10f, 10f, stride),
        stride => UlpReport.Row<Expm1Row>("Expm1", ReferenceMath.Expm1, x => WideMath.Expm1(x), -3f, 3f, stride),
        stride => UlpReport.Row<LogRow>("Log", Math.Log, x => WideMath.Log(x), 0.01f, 100f, stride),
        stride => UlpReport.Row<Log2Row>("Log2", Math.Log2, x => WideMath.Log2(x), 0.01f, 100f, stride),
        stride => UlpReport.Row<Log10Row>("Log10", Math.Log10, x => WideMath.Log10(x), 0.01f, 100f, stride),
        stride => UlpReport.Row<Log1pRow>("Log1p", ReferenceMath.Log1p, x => WideMath.Log1p(x), -0.5f, 10f, stride),
        stride => UlpReport.Row<SigmoidRow>("Sigmoid", ReferenceMath.Sigmoid, x => WideMath.Sigmoid(x), -10f, 10f, stride),
        stride => UlpReport.Row<TanhRow>("Tanh", Math.Tanh, x => WideMath.Tanh(x), -4f, 4f, stride),
        stride => UlpReport.Row<SoftplusRow>("Softplus", ReferenceMath.Softplus, x => WideMath.Softplus(x), -10f, 10f, stride),
        stride => UlpReport.Row<ErfRow>("Erf", ReferenceMath.Erf, WideMath.Erf, -3f, 3f, stride),
        stride => UlpReport.Row<ErfcRow>("Erfc", ReferenceMath.Erfc, WideMath.Erfc, -3f, 6f, stride),
        stride => UlpReport.Row<SinRow>("Sin", Math.Sin, WideMath.Sin, -10f, 10f, stride),
        stride => UlpReport.Row<CosRow>("Cos", Math.Cos, WideMath.Cos, -10f, 10f, stride),
        stride => UlpReport.Row<TanRow>("Tan", Math.Tan, WideMath.Tan, -10f, 10f, stride),
        stride => UlpReport.Row<SinhRow>("Sinh", Math.Sinh, x => WideMath.Sinh(x), -5f, 5f, stride),
        stride => UlpReport.Row<CoshRow>("Cosh", Math.Cosh, x => WideMath.Cosh(x), -5f, 5f, stride),
        stride => UlpReport.Row<AsinRow>("Asin", Math.Asin, WideMath.Asin, -1f, 1f, stride),
        stride => UlpReport.Row<AcosRow>("Acos", Math.Acos, WideMath.Acos, -1f, 1f, stride),
        stride => UlpReport.Row<AtanRow>("Atan", Math.Atan, x => WideMath.Atan(x), -5f, 5f, stride),
        stride => UlpReport.Row<AsinhRow>("Asinh", ReferenceMath.Asinh, WideMath.Asinh, -5f, 5f, stride),
        stride => UlpReport.Row<AcoshRow>("Acosh", Math.Acosh, WideMath.Acosh, 1f, 9f, stride),
        stride => UlpReport.Row<AtanhRow>("Atanh", ReferenceMath.Atanh, WideMath.Atanh, -1f, 1f, stride),
        stride => UlpReport.Row<PowOfThirdRow>("Pow(x, 1/3)", x => Math.Pow(x, 1 / 3f), x => WideMath.Pow(x, 1 / 3f), 0f, 9f, stride),
        stride => UlpReport.Row<PowOfBaseRow>("Pow(1.7, x)", x => Math.Pow(1.7f, x), x => WideMath.Pow(1.7f, x), -9f, 9f, stride),
        stride => UlpReport.Row<PowOfMinusThreeRow>("Pow(x, -3)", x => Math.Pow(x, -3), x => WideMath.Pow(Math.Abs(x), -3) * Math.CopySign(1, x), -9f, 9f, stride),
        stride => UlpReport.Row<Atan2OfOneRow>("Atan2(x, -1.25)", x => Math.Atan2(x, -1.25), x => WideMath.Atan2(x, -1.25), -9f, 9f, stride),
        stride => UlpReport.Row<HypotOfOneRow>("Hypot(x, 0.7)", x => double.Hypot(x, 0.7f), x => WideMath.Hypot(x, 0.7f), -9f, 9f, stride),
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

    readonly struct ErfRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Erf(x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Erf(x);
    }

    readonly struct ErfcRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Erfc(x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Erfc(x);
    }

    readonly struct SinRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Sin(x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Sin(x);
    }

    readonly struct CosRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Cos(x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Cos(x);
    }

    readonly struct TanRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Tan(x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Tan(x);
    }

    readonly struct SinhRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Sinh(x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Sinh(x);
    }

    readonly struct CoshRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Cosh(x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Cosh(x);
    }

    readonly struct AsinRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Asin(x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Asin(x);
    }

    readonly struct AcosRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Acos(x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Acos(x);
    }

    readonly struct AtanRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Atan(x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Atan(x);
    }

    readonly struct AsinhRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Asinh(x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Asinh(x);
    }

    readonly struct AcoshRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Acosh(x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Acosh(x);
    }

    readonly struct AtanhRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Atanh(x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Atanh(x);
    }

    readonly struct PowOfThirdRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Pow(x, Vector512.Create(1 / 3f));
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Pow(x, Vector512.Create((double)(1 / 3f)));
    }

    readonly struct PowOfBaseRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Pow(Vector512.Create(1.7f), x);
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Pow(Vector512.Create((double)1.7f), x);
    }

    readonly struct PowOfMinusThreeRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Pow(x, Vector512.Create(-3f));
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Pow(x, Vector512.Create(-3d));
    }

    readonly struct Atan2OfOneRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Atan2(x, Vector512.Create(-1.25f));
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Atan2(x, Vector512.Create(-1.25));
    }

    readonly struct HypotOfOneRow : UlpReport.IFunctionRow
    {
        public static Vector512<float> Of(Vector512<float> x) => VectorMath.Hypot(x, Vector512.Create(0.7f));
        public static Vector512<double> Of(Vector512<double> x) => VectorMath.Hypot(x, Vector512.Create((double)0.7f));
    }
}
