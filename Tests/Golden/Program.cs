using Autograd.GoldenDriver;

try
{
    GoldenOptions options = GoldenOptions.Parse(args, out string[] directories);
    return Golden.Run(directories, options, Console.Out).ExitCode;
}
catch (ArgumentException error)
{
    Console.Error.WriteLine(error.Message);
    Console.Error.WriteLine(GoldenOptions.Usage);
    return 2;
}
