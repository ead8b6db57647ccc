using System.Diagnostics;
using Autograd.Nn;
using Autograd.Nn.Data;
using Spectre.Console;

namespace Autograd.Examples;

/// <summary>Shows how a training goes: a bar in a terminal; where the output is a file or a pipe, a line a second and one an epoch.</summary>
sealed class ProgressView
{
    const double BarPeriod = 0.1, LinePeriod = 1;

    readonly ProgressTask? _bar;
    readonly Stopwatch _clock = Stopwatch.StartNew();
    double _lastShown, _start = double.NaN;
    TrainingProgress _last;
    long _images;

    ProgressView(Trainer trainer, ProgressTask? bar)
    {
        _bar = bar;
        _bar?.MaxValue = 1;
        trainer.AfterBatch += Show;
        trainer.AfterEpoch += _ => EndEpoch();
    }

    /// <summary>Trains, then writes a line with the time it took.</summary>
    public static TrainingResult Fit(Trainer trainer, Batches batches, int epochs, CancellationToken interrupt)
    {
        if (Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Interactive) return Fit(new ProgressView(trainer, null));
        return AnsiConsole.Progress()
            .Columns(new ProgressBarColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .AutoClear(true)
            .Start(context => Fit(new ProgressView(trainer, context.AddTask("starting"))));

        TrainingResult Fit(ProgressView view)
        {
            TrainingResult result = trainer.Fit(batches, epochs, cancellation: interrupt);
            string how = result.End == TrainingEnd.Cancelled ? "stopped" : "trained";
            double seconds = view._clock.Elapsed.TotalSeconds;
            view.Write($"{how} after {view._images:N0} images in {seconds:0.0} s: {view._images / seconds:N0} images/s");
            return result;
        }
    }

    void Show(TrainingProgress progress)
    {
        _images += progress.Examples - (progress.Epoch == _last.Epoch ? _last.Examples : 0);
        _last = progress;
        if (double.IsNaN(_start)) _start = progress.Fraction;
        double now = _clock.Elapsed.TotalSeconds;
        if (now - _lastShown < (_bar is null ? LinePeriod : BarPeriod)) return;
        _lastShown = now;
        if (_bar is null) Console.WriteLine($"  {State}");
        _bar?.Value = progress.Fraction;
        _bar?.Description = State;
    }

    void EndEpoch()
    {
        Write(State);
        _lastShown = _clock.Elapsed.TotalSeconds;
    }

    void Write(string line)
    {
        if (_bar is null) Console.WriteLine(line);
        else AnsiConsole.WriteLine(line);
    }

    string State
    {
        get
        {
            double seconds = _clock.Elapsed.TotalSeconds, done = _last.Fraction - _start;
            TimeSpan left = TimeSpan.FromSeconds(done > 0 ? seconds * (1 - _last.Fraction) / done : 0);
            return $"{_last}  {_images / seconds:N0} images/s  {(int)left.TotalMinutes}:{left.Seconds:00} left";
        }
    }
}
