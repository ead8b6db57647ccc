using Autograd.Bench;
using BenchmarkDotNet.Running;

switch (args)
{
    case ["elementwise"]: ElementwiseReport.Run(); break;
    case ["ulp"]: UlpReport.Run(); break;
    case []:
        Console.WriteLine("usage: dotnet run -c Release --project Bench -- elementwise | ulp | [BenchmarkDotNet options, such as --filter '*']");
        break;
    default: BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args); break;
}
