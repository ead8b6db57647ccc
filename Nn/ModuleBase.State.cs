using Autograd.Nn.Data;

namespace Autograd.Nn;

public abstract partial class ModuleBase
{
    /// <summary>All parameters and buffers with their names, in PyTorch's order: of each module the parameters, then the buffers. A shared tensor occurs once.</summary>
    public OrderedDictionary<string, Tensor> StateDict()
    {
        OrderedDictionary<string, Tensor> state = [];
        HashSet<Tensor> seen = new(ReferenceEqualityComparer.Instance);
        foreach ((string name, Tensor value) in AllState())
        {
            if (seen.Add(value)) state.Add(name, value);
        }
        return state;
    }

    /// <summary>Copies values into the parameters and buffers of the same names; all of them, or none if anything does not fit.</summary>
    /// <param name="state">Values by name; floating-point types are converted.</param>
    /// <exception cref="StateMismatchException">Names, shapes or element types differ; the text lists all differences.</exception>
    public void LoadStateDict(IReadOnlyDictionary<string, Tensor> state) => LoadStateDict(state, strict: true);

    /// <param name="state">Values by name; floating-point types are converted.</param>
    /// <param name="strict">Whether names may be neither missing nor unknown.</param>
    /// <inheritdoc cref="LoadStateDict(IReadOnlyDictionary{string, Tensor})"/>
    public void LoadStateDict(IReadOnlyDictionary<string, Tensor> state, bool strict)
    {
        List<(string Name, Tensor Value)> own = AllState();
        StateMismatch.Check(StateMismatch.Module, own, state, strict);
        using RecordingSwitch _ = Tape.NoGrad();
        foreach ((string name, Tensor value) in own)
        {
            if (state.TryGetValue(name, out Tensor? loaded)) value.CopyFrom(loaded.DType == value.DType ? loaded : loaded.Cast(value.DType));
        }
    }

    /// <summary>Reads parameters and buffers from a file; the module stays as it is if anything does not fit.</summary>
    /// <param name="path">A safetensors file, or an archive of NumPy arrays where the name ends in <c>.npz</c>.</param>
    /// <param name="strict">Whether names may be neither missing nor unknown.</param>
    /// <exception cref="StateMismatchException">Names, shapes or element types differ; the text lists all differences.</exception>
    /// <exception cref="DataFormatException">The file breaks a rule of its format.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public void Load(string path, bool strict = true) => LoadStateDict(IsArchive(path, "Load") ? Npy.ReadArchive(path) : Safetensors.Read(path), strict);

    /// <summary>Writes parameters and buffers to a file, which is replaced once the new one is wholly on the disk.</summary>
    /// <param name="path">A safetensors file, or an archive of NumPy arrays where the name ends in <c>.npz</c>.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path)
    {
        if (IsArchive(path, "Save")) Npy.WriteArchive(path, StateDict());
        else Safetensors.Write(path, StateDict(), new Dictionary<string, string> { ["format"] = "pt" });
    }

    static bool IsArchive(string path, string op)
    {
        Throw.IfNoName(op, path, "Pass the path of a file, such as model.safetensors.");
        return path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Parameters and buffers under every name that they have in different modules.</summary>
    List<(string Name, Tensor Value)> AllState()
    {
        List<(string, Tensor)> found = [];
        foreach ((string path, ModuleBase module) in NamedModules())
        {
            ModuleMember[] members = [.. ModuleMembers.Of(module)];
            foreach (MemberKind kind in new[] { MemberKind.Parameter, MemberKind.Buffer })
                found.AddRange(members.Where(member => member.Kind == kind).Select(member => (ModuleMembers.Join(path, member.Name), (Tensor)member.Value)));
        }
        return found;
    }
}
