using System.CommandLine;
using Diffuse.Configuration;

namespace Diffuse.Cli.Commands;

/// <summary>The options by which <c>sample</c> and <c>eval</c> are told which model they work on.</summary>
internal sealed class ModelOptions
{
    private readonly Option<string?> run = new("--run")
    {
        HelpName = "DIR", Description = "a run's folder or its number; its newest checkpoint is used (default: the newest run)",
    };

    private readonly Option<string?> model = new("--model")
    {
        HelpName = "DIR", Description = "a checkpoint, or any model folder in diffusers' layout, instead of a run",
    };

    private readonly Option<string?> runs = new("--runs")
    {
        HelpName = "DIR", Description = "the folder of the run folders (default: runs)",
    };

    public void AddTo(Command command) => Array.ForEach<Option>([run, model, runs], command.Options.Add);

    public ModelChoice Read(OptionValues values)
    {
        values.NotBoth(run, model);
        return new ModelChoice { Run = values.Text(run), Model = values.Text(model), Runs = values.Text(runs) ?? "runs" };
    }
}
