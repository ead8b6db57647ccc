namespace Autograd.Examples.History;

/// <summary>
/// Stochastic binary units with symmetric weights. A weight grows when its two units are on together more often with the answers given than without.
/// Source: Ackley, Hinton and Sejnowski, "A learning algorithm for Boltzmann machines", 1985; its annealing schedule, its fixed steps of 2, and its variant in which
/// the inputs are given in both phases.
/// </summary>
sealed class BoltzmannMachine
{
    const double Step = 2, Final = 10;
    const int Sweeps = 10;

    static readonly (double Temperature, int Sweeps)[] Schedule = [(20, 2), (15, 2), (12, 2), (Final, 4)];

    readonly int _inputs, _hidden, _outputs, _units;
    readonly double[,] _weights;
    readonly bool[,] _connected;
    readonly bool[] _on;
    readonly Generator _random;

    public BoltzmannMachine(int inputs, int hidden, int outputs, Generator random)
    {
        (_inputs, _hidden, _outputs, _random) = (inputs, hidden, outputs, random);
        _units = inputs + hidden + outputs + 1;
        (_weights, _connected, _on) = (new double[_units, _units], new bool[_units, _units], new bool[_units]);
        // The last unit is always on: its weights are the biases. As in the networks, inputs reach outputs through hidden units alone.
        _on[^1] = true;
        for (int i = inputs; i < _units; i++)
        {
            for (int j = 0; j < i; j++) _connected[i, j] = _connected[j, i] = !(IsOutput(i) && j < inputs) && (i < _units - 1 || j >= inputs);
        }
    }

    /// <summary>How many times a unit has been asked for its state.</summary>
    public long Updates { get; private set; }

    /// <summary>One change of all weights, after two annealings a case in each phase.</summary>
    public void Learn(double[][] x, double[][] t)
    {
        double[,] given = new double[_units, _units], free = new double[_units, _units];
        for (int i = 0; i < 2 * x.Length; i++)
        {
            int c = i % x.Length;
            Anneal(x[c], t[c], () => CountPairs(given));
            Anneal(x[c], null, () => CountPairs(free));
        }
        for (int i = 0; i < _units; i++)
        {
            for (int j = 0; j < _units; j++)
                if (_connected[i, j]) _weights[i, j] += Step * Math.Sign(given[i, j] - free[i, j]);
        }
    }

    /// <summary>Whether the outputs, averaged over the last sweeps, are on the right side of ½ in every case.</summary>
    public bool IsRight(double[][] x, double[][] t)
    {
        for (int c = 0; c < x.Length; c++)
        {
            double[] mean = new double[_outputs];
            Anneal(x[c], null, () =>
            {
                for (int o = 0; o < _outputs; o++) mean[o] += _on[_inputs + _hidden + o] ? 1.0 / Sweeps : 0;
            });
            for (int o = 0; o < _outputs; o++)
                if (Math.Abs(mean[o] - t[c][o]) >= 0.5) return false;
        }
        return true;
    }

    void Anneal(double[] x, double[]? t, Action look)
    {
        int free = _inputs, end = t is null ? _units - 1 : _inputs + _hidden;
        for (int i = 0; i < _inputs; i++) _on[i] = x[i] > 0.5;
        for (int i = free; i < _units - 1; i++) _on[i] = i < end ? _random.NextBits() % 2 == 0 : t![i - end] > 0.5;
        foreach ((double temperature, int sweeps) in Schedule)
        {
            for (int sweep = 0; sweep < sweeps; sweep++) Sweep(free, end, temperature);
        }
        for (int sweep = 0; sweep < Sweeps; sweep++)
        {
            Sweep(free, end, Final);
            look();
        }
    }

    /// <summary>As many units as are free, each drawn by lot, take a new state.</summary>
    void Sweep(int free, int end, double temperature)
    {
        for (int n = free; n < end; n++)
        {
            int i = free + _random.NextInt(end - free);
            double gap = 0;
            for (int j = 0; j < _units; j++)
                if (_on[j]) gap += _weights[i, j];
            _on[i] = _random.NextDouble() < 1 / (1 + Math.Exp(-gap / temperature));
            Updates++;
        }
    }

    void CountPairs(double[,] counts)
    {
        for (int i = 0; i < _units; i++)
        {
            for (int j = 0; j < _units; j++)
                if (_on[i] && _on[j]) counts[i, j]++;
        }
    }

    bool IsOutput(int unit) => unit >= _inputs + _hidden && unit < _units - 1;
}
