using System.Numerics.Tensors;
using Autograd.Nn.Data;

namespace Autograd.Nn;

/// <summary>Where a training is, and all that it takes to go on from there to the bit.</summary>
/// <remarks>
/// Its checkpoint holds the states of model, optimizer, schedulers and sources of random numbers; the position; what loss and metrics have gathered;
/// the epochs that are over; and the best model so far. Gradients are not in it: it is written between steps alone.
/// </remarks>
sealed class TrainingState
{
    const string Position = "training.position", Sums = "training.sums", Past = "training.epochs", Stopping = "training.stopping", EpochRandom = "training.epoch_random";
    const string BestPrefix = "best.";

    readonly Trainer _trainer;
    readonly Batches _batches;
    readonly bool _validates;
    readonly int _epochs;
    readonly RandomState _random;
    readonly (Tensor Buffer, Tensor Before)[] _buffers;
    readonly double[] _sums = new double[2];
    readonly List<double[]> _past = [];
    OrderedDictionary<string, Tensor>? _best;
    double _bestMeasure = double.NaN;
    int _withoutProgress, _skip, _sinceSaved;
    (ulong Seed, ulong Position) _epochRandom;
    Dictionary<string, Tensor>? _resumed;

    public TrainingState(Trainer trainer, Batches batches, Batches? validation, int epochs)
    {
        (_trainer, _batches, _validates, _epochs) = (trainer, batches, validation is not null, epochs);
        _random = new([
            Generator.Default, .. trainer.Model.Generators, .. trainer.Generators, .. Of(batches.Random), .. Of(validation?.Random)]);
        _buffers = [.. trainer.Model.Buffers.Select(buffer => (buffer, buffer.Clone()))];

        static Generator[] Of(Generator? generator) => generator is null ? [] : [generator];
    }

    /// <summary>How many epochs are over.</summary>
    public int Epoch { get; private set; }

    /// <summary>How many batches of the running epoch are done.</summary>
    public int Batch { get; private set; }

    /// <summary>Whether the rule of early stopping ends the training.</summary>
    public bool IsOver => _trainer.EarlyStopping is { } rule && _withoutProgress >= rule.Patience;

    public IReadOnlyList<EpochResult> History => [.. _past.Select((row, index) => Result(index + 1, row))];

    /// <summary>Starts an epoch, or enters it where the training was broken off.</summary>
    public Batches.Epoch StartEpoch()
    {
        if (_skip == 0)
        {
            Array.Clear(_sums);
            foreach (Metric metric in _trainer.Metrics) metric.Reset();
            _epochRandom = _batches.Random?.State ?? default;
            return _batches.GetEnumerator();
        }
        // The order is drawn again from where it was drawn at first; then all sources go back to where the checkpoint was written.
        _batches.Random?.State = _epochRandom;
        Batches.Epoch epoch = _batches.StartAt(_skip);
        _random.LoadStateDict(_resumed!);
        (_skip, _resumed) = (0, null);
        return epoch;
    }

    public void Count(double loss, int examples)
    {
        _sums[0] += loss * examples;
        _sums[1] += examples;
        Batch++;
        _sinceSaved++;
    }

    public TrainingProgress Progress(double batchLoss) =>
        new(Epoch + 1, _epochs, Batch, _batches.Count, (long)_sums[1], batchLoss, _sums[0] / _sums[1], _trainer.Metrics);

    public bool IsDue(int every) => _sinceSaved >= every && Batch < _batches.Count;

    /// <summary>Remembers what a forward pass changes.</summary>
    public void KeepBuffers()
    {
        foreach ((Tensor buffer, Tensor before) in _buffers) before.CopyFrom(buffer);
    }

    public void RestoreBuffers()
    {
        foreach ((Tensor buffer, Tensor before) in _buffers) buffer.CopyFrom(before);
    }

    /// <summary>What training has come to in the running epoch.</summary>
    public Evaluation Training() => new(_sums[0] / _sums[1], _trainer.MetricValues());

    /// <summary>Notes what an epoch came to, and whether it was the best.</summary>
    public EpochResult EndEpoch(Evaluation training, Evaluation? validation)
    {
        double[] row = [training.Loss, .. training.Metrics.Values, .. validation is null ? [] : validation.Metrics.Values.Prepend(validation.Loss)];
        _past.Add(row);
        if (_trainer.EarlyStopping is { } rule) Watch(rule, validation ?? training);
        Epoch++;
        Batch = _sinceSaved = 0;
        return Result(Epoch, row);
    }

    /// <summary>Gives the model the state of the best epoch, if that is wanted.</summary>
    public void RestoreBest()
    {
        if (_best is not null) _trainer.Model.LoadStateDict(_best);
    }

    public void Save(string path)
    {
        foreach ((string name, Tensor parameter) in _trainer.Model.NamedParameters())
        {
            if (!IsFinite(parameter)) throw Throw.NonFiniteParameter(name, Epoch + (Batch > 0 ? 1 : 0), Batch > 0 ? Batch : _batches.Count);
        }
        List<KeyValuePair<string, Tensor>> state = [.. OwnState()];
        foreach ((string prefix, IStateful part) in Parts) state.AddRange(part.StateDict().Select(item => KeyValuePair.Create(prefix + item.Key, item.Value)));
        foreach ((string name, Tensor value) in _best ?? []) state.Add(new(BestPrefix + name, value));
        Safetensors.Write(path, state);
        _sinceSaved = 0;
    }

    /// <summary>Goes on from a checkpoint, if there is one; everything is as before if it does not fit.</summary>
    public void Resume(string path)
    {
        AtomicFile.DeleteLeftOver(path);
        if (!File.Exists(path)) return;
        OrderedDictionary<string, Tensor> saved = Safetensors.Read(path);
        Dictionary<string, Dictionary<string, Tensor>> parts = Parts.Select(part => part.Prefix).Append(BestPrefix).ToDictionary(prefix => prefix, prefix => Below(saved, prefix));
        Dictionary<string, Tensor> own = saved.Where(item => !parts.Keys.Any(prefix => item.Key.StartsWith(prefix, StringComparison.Ordinal))).ToDictionary();
        CheckOwn(own, parts[BestPrefix]);
        Load(parts);
        LoadOwn(own);
        if (parts[BestPrefix].Count > 0) _best = new(parts[BestPrefix]);
        _resumed = parts[RandomPrefix];
    }

    const string RandomPrefix = "random.";

    IEnumerable<(string Prefix, IStateful Part)> Parts
    {
        get
        {
            yield return ("model.", _trainer.Model);
            yield return ("optimizer.", _trainer.Optimizer);
            if (_trainer.StepScheduler is { } step) yield return ("step_scheduler.", step);
            if (_trainer.EpochScheduler is { } epoch) yield return ("epoch_scheduler.", epoch);
            if (_trainer.PlateauScheduler is { } plateau) yield return ("plateau_scheduler.", plateau);
            yield return (RandomPrefix, _random);
        }
    }

    IEnumerable<double> AllSums => _sums.Concat(_trainer.Metrics.SelectMany(metric => metric.Sums));

    int Columns => (1 + _trainer.Metrics.Count) * (_validates ? 2 : 1);

    OrderedDictionary<string, Tensor> OwnState() => new()
    {
        [Position] = Tensor.From([Epoch, Batch, (long)_batches.Count]),
        [EpochRandom] = Tensor.From([unchecked((long)_epochRandom.Seed), unchecked((long)_epochRandom.Position)]),
        [Sums] = Tensor.From([.. AllSums]),
        [Stopping] = Tensor.From([_bestMeasure, _withoutProgress]),
        [Past] = Tensor.From([.. _past.SelectMany(row => row)], [_past.Count, Columns]),
    };

    void CheckOwn(Dictionary<string, Tensor> saved, Dictionary<string, Tensor> best)
    {
        OrderedDictionary<string, Tensor> own = OwnState();
        if (saved.TryGetValue(Past, out Tensor? past) && past.Rank == 2) own[Past] = Tensor.Zeros([past.Shape[0], Columns], DType.Float64);
        StateMismatch.Check(nameof(Trainer), [.. own.Select(item => (item.Key, item.Value))], saved);
        if (best.Count > 0) StateMismatch.Check("model", [.. _trainer.Model.StateDict().Select(item => (item.Key, item.Value))], best);
        long[] position = saved[Position].ToArray<long>();
        if (position[2] != _batches.Count) throw Throw.OtherBatches(position[2], _batches.Count);
        bool possible = position[0] == saved[Past].Shape[0] && position[1] >= 0 && position[1] <= _batches.Count && saved[Stopping][1] is >= 0 and <= int.MaxValue;
        if (!possible) throw Throw.BadPosition(position[0], position[1]);
    }

    void Load(Dictionary<string, Dictionary<string, Tensor>> saved)
    {
        (IStateful Part, Dictionary<string, Tensor> Before)[] before =
            [.. Parts.Select(item => (item.Part, item.Part.StateDict().ToDictionary(value => value.Key, value => value.Value.Clone())))];
        try
        {
            foreach ((string prefix, IStateful part) in Parts) part.LoadStateDict(saved[prefix]);
        }
        catch
        {
            foreach ((IStateful part, Dictionary<string, Tensor> old) in before) part.LoadStateDict(old);
            throw;
        }
    }

    void LoadOwn(Dictionary<string, Tensor> saved)
    {
        long[] position = saved[Position].ToArray<long>(), random = saved[EpochRandom].ToArray<long>();
        (Epoch, Batch, _skip) = ((int)position[0], (int)position[1], (int)position[1]);
        _epochRandom = unchecked(((ulong)random[0], (ulong)random[1]));
        double[] sums = Numbers(saved[Sums]), stopping = Numbers(saved[Stopping]), past = Numbers(saved[Past]);
        sums.AsSpan(0, _sums.Length).CopyTo(_sums);
        int start = _sums.Length;
        foreach (Metric metric in _trainer.Metrics)
        {
            sums.AsSpan(start, metric.Sums.Length).CopyTo(metric.Sums);
            start += metric.Sums.Length;
        }
        (_bestMeasure, _withoutProgress) = (stopping[0], (int)stopping[1]);
        for (int i = 0; i < Epoch; i++) _past.Add(past[(i * Columns)..((i + 1) * Columns)]);
    }

    void Watch(EarlyStopping rule, Evaluation evaluation)
    {
        Metric? metric = _trainer.Metrics.FirstOrDefault(metric => metric.Name == rule.Metric);
        double measure = metric is null ? evaluation.Loss : evaluation.Metrics[metric.Name];
        if (!rule.IsBetter(measure, _bestMeasure, metric is { HigherIsBetter: true }))
        {
            _withoutProgress++;
            return;
        }
        (_bestMeasure, _withoutProgress) = (measure, 0);
        if (rule.RestoreBest) _best = new(_trainer.Model.StateDict().Select(item => KeyValuePair.Create(item.Key, item.Value.Detach().Clone())));
    }

    EpochResult Result(int epoch, double[] row)
    {
        int metrics = _trainer.Metrics.Count;
        return new(epoch, _epochs, Part(0), _validates ? Part(1 + metrics) : null);

        Evaluation Part(int start) => new(
            row[start], new OrderedDictionary<string, double>(_trainer.Metrics.Select((metric, i) => KeyValuePair.Create(metric.Name, row[start + 1 + i]))));
    }

    static Dictionary<string, Tensor> Below(OrderedDictionary<string, Tensor> saved, string prefix) =>
        saved.Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(item => item.Key[prefix.Length..], item => item.Value);

    static double[] Numbers(Tensor saved) => saved.Cast(DType.Float64).ToArray<double>();

    static bool IsFinite(Tensor tensor) => tensor.DType == DType.Float32
        ? TensorPrimitives.IsFiniteAll<float>(tensor.AsSpan<float>())
        : TensorPrimitives.IsFiniteAll<double>(tensor.AsSpan<double>());
}
