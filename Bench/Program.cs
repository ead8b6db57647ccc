using Autograd.Bench;
using BenchmarkDotNet.Running;

switch (args)
{
    case ["elementwise"]: ElementwiseReport.Run(); break;
    case ["ulp"]: UlpReport.Run(); break;
    case ["ulp", string stride]: UlpReport.Run(int.Parse(stride, System.Globalization.CultureInfo.InvariantCulture)); break;
    case []:
        Console.WriteLine("usage: dotnet run -c Release --project Bench -- elementwise | ulp [stride] | [BenchmarkDotNet options, such as --filter '*']");
        break;
    default: BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args); break;
}
