using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text;
using Autograd.Examples.History;
using Autograd.Nn.Data;

namespace Autograd.Examples;

/// <summary>One subcommand an example; each is a file of its own.</summary>
static class Program
{
    /// <summary>The exit code of a program that an interrupt ended, by the convention of shells: 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    static int Main(string[] args)
    {
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        using CancellationTokenSource interrupt = new();
        using PosixSignalRegistration registration = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            // The first Ctrl-C asks for an end after the current step, the second ends the process.
            context.Cancel = !interrupt.IsCancellationRequested;
            interrupt.Cancel();
        });

        RootCommand root = new("Examples of Autograd: networks that learn while you watch.")
        {
            Digits(interrupt.Token), Mnist(interrupt.Token), Xor(interrupt.Token), HistoryCommand.Build(),
        };
        try
        {
            return root.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or DataFormatException or ArgumentException or AutogradException)
        {
            Console.Error.WriteLine($"error: {error.Message}");
            return 1;
        }
    }

    static Command Digits(CancellationToken interrupt)
    {
        Option<int> epochs = AtLeastOne("--epochs", "How often each digit is looked at.", 20), threads = Threads();
        Option<ulong> seed = Seed(1);
        Option<string?> checkpoint = Checkpoint();
        Command command = new("digits", "Trains a small convolutional net on 1,797 handwritten digits, in seconds.") { epochs, seed, threads, checkpoint };
        command.SetAction(line =>
        {
            Parallelism.Threads = line.GetValue(threads);
            return DigitsExample.Run(line.GetValue(epochs), line.GetValue(seed), line.GetValue(checkpoint), interrupt);
        });
        return command;
    }

    static Command Mnist(CancellationToken interrupt)
    {
        Option<string> data = new("--data") { Description = "The folder with the four files of MNIST, or of a set in its form.", Required = true };
        Option<string> model = new("--model") { Description = "The network.", DefaultValueFactory = _ => MnistExample.Models[0] };
        model.AcceptOnlyFromAmong(MnistExample.Models);
        Option<int> epochs = AtLeastOne("--epochs", "How often each picture is looked at.", 1), threads = Threads();
        Option<ulong> seed = Seed(1);
        Option<string?> checkpoint = Checkpoint();
        Command command = new("mnist", "Trains LeNet-5 on 60,000 handwritten digits and tests it on 10,000.") { data, model, epochs, seed, threads, checkpoint };
        command.SetAction(line =>
        {
            Parallelism.Threads = line.GetValue(threads);
            return MnistExample.Run(
                line.GetValue(data)!, line.GetValue(model)!, line.GetValue(epochs), line.GetValue(seed), line.GetValue(checkpoint), interrupt);
        });
        return command;
    }

    static Command Xor(CancellationToken interrupt)
    {
        Option<int> sweeps = AtLeastOne("--sweeps", "The most sweeps through the four cases.", 5000);
        Option<ulong> seed = Seed(1);
        Command command = new("xor", "Teaches the 2-2-1 network of 1986 exclusive-or, and prints the tape of one step.") { sweeps, seed };
        command.SetAction(line => XorExample.Run(line.GetValue(sweeps), line.GetValue(seed), interrupt));
        return command;
    }

    static Option<int> Threads() => AtLeastOne("--threads", "Threads; the result does not depend on them.", Parallelism.Threads);

    static Option<string?> Checkpoint() =>
        new("--checkpoint") { Description = "A file to save the training in as it goes; if it is there, the training goes on from it." };

    static Option<ulong> Seed(ulong value) =>
        new("--seed") { Description = "Where the random numbers start; the same seed, the same result.", DefaultValueFactory = _ => value };

    static Option<int> AtLeastOne(string name, string description, int value)
    {
        Option<int> option = new(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.Errors.Any() || result.GetValueOrDefault<int>() >= 1) return;
            result.AddError($"{name} must be 1 or more.");
        });
        return option;
    }
}
