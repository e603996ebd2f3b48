using System.CommandLine;
using Diffuse.Benchmarks;

return new RootCommand("Times of the parts that training is made of.") { StepBenchmark.Command() }.Parse(args).Invoke();
