namespace Autograd.Samples;

/// <summary>The samples of docs/transforms.md.</summary>
public static class Transforms
{
    public static void Run()
    {
        // sample: of
        Tensor x = Tensor.From([1.0, 2.0, 3.0]);
        Func<Tensor, Tensor> gradient = Grad.Of(t => (t * t * t).Sum());
        Console.WriteLine(gradient(x));                                  // 3x²
        Console.WriteLine(Grad.Of(t => gradient(t).Sum())(x));           // 6x

        (Tensor value, Tensor slope) = Grad.ValueAndGrad(t => t.Exp().Sum())(Tensor.From([0.0]));
        Console.WriteLine($"{value.Item()} {slope[0]}");

        (Tensor da, Tensor db) = Grad.Of((a, b) => (a * b).Sum())(x, x * 10);
        Console.WriteLine($"{da[0]} {db[0]}");
        // end
    }

    public static void Products()
    {
        // sample: products
        Tensor a = Tensor.From(new[,] { { 1.0, 2 }, { 3, 4 }, { 5, 6 } }), x = Tensor.From([1.0, -1]);
        Func<Tensor, Tensor> f = t => a.MatMul(t).Square();              // ∂f/∂x = 2·diag(a·x)·a, [3, 2]

        (Tensor y, Func<Tensor, Tensor> pullback) = Grad.Vjp(f, x);
        Console.WriteLine(y);
        Console.WriteLine(pullback(Tensor.From([1.0, 0, 0])));           // the first row
        Console.WriteLine(Grad.Jvp(f, x, Tensor.From([0.0, 1])).Tangent); // the second column
        Console.WriteLine(Grad.Jacobian(f, x));
        // end
    }

    public static void Second()
    {
        // sample: second
        static Tensor F(Tensor t) => t.Prod();
        Tensor x = Tensor.From([1.0, 2, 3]), v = Tensor.From([1.0, 0, 1]);
        Console.WriteLine(Grad.Hessian(F, x));
        Console.WriteLine(Grad.HessianVectorProduct(F, x, v));
        // end
    }

    public static void Batches()
    {
        // sample: batches
        Tensor w = Tensor.From([1.0, 2]), x = Tensor.From(new[,] { { 1.0, 0 }, { 0, 1 }, { 1, 1 } }), target = Tensor.From([0.0, 0, 1]);
        w.RequiresGrad = true;
        Tensor each = Grad.PerSample(sample => (sample[0].MatMul(w) - sample[1]).Square().Sum(), [w], [x, target])[0];
        Console.WriteLine(each);                                         // 2·(x·w − target)·x, a row a sample

        Func<Tensor, Tensor> entropy = p => -(p * p.Log()).Sum();        // of one distribution
        Console.WriteLine(Grad.Vmap(entropy)(Tensor.From(new[,] { { 0.5, 0.5 }, { 0.9, 0.1 } })));
        Console.WriteLine(Grad.Vmap(Grad.Of(entropy))(Tensor.From(new[,] { { 0.5, 0.5 }, { 0.9, 0.1 } })));
        // end
        try
        {
            // sample: reading
            Grad.Vmap(p => p[0] > 0.7 ? p : p * 0)(Tensor.From(new[,] { { 0.5, 0.5 }, { 0.9, 0.1 } }));
            // end
        }
        catch (GraphException error)
        {
            Console.WriteLine(error.Message);
        }
    }

    public static void Checkpoints()
    {
        // sample: checkpoint
        Tensor w = Tensor.Normal([64, 64], new Generator(1), std: 0.1), x = Tensor.Ones([8, 64]);
        w.RequiresGrad = true;
        int calls = 0;
        Tensor Block(Tensor t)
        {
            calls++;
            for (int i = 0; i < 4; i++) t = t.MatMul(w).Tanh();
            return t;
        }

        Tensor y = Checkpoint.Run(Block, Checkpoint.Run(Block, x));      // keeps the inputs of both blocks, and nothing within them
        y.Sum().Backward();                                              // runs each block once more
        Console.WriteLine(calls);
        // end
    }

    public static void Custom()
    {
        // sample: custom
        Func<Tensor, Tensor> softSign = CustomOp.Create(
            "SoftSign",
            forward: x => x / (1 + x.Abs()),
            vjp: (x, y, dy) => dy / (1 + x.Abs()).Square());
        GradCheck.That(softSign, Tensor.From([-2.0, 0.5, 3.0]));
        Console.WriteLine(Grad.Of(t => softSign(t).Sum())(Tensor.From([1.0, -3.0])));
        // end
    }

    public static void Hooks()
    {
        // sample: hooks
        Tensor x = Tensor.From([1.0, 2, 3]);
        x.RequiresGrad = true;
        int saved = 0;
        Tensor y;
        using (Tape.SavedTensorHooks(value => { saved++; return value.Cast(DType.Float32); }, packed => packed.Cast(DType.Float64)))
        {
            y = x.Exp().Square().Sum();                                  // what backward will read is kept in half the memory
        }
        y.Backward();
        Console.WriteLine(saved);
        Console.WriteLine(x.Grad![0]);
        // end
    }
}
