namespace Autograd.Samples;

public static class Memory
{
    public static void Run()
    {
        // sample: keep
        Tensor w = Tensor.From([1f, 2f, 3f]);
        w.RequiresGrad = true;
        Tensor kept, squares;
        using (Tape.Scope())
        {
            squares = w * w;
            Tensor loss = squares.Sum();
            loss.Backward();
            kept = loss.Keep();
        }
        Console.WriteLine(kept.Item());
        Console.WriteLine(w.Grad);
        // end
        try
        {
            // sample: ended
            Console.WriteLine(squares[0]);
            // end
        }
        catch (GraphException error)
        {
            Console.WriteLine(error.Message);
        }
    }

    public static void Buffers()
    {
        // sample: grad
        Tensor w = Tensor.From([1f, 2f, 3f]);
        w.RequiresGrad = true;
        w.Sum().Backward();
        Tensor first = w.Grad!, copy = first.Clone();
        w.ZeroGrad();                                 // w.Grad is null, its memory waits
        (w * 10).Sum().Backward();
        Console.WriteLine(ReferenceEquals(first, w.Grad));
        Console.WriteLine(first[0]);
        Console.WriteLine(copy[0]);
        // end
    }
}
