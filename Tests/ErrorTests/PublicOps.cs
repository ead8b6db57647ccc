using System.Reflection;

namespace Autograd.Tests.ErrorTests;

/// <summary>The names of the public ops: members of TensorOps as they are written, and static members of Loss and Recurrent.</summary>
static class PublicOps
{
    /// <summary>Conversions from and to arrays and spans: no ops; Tests/Engine/TensorDataTests and TensorCreateTests hold their errors.</summary>
    static readonly string[] Conversions = ["From", "AsTensorSpan"];

    public static IReadOnlyList<string> Names { get; } =
        [.. Of(typeof(TensorOps), "").Except(Conversions), .. Of(typeof(Loss), "Loss."), .. Of(typeof(Recurrent), "Recurrent.")];

    static IEnumerable<string> Of(Type type, string prefix) => type
        .GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
        .Select(method => prefix + Written(method.Name)).Distinct();

    static string Written(string name) => name switch
    {
        "op_Addition" => "operator +",
        "op_Subtraction" or "op_UnaryNegation" => "operator -",
        "op_Multiply" => "operator *",
        "op_Division" => "operator /",
        "op_LessThan" => "operator <",
        "op_LessThanOrEqual" => "operator <=",
        "op_GreaterThan" => "operator >",
        "op_GreaterThanOrEqual" => "operator >=",
        _ => name.StartsWith("get_", StringComparison.Ordinal) ? name[4..] : name,
    };
}
