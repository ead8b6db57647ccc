namespace Autograd.Nn;

/// <summary>√ of the mean squared difference; predictions and labels of one shape.</summary>
public sealed class RootMeanSquareError() : Metric("RMSE", sums: 2, higherIsBetter: false)
{
    /// <inheritdoc/>
    public override double Value => Math.Sqrt(Sums[0] / Sums[1]);

    /// <inheritdoc/>
    public override void Add(Tensor predictions, Tensor labels)
    {
        CheckSame(predictions, labels);
        Sums[0] += (predictions.Detach().Cast(DType.Float64) - labels.Cast(DType.Float64)).Square().Sum().Item();
        Sums[1] += labels.Count;
    }
}

/// <summary>The mean of the absolute differences; predictions and labels of one shape.</summary>
public sealed class MeanAbsoluteError() : Metric("MAE", sums: 2, higherIsBetter: false)
{
    /// <inheritdoc/>
    public override double Value => Sums[0] / Sums[1];

    /// <inheritdoc/>
    public override void Add(Tensor predictions, Tensor labels)
    {
        CheckSame(predictions, labels);
        Sums[0] += (predictions.Detach().Cast(DType.Float64) - labels.Cast(DType.Float64)).Abs().Sum().Item();
        Sums[1] += labels.Count;
    }
}
