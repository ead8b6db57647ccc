using System.Runtime.Intrinsics;
using Autograd.Kernels;

namespace Autograd;

/// <summary>The reading as one double: checks a derivative against differences of its formula without any tape, and finds constants.</summary>
readonly struct Real(double value) : IReal<Real>
{
    public readonly double Value = value;

    public static implicit operator Real(double value) => new(value);

    public static Real operator +(Real a, Real b) => a.Value + b.Value;
    public static Real operator -(Real a, Real b) => a.Value - b.Value;
    public static Real operator *(Real a, Real b) => a.Value * b.Value;
    public static Real operator /(Real a, Real b) => a.Value / b.Value;
    public static Real operator -(Real a) => -a.Value;
    public static Real operator <(Real a, Real b) => If(a.Value < b.Value);
    public static Real operator >(Real a, Real b) => If(a.Value > b.Value);
    public static Real operator <=(Real a, Real b) => If(a.Value <= b.Value);
    public static Real operator >=(Real a, Real b) => If(a.Value >= b.Value);
    public static Real Select(Real condition, Real a, Real b) => condition.Value != 0 ? a : b;
    public static Real Equal(Real a, Real b) => If(a.Value == b.Value);
    public static Real Abs(Real x) => Math.Abs(x.Value);
    public static Real Sqrt(Real x) => Math.Sqrt(x.Value);
    public static Real Exp(Real x) => Math.Exp(x.Value);
    public static Real Log(Real x) => Math.Log(x.Value);
    public static Real Pow(Real a, Real b) => Math.Pow(a.Value, b.Value);
    public static Real Tanh(Real x) => Math.Tanh(x.Value);
    public static Real Sigmoid(Real x) => x.Value >= 0 ? 1 / (1 + Math.Exp(-x.Value)) : Math.Exp(x.Value) / (1 + Math.Exp(x.Value));
    public static Real Expm1(Real x) => VectorMath.Expm1(Vector512.Create(x.Value))[0];
    public static Real Exp2(Real x) => VectorMath.Exp2(Vector512.Create(x.Value))[0];
    public static Real Log1p(Real x) => VectorMath.Log1p(Vector512.Create(x.Value))[0];
    public static Real Log2(Real x) => Math.Log2(x.Value);
    public static Real Log10(Real x) => Math.Log10(x.Value);
    public static Real Softplus(Real x) => VectorMath.Softplus(Vector512.Create(x.Value))[0];
    public static Real Sin(Real x) => Math.Sin(x.Value);
    public static Real Cos(Real x) => Math.Cos(x.Value);
    public static Real Tan(Real x) => Math.Tan(x.Value);
    public static Real Sinh(Real x) => Math.Sinh(x.Value);
    public static Real Cosh(Real x) => Math.Cosh(x.Value);
    public static Real Asin(Real x) => Math.Asin(x.Value);
    public static Real Acos(Real x) => Math.Acos(x.Value);
    public static Real Atan(Real x) => Math.Atan(x.Value);
    public static Real Asinh(Real x) => Math.Asinh(x.Value);
    public static Real Acosh(Real x) => Math.Acosh(x.Value);
    public static Real Atanh(Real x) => Math.Atanh(x.Value);
    public static Real Erf(Real x) => VectorMath.Erf(Vector512.Create(x.Value))[0];
    public static Real NormalCdf(Real x) => 0.5 * (1 + Erf(x * double.Sqrt(0.5)));
    public static Real Erfc(Real x) => VectorMath.Erfc(Vector512.Create(x.Value))[0];
    public static Real Floor(Real x) => Math.Floor(x.Value);
    public static Real Ceiling(Real x) => Math.Ceiling(x.Value);
    public static Real Round(Real x) => Math.Round(x.Value);
    public static Real Truncate(Real x) => Math.Truncate(x.Value);
    public static Real Atan2(Real a, Real b) => Math.Atan2(a.Value, b.Value);
    public static Real Hypot(Real a, Real b) => double.Hypot(a.Value, b.Value);
    public static Real Fmod(Real a, Real b) => a.Value % b.Value;

    static Real If(bool condition) => condition ? 1 : 0;
}
