using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Autograd.Nn.Data;

namespace Autograd.Nn;

// Null and ranges.
static partial class Throw
{
    /// <summary>Checks that an argument is there.</summary>
    public static void IfNull<T>(string op, [NotNull] T? value, [CallerArgumentExpression(nameof(value))] string name = "") where T : class
    {
        if (value is null) throw new ArgumentNullException(name, $"{op}: {name} must be given, but it is null. {NullHint(typeof(T))}");
    }

    /// <summary>Checks that an input of a module is there; the name is looked up for the error alone.</summary>
    public static void IfNull(ModuleBase module, [NotNull] object? x, [CallerArgumentExpression(nameof(x))] string name = "")
    {
        if (x is null) throw NullInput(module, name);
    }

    public static ArgumentNullException NullInput(ModuleBase module, string name) =>
        new(name, $"{Name(module.GetType())}: {name} must be given, but it is null. {NullHint(typeof(Tensor))}");

    /// <summary>The argument, if it is there.</summary>
    public static T Given<T>(string op, T? value, [CallerArgumentExpression(nameof(value))] string name = "") where T : class
    {
        IfNull(op, value, name);
        return value;
    }

    /// <summary>Checks that every element of a list is there.</summary>
    public static void IfAnyNull<T>(string op, ReadOnlySpan<T> values, string name) where T : class
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] is null) throw new ArgumentNullException(name, Invariant($"{op}: all {name} must be given, but number {i} of {values.Length} is null. {NullHint(typeof(T))}"));
        }
    }

    /// <summary>Checks that a name or path is there and is not empty.</summary>
    public static void IfNoName(string op, [NotNull] string? value, string hint, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value is null) throw new ArgumentNullException(name, $"{op}: {name} must be given, but it is null. {hint}");
        if (value.Length == 0) throw new ArgumentException($"{op}: {name} must not be empty. {hint}", name);
    }

    /// <summary>Checks that a whole number is not below the least that has a meaning.</summary>
    public static void IfBelow(string op, long value, long least, string hint, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < least) throw OutOfRange(op, name, value, Invariant($"must be {least} or more"), hint);
    }

    /// <summary>Checks that a whole number lies in a range, to which both ends belong.</summary>
    public static void IfOutside(string op, long value, long least, long greatest, string hint, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < least || value > greatest) throw OutOfRange(op, name, value, greatest < least ? "has no value that is possible" : Invariant($"must be from {least} to {greatest}"), hint);
    }

    /// <summary>Checks that a number is 0 or more.</summary>
    public static void IfNegative(string op, double value, string hint, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value >= 0)) throw OutOfRange(op, name, value, "must be 0 or more", hint);
    }

    /// <summary>Checks that a number is above 0.</summary>
    public static void IfNotPositive(string op, double value, string hint, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value > 0)) throw OutOfRange(op, name, value, "must be above 0", hint);
    }

    /// <summary>Checks that a number is a probability.</summary>
    public static void IfNoProbability(string op, double value, string hint, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value is not (>= 0 and <= 1)) throw OutOfRange(op, name, value, "must be in [0, 1]", hint);
    }

    public static ArgumentOutOfRangeException OutOfRange(string op, string name, object value, string rule, string hint) =>
        new(name, value, Invariant($"{op}: {name} {rule}, but it is {value}. {hint}"));

    /// <summary>How to come by a size or setting of a layer.</summary>
    public static string SizeHint(string name) => name switch
    {
        "inputs" or "first" or "second" or "channels" => "Pass the size of the input's axis, such as x.Shape[1].",
        "size" or "keySize" or "valueSize" => "Pass the size of a vector, such as x.Shape[-1].",
        "outputs" or "hidden" => "Pass the number of features that the layer is to give.",
        "kernel" => "Pass kernel: 1 to look at each position by itself.",
        "padding" or "outputPadding" => "Pass 0, or leave it out, for none.",
        "count" => "Pass the number of different indices, such as Vocabulary.Count.",
        "longest" => "Pass the number of steps of the longest sequence.",
        "layers" => "Pass layers: 1 for a single layer.",
        "heads" => "Pass heads: 1 for a single head.",
        "modules" => "Pass the modules whose results are to be joined.",
        "iterations" => "Pass 1 for a single step a call.",
        "history" => "Pass 1 to remember the last change alone.",
        _ => "Pass 1, or leave it out.",
    };

    static string NullHint(Type type) =>
        type == typeof(Tensor) ? "Is it a Grad? That is null until Backward has reached its tensor."
        : type == typeof(Generator) ? "Pass new Generator(seed: 1)."
        : type == typeof(Optimizer) ? "Make one, such as new Adam(model.Parameters)."
        : type == typeof(Schedule) ? "Make one, such as Schedule.Cosine(steps)."
        : type.IsAssignableTo(typeof(ModuleBase)) ? "Make the module before what uses it: fields are null until the constructor has set them."
        : type == typeof(IEnumerable<Tensor>) ? "Pass a module's Parameters."
        : type == typeof(ParameterGroup) || type == typeof(IEnumerable<ParameterGroup>) ? "Make one of a module's parameters: new ParameterGroup(module.Parameters)."
        : type == typeof(Shape) ? "Pass the sizes: [1, 28, 28]."
        : type == typeof(IReadOnlyDictionary<string, Tensor>) ? "Pass what StateDict gave, or Safetensors.Read."
        : type == typeof(IEnumerable<KeyValuePair<string, Tensor>>) ? "Pass tensors by name, such as a StateDict."
        : type == typeof(string) ? "Pass a text, or \"\" for none."
        : type == typeof(Dataset) ? "Make one: new Dataset(inputs, labels)."
        : type == typeof(Batches) ? "Make them: Batches.Of(data, 32)."
        : type == typeof(Transform) ? "Make one, such as Transform.RandomFlip()."
        : type == typeof(Stream) ? "Open it first, such as by File.OpenRead(path)."
        : type == typeof(IEnumerable<Generator>) ? "Pass a model's Generators."
        : type.IsAssignableTo(typeof(System.Collections.IEnumerable)) ? "Pass [] for none."
        : type == typeof(Func<Tensor>) ? "Pass a function that computes the loss: () => Loss.Mse(model.Forward(x), t)."
        : type.IsAssignableTo(typeof(Delegate)) ? "Pass a function: x => …."
        : $"Pass a {Name(type)}.";
}
