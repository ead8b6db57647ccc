namespace Autograd.Bench.AdBench;

/// <summary>
/// The log posterior of a Gaussian mixture with a Wishart prior on the covariances.
/// Source: Srajer, Kukelova and Fitzgibbon 2018, "A benchmark of selected algorithmic differentiation tools", problem GMM.
/// </summary>
/// <param name="Alphas">Logarithms of the unnormalized weights, [k].</param>
/// <param name="Means">[k, d].</param>
/// <param name="Icf">
/// Inverse covariance factors, [k, d(d + 1)/2]: the logarithms of the diagonal of the lower triangular matrix Q, then the
/// elements below it, column by column.
/// </param>
/// <param name="Points">[n, d].</param>
/// <param name="Gamma">Parameter γ of the prior.</param>
/// <param name="M">Parameter m of the prior.</param>
sealed record Gmm(Tensor Alphas, Tensor Means, Tensor Icf, Tensor Points, double Gamma, int M)
{
    int D => Means.Shape[1];

    int K => Means.Shape[0];

    int N => Points.Shape[0];

    public Tensor[] Parameters => [Alphas, Means, Icf];

    public string Size => $"d {D}, k {K}, n {N}";

    public static Gmm Read(string path)
    {
        var file = new NumberFile(path);
        int d = file.Integer(), k = file.Integer(), n = file.Integer();
        Tensor alphas = file.Parameter(k), means = file.Parameter(k, d), icf = file.Parameter(k, d * (d + 1) / 2);
        return new(alphas, means, icf, file.Tensor(n, d), file.Number(), file.Integer());
    }

    public Tensor Value()
    {
        Tensor logDiagonal = Icf.Slice(1, 0, D), diagonal = logDiagonal.Exp(), below = Icf.Slice(1, D, null);
        Tensor logDeterminant = logDiagonal.Sum(1);
        Tensor offsets = Points - Means.Unsqueeze(1);
        Tensor distances = offsets.MatMul(Factors(diagonal, below).T).Square().Sum(-1);
        Tensor terms = (Alphas + logDeterminant).Unsqueeze(1) - 0.5 * distances;
        Tensor likelihood = terms.LogSumExp(0).Sum() - N * Alphas.LogSumExp();
        Tensor prior = Gamma * Gamma / 2 * (diagonal.Square().Sum() + below.Square().Sum()) - M * logDeterminant.Sum();
        return likelihood + prior - (N * D / 2.0 * Math.Log(2 * Math.PI) + K * LogNormalizer(D, Gamma, M));
    }

    /// <summary>The matrices Q, [k, d, d].</summary>
    Tensor Factors(Tensor diagonal, Tensor below)
    {
        long[] places = new long[D * D];
        int zero = Icf.Shape[1], next = D;
        Array.Fill(places, zero);
        for (int column = 0; column < D; column++)
        {
            places[column * (D + 1)] = column;
            for (int row = column + 1; row < D; row++) places[row * D + column] = next++;
        }
        Tensor elements = Tensor.Concat([diagonal, below, Tensor.Zeros([K, 1], DType.Float64)], axis: 1);
        return elements.IndexSelect(1, Tensor.From(places)).Reshape(K, D, D);
    }

    /// <summary>The logarithm of the normalizing constant of the prior of one covariance.</summary>
    static double LogNormalizer(int d, double gamma, int m)
    {
        int freedom = d + m + 1;
        double logGamma = d * (d - 1) / 4.0 * Math.Log(Math.PI);
        for (int i = 0; i < d; i++) logGamma += LogGammaOfHalf(freedom - i);
        return freedom * d * (Math.Log(gamma) - Math.Log(2) / 2) - logGamma;
    }

    /// <summary>log Γ(twice/2), from Γ(1/2) = √π, Γ(1) = 1 and Γ(x + 1) = x Γ(x).</summary>
    static double LogGammaOfHalf(int twice)
    {
        double sum = int.IsOddInteger(twice) ? Math.Log(Math.PI) / 2 : 0;
        for (int i = twice - 2; i > 0; i -= 2) sum += Math.Log(i / 2.0);
        return sum;
    }
}
