using Autograd.Tests.Nn.Data;

namespace Autograd.Tests.Examples;

public sealed class ExamplesTests
{
    const string LastLine = @"^test accuracy: [01]\.\d{4}$";

    [Test]
    public void Digits_few_epochs_learn_and_report()
    {
        ExampleProcess run = ExampleProcess.Run("digits", "--epochs", "3");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
            Assert.That(run.Output, Does.Contain("\nepoch 3/3 ").And.Contain("confusion matrix").And.Contain("██"));
            Assert.That(run.Lines[^1], Does.Match(LastLine));
            Assert.That(double.Parse(run.Lines[^1][^6..]), Is.GreaterThan(0.93));
        }
    }

    [Test]
    public void Digits_number_of_threads_does_not_change_a_bit()
    {
        string[] parameters = [.. new[] { "1", "2", "3" }.Select(threads =>
            ExampleProcess.Run("digits", "--epochs", "1", "--threads", threads).Lines.Single(line => line.StartsWith("parameters")))];
        Assert.That(parameters, Is.All.EqualTo(parameters[0]).And.All.Match("^parameters [0-9a-f]{16}$"));
    }

    [Test]
    public void Digits_seeds_give_different_nets()
    {
        string[] parameters = [.. new[] { "1", "2" }.Select(seed =>
            ExampleProcess.Run("digits", "--epochs", "1", "--seed", seed).Lines.Single(line => line.StartsWith("parameters")))];
        Assert.That(parameters[0], Is.Not.EqualTo(parameters[1]));
    }

    [Test, Platform("Linux")]
    public void Digits_interrupt_ends_with_what_it_has()
    {
        ExampleProcess run = ExampleProcess.Interrupt("epoch 1/", "digits", "--epochs", "100000");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((run.ExitCode, run.Error), Is.EqualTo((130, "")));
            Assert.That(run.Output, Does.Contain("stopped after").And.Contain("confusion matrix"));
            Assert.That(run.Lines[^1], Does.Match(LastLine));
        }
    }

    [TestCase("lenet5", "61,706 parameters")]
    [TestCase("lenet5-relu", "61,706 parameters")]
    [TestCase("mlp", "101,770 parameters")]
    [TestCase("softmax", "7,850 parameters")]
    public void Mnist_model_trains_on_a_folder(string model, string parameters)
    {
        using TempFolder folder = new();
        foreach (string part in new[] { "train", "t10k" }) WriteStripes(folder, part, 40);
        ExampleProcess run = ExampleProcess.Run("mnist", "--data", folder.Root, "--model", model, "--epochs", "2");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
            Assert.That(run.Output, Does.Contain(parameters).And.Contain("images/s"));
            Assert.That(run.Lines[^1], Does.Match(LastLine));
        }
    }

    [Test]
    public void Mnist_missing_folder_is_one_line()
    {
        ExampleProcess run = ExampleProcess.Run("mnist", "--data", "no-such-folder");
        Assert.That(run, Is.EqualTo(new ExampleProcess(
            1, "", $"error: Mnist: the folder no-such-folder does not exist. Make it in {Environment.CurrentDirectory}, or pass a whole path.\n")));
    }

    [Test]
    public void Mnist_malformed_file_is_one_line()
    {
        using TempFolder folder = new();
        WriteStripes(folder, "train", 4);
        string labels = folder.Write("train-labels-idx1-ubyte", DataFiles.Idx(0x08, [4], 1, 2));
        ExampleProcess run = ExampleProcess.Run("mnist", "--data", folder.Root);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((run.ExitCode, run.Output), Is.EqualTo((1, "")));
            Assert.That(run.Error, Does.StartWith("error: ").And.Contain(labels));
            Assert.That(run.Error.Count(letter => letter == '\n'), Is.EqualTo(1));
        }
    }

    [TestCase("digits", "--epochs", "0", "--epochs must be 1 or more.")]
    [TestCase("digits", "--threads", "-1", "--threads must be 1 or more.")]
    [TestCase("mnist", "--epochs", "1", "Option '--data' is required.")]
    public void Options_out_of_range_are_told(string command, string option, string value, string message)
    {
        ExampleProcess run = ExampleProcess.Run(command, option, value);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(1));
            Assert.That(run.Error.Trim(), Is.EqualTo(message));
        }
    }

    [Test]
    public void Xor_is_learned_and_its_tape_printed()
    {
        ExampleProcess run = ExampleProcess.Run("xor");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
            Assert.That(run.Output, Does.Contain("Sigmoid").And.Contain("½Σ(t − y)² ="));
            Assert.That(run.Lines[^4..].Select(line => line[^1]), Is.EqualTo("0110"));
        }
    }

    /// <summary>Pictures of 28×28 with a bar whose place tells the class.</summary>
    static void WriteStripes(TempFolder folder, string part, int count)
    {
        byte[] pixels = new byte[count * 28 * 28], labels = new byte[count];
        for (int i = 0; i < count; i++)
        {
            labels[i] = (byte)(i % 10);
            pixels.AsSpan(((i * 28) + 4 + (2 * labels[i])) * 28, 28).Fill(byte.MaxValue);
        }
        folder.Write($"{part}-images-idx3-ubyte", DataFiles.Idx(0x08, [count, 28, 28], pixels));
        folder.Write($"{part}-labels-idx1-ubyte", DataFiles.Idx(0x08, [count], labels));
    }
}
