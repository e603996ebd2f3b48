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
        HelpName = "DIR", Description = "a checkpoint, a folder of diffusers, a file of OpenAI's or CompVis', or a run's folder",
    };

    private readonly Option<string?> runs = new("--runs")
    {
        HelpName = "DIR", Description = "the folder of the run folders (default: runs)",
    };

    private readonly Option<string?> ema = new("--ema")
    {
        HelpName = "LENGTH",
        Description = "the average of the run's weights over so long a share of the training, such as 0.1, put together from its snapshots (default: the checkpoint's)",
    };

    public void AddTo(Command command) => Array.ForEach<Option>([run, model, runs, ema], command.Options.Add);

    public ModelChoice Read(OptionValues values)
    {
        values.NotBoth(run, model);
        values.NotBoth(ema, model);
        return new ModelChoice { Run = values.Text(run), Model = values.Text(model), Runs = values.Text(runs) ?? "runs", Ema = values.Length(ema) };
    }
}
