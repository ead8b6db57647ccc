using Autograd.Nn;
using Autograd.Nn.Data;

namespace Autograd.Samples;

public static class Checkpoints
{
    public static void Saving()
    {
        string folder = Directory.CreateTempSubdirectory().FullName, path = Path.Combine(folder, "net.safetensors");
        // sample: save
        Net net = new();
        net.Save(path);

        Net same = new();
        same.Load(path);
        // end
        Console.WriteLine(same.Parameters[0].ToArray<float>().SequenceEqual(net.Parameters[0].ToArray<float>()));
        Directory.Delete(folder, recursive: true);
    }

    public static void Mismatch()
    {
        try
        {
            // sample: mismatch
            Sequential saved = new(new Linear(3, 4), new Tanh(), new Linear(4, 2));
            Sequential model = new(new Linear(3, 5), new Tanh(), new BatchNorm1d(5));
            model.LoadStateDict(saved.StateDict());
            // end
        }
        catch (StateMismatchException error)
        {
            Console.WriteLine(error.Message);
        }
    }

    public static void Prefix()
    {
        // sample: prefix
        Linear layer = new(2, 3);
        Dictionary<string, Tensor> saved = new() { ["module.weight"] = Tensor.Ones([3, 2]), ["module.bias"] = Tensor.Zeros([3]) };
        layer.LoadStateDict(saved.ToDictionary(item => item.Key["module.".Length..], item => item.Value));
        // end
        Console.WriteLine(layer.Weight[0, 0]);
    }

    public static void Resume()
    {
        string folder = Directory.CreateTempSubdirectory().FullName, path = Path.Combine(folder, "run.safetensors");
        // sample: resume
        Dropout dropout = new(0.1);
        Sequential model = new(new Linear(3, 8), dropout, new Linear(8, 1));
        Adam adam = new(model.Parameters);
        Scheduler scheduler = new(adam, Schedule.Cosine(1000));
        RandomState random = new([Generator.Default, .. model.Generators]);
        (string Name, IStateful Part)[] parts = [("model", model), ("optimizer", adam), ("schedule", scheduler), ("random", random)];

        // Names of all parts into one file, which is wholly written or not at all,
        Safetensors.Write(path, parts.SelectMany(part => part.Part.StateDict(), (part, item) => KeyValuePair.Create($"{part.Name}/{item.Key}", item.Value)));

        // and back.
        OrderedDictionary<string, Tensor> file = Safetensors.Read(path);
        foreach ((string name, IStateful part) in parts)
            part.LoadStateDict(file.Where(item => item.Key.StartsWith(name + "/")).ToDictionary(item => item.Key[(name.Length + 1)..], item => item.Value));
        // end
        Console.WriteLine(scheduler.Steps);
        Directory.Delete(folder, recursive: true);
    }
}
