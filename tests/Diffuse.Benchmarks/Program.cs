using System.CommandLine;
using Diffuse.Benchmarks;

return new RootCommand("Times of the parts that training is made of.") {
    StepBenchmark.Command(), SamplerTable.Command(), IntervalCoverage.Command(), FeatureBenchmark.Command(), Drawing.Command(),
    SamplingBenchmark.Command(), LoadBenchmark.Command(),
}.Parse(args).Invoke();
