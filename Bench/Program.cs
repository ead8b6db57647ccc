using Autograd.Bench;
using Autograd.Bench.AdBench;
using Autograd.Bench.Steps;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;

switch (args)
{
    case ["elementwise"]: ElementwiseReport.Run(); break;
    case ["gemm", .. var rest]: GemmReport.Run(rest); break;
    case ["conv"]: ConvReport.Run(); break;
    case ["tape", .. var lengths]: TapeReport.Run(lengths); break;
    case ["batch"]: BatchReport.Run(); break;
    case ["checkpoint"]: CheckpointReport.Run(); break;
    case ["ulp"]: UlpReport.Run(); break;
    case ["ulp", string stride]: UlpReport.Run(int.Parse(stride, System.Globalization.CultureInfo.InvariantCulture)); break;
    case ["overhead"]: Environment.ExitCode = OverheadReport.Run(); break;
    case ["steps", .. var options]: Environment.ExitCode = StepReport.Run(options, Console.Out); break;
    case ["adbench", .. var options]: Environment.ExitCode = AdBenchReport.Run(options, Console.Out); break;
    case []:
        Console.WriteLine("usage: dotnet run -c Release --project Bench -- elementwise | gemm [shape | --blas [LIBRARY]] | conv | tape [xor | ops ...] | batch | checkpoint | ulp [stride] | overhead | steps [--case NAME|all] [--threads N] [--json] | adbench [--data DIR] | [BenchmarkDotNet options, such as --filter '*']");
        break;
    // BenchmarkDotNet builds the project once more, and gives up after two minutes, which a busy machine may take.
    default: BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, ManualConfig.Create(DefaultConfig.Instance).WithBuildTimeout(TimeSpan.FromMinutes(15))); break;
}
