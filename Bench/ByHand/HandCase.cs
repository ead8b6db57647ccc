namespace Autograd.Bench.ByHand;

/// <summary>Gradients by the tape, and the same gradients derived by hand and written with the same kernels over arrays that are there already.</summary>
/// <param name="Name">What is differentiated.</param>
/// <param name="Tape">Clears the gradients, computes the result and its gradients.</param>
/// <param name="Hand">Computes the result and its gradients.</param>
/// <param name="Gradients">A leaf of the tape's side with the array of the other side.</param>
sealed record HandCase(string Name, Action Tape, Action Hand, IReadOnlyList<(Tensor Leaf, float[] ByHand)> Gradients)
{
    /// <summary>All cases.</summary>
    public static IReadOnlyList<HandCase> All { get; } = [HandNets.Xor(), HandNets.MlpSmall(), HandNets.LeNet5(), HandBlocks.LstmCell(), HandBlocks.LayerNorm(), HandBlocks.CrossEntropy()];

    /// <summary>The largest difference between the two sides, relative to the largest element of the gradient it is in.</summary>
    public double Difference()
    {
        Tape();
        Hand();
        double worst = 0;
        foreach ((Tensor leaf, float[] byHand) in Gradients)
        {
            ReadOnlySpan<float> byTape = leaf.Grad!.AsSpan<float>();
            double largest = 0, difference = 0;
            for (int i = 0; i < byHand.Length; i++)
            {
                largest = Math.Max(largest, Math.Abs(byTape[i]));
                difference = Math.Max(difference, Math.Abs(byTape[i] - byHand[i]));
            }
            worst = Math.Max(worst, difference / largest);
        }
        return worst;
    }

    /// <summary>A leaf with its gradient's array.</summary>
    public static (Tensor Leaf, float[] ByHand) Pair(Tensor leaf)
    {
        leaf.RequiresGrad = true;
        return (leaf, new float[leaf.Count]);
    }
}
