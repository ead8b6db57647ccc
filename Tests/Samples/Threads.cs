namespace Autograd.Samples;

public static class Threads
{
    /// <summary>The gradient of Σ tanh(rows·w), summed over parts that several threads work on.</summary>
    public static Tensor Gradient(Tensor w, Tensor[] parts)
    {
        // sample: parallel
        w.RequiresGrad = true;
        w.ZeroGrad();
        Parallel.ForEach(parts, rows =>
        {
            using TapeScope scope = Tape.Scope();         // of the thread that runs this call
            Tensor loss = rows.MatMul(w).Tanh().Sum();    // a graph of this thread's own, over the shared leaf w
            loss.Backward();                              // adds to w.Grad under w's lock
        });
        // end
        return w.Grad!;
    }

    /// <summary>Whether a second thread records while the first does not.</summary>
    public static (bool Here, bool There) Recording()
    {
        bool there = false;
        // sample: switch
        using RecordingSwitch off = Tape.NoGrad();        // for this thread alone
        Thread other = new(() => there = Tape.IsRecording);
        // end
        other.Start();
        other.Join();
        return (Tape.IsRecording, there);
    }
}
