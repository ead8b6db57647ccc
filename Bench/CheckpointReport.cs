namespace Autograd.Bench;

/// <summary>What checkpoints save: memory held at the end of a forward pass, outside a scope and inside.</summary>
static class CheckpointReport
{
    const int Layers = 64, PerCheckpoint = 8, Width = 256;

    public static void Run()
    {
        Console.WriteLine("| step | MB held after forward, without checkpoints | with |");
        Console.WriteLine("| --- | ---: | ---: |");
        Console.WriteLine($"| outside a scope | {Held(scope: false, checkpoints: false):F1} | {Held(scope: false, checkpoints: true):F1} |");
        Console.WriteLine($"| in a Tape.Scope | {Held(scope: true, checkpoints: false):F1} | {Held(scope: true, checkpoints: true):F1} |");
    }

    /// <summary>What the garbage collector cannot free while the loss is held.</summary>
    static double Held(bool scope, bool checkpoints)
    {
        (Tensor[] weights, Tensor x) = Net();
        MemoryPool.Trim();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        using TapeScope step = scope ? Tape.Scope() : default;
        Tensor loss = Forward(weights, x, checkpoints);
        double held = (GC.GetTotalMemory(forceFullCollection: true) - before) / 1e6;
        loss.Backward();
        GC.KeepAlive(weights);
        return held;
    }

    static (Tensor[] Weights, Tensor X) Net()
    {
        Generator random = new(1);
        Tensor[] weights = [.. Enumerable.Range(0, Layers).Select(_ => Tensor.Normal([Width, Width], random, std: 0.06))];
        foreach (Tensor w in weights) w.RequiresGrad = true;
        return (weights, Tensor.Normal([Width, Width], random));
    }

    static Tensor Forward(Tensor[] weights, Tensor x, bool checkpoints)
    {
        for (int i = 0; i < Layers; i += PerCheckpoint)
        {
            Tensor[] part = weights[i..(i + PerCheckpoint)];
            x = checkpoints ? Checkpoint.Run(t => Through(part, t), x) : Through(part, x);
        }
        return x.Sum();
    }

    static Tensor Through(Tensor[] weights, Tensor x)
    {
        foreach (Tensor w in weights) x = x.MatMul(w).Tanh();
        return x;
    }
}
