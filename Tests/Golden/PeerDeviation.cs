using System.Globalization;

namespace Autograd.GoldenDriver;

/// <summary>How far we and PyTorch are from the true values of one derivative at hard arguments.</summary>
/// <param name="Name">Which derivative.</param>
/// <param name="Ours">Our largest |a − b|/|b|, rounded to two digits, as theirs is in the files.</param>
/// <param name="Ulps">The same in units of the last place of the true value.</param>
/// <param name="Theirs">PyTorch's.</param>
public sealed record PeerDeviation(string Name, double Ours, double Ulps, double Theirs)
{
    /// <summary>−1 where we are closer, 1 where we are further, 0 where both are equal or we are within one unit of the last place, which rounding alone may cost.</summary>
    public int Sign => Ours < Theirs ? -1 : Ours == Theirs || Ulps <= 1 ? 0 : 1;

    /// <summary>Ours over theirs; theirs counts as half a unit of the last place at least.</summary>
    public double Ratio => Ours / Math.Max(Theirs, Math.ScaleB(1, -53));

    internal static PeerDeviation Of(string name, Tensor actual, GoldenTensor expected, double theirs)
    {
        double relative = 0, ulps = 0;
        double[] a = actual.Numbers(), b = expected.Data;
        for (int i = 0; i < b.Length; i++)
        {
            if (!double.IsFinite(b[i]) || b[i] == 0) continue;
            double error = Math.Abs(a[i] - b[i]);
            relative = Math.Max(relative, error / Math.Abs(b[i]));
            ulps = Math.Max(ulps, error / (Math.BitIncrement(Math.Abs(b[i])) - Math.Abs(b[i])));
        }
        return new(name, TwoDigits(relative), ulps, theirs);
    }

    static double TwoDigits(double x) => double.Parse(x.ToString("E1", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
