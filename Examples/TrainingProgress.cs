using System.Diagnostics;
using Spectre.Console;

namespace Autograd.Examples;

/// <summary>Tells how training goes: a bar in a terminal; where the output is a file or a pipe, a line a second and one an epoch.</summary>
sealed class TrainingProgress
{
    const double BarPeriod = 0.1, LinePeriod = 1;

    readonly int _epochs, _stepsPerEpoch;
    readonly ProgressTask? _bar;
    readonly Stopwatch _clock = Stopwatch.StartNew();
    int _step;
    long _images;
    double _lastShown;
    (double Loss, int Right, int Images) _epoch;

    TrainingProgress(int epochs, int stepsPerEpoch, ProgressTask? bar)
    {
        (_epochs, _stepsPerEpoch, _bar) = (epochs, stepsPerEpoch, bar);
        _bar?.MaxValue = (double)epochs * stepsPerEpoch;
    }

    /// <summary>Which part of the training is done, 0 to 1.</summary>
    public double Fraction => _step / ((double)_epochs * _stepsPerEpoch);

    /// <summary>Shows the progress while <paramref name="train"/> runs, then a line with the time it took.</summary>
    public static bool Show(int epochs, int stepsPerEpoch, Func<TrainingProgress, bool> train)
    {
        if (Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Interactive) return Finish(new(epochs, stepsPerEpoch, null), train);
        return AnsiConsole.Progress()
            .Columns(new ProgressBarColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .AutoClear(true)
            .Start(context => Finish(new(epochs, stepsPerEpoch, context.AddTask("starting")), train));
    }

    /// <summary>Counts one step.</summary>
    /// <param name="loss">The mean loss of the batch.</param>
    /// <param name="right">How many of its images were classified rightly.</param>
    /// <param name="images">How many images it has.</param>
    public void Step(double loss, int right, int images)
    {
        _epoch = (_epoch.Loss + (loss * images), _epoch.Right + right, _epoch.Images + images);
        _images += images;
        _step++;
        double now = _clock.Elapsed.TotalSeconds;
        if (now - _lastShown < (_bar is null ? LinePeriod : BarPeriod)) return;
        _lastShown = now;
        if (_bar is null) Console.WriteLine($"  {State}");
        _bar?.Value = _step;
        _bar?.Description = State;
    }

    /// <summary>Writes what the epoch came to, and starts the next.</summary>
    public void EndEpoch()
    {
        if (_bar is null) Console.WriteLine(State);
        else AnsiConsole.WriteLine(State);
        _epoch = default;
        _lastShown = _clock.Elapsed.TotalSeconds;
    }

    static bool Finish(TrainingProgress progress, Func<TrainingProgress, bool> train)
    {
        bool finished = train(progress);
        double seconds = progress._clock.Elapsed.TotalSeconds;
        string end = $"{(finished ? "trained" : "stopped")} after {progress._images:N0} images in {seconds:0.0} s: {progress._images / seconds:N0} images/s";
        if (progress._bar is null) Console.WriteLine(end);
        else AnsiConsole.WriteLine(end);
        return finished;
    }

    string State
    {
        get
        {
            double seconds = _clock.Elapsed.TotalSeconds;
            TimeSpan left = TimeSpan.FromSeconds(Fraction > 0 ? seconds * (1 - Fraction) / Fraction : 0);
            int epoch = Math.Max(0, _step - 1) / _stepsPerEpoch;
            return $"epoch {epoch + 1}/{_epochs}  loss {_epoch.Loss / _epoch.Images:0.0000}  accuracy {(double)_epoch.Right / _epoch.Images:0.0000}"
                + $"  {_images / seconds:N0} images/s  {(int)left.TotalMinutes}:{left.Seconds:00} left";
        }
    }
}
