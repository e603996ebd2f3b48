using System.CommandLine;
using Diffuse.Cli.Output;
using Diffuse.Configuration;

namespace Diffuse.Cli.Commands;

/// <summary>Writes a model as a folder for others. Prints the folder.</summary>
internal sealed class ExportCommand : Verb
{
    private static readonly Dictionary<string, WeightType> types = Enum.GetValues<WeightType>().ToDictionary(type => type.ToString().ToLowerInvariant());

    private readonly ModelOptions model = new();
    private readonly Option<string?> folder = Value("--out", "DIR", "the folder that is made");
    private readonly Option<string?> weights = Value("--weights", "TYPE", "the numbers of the weights: fp32, fp16 or bf16 (default: fp32)");
    private readonly Option<string?> shard = Value("--shard", "SIZE", "weights larger than this, such as 2GB, are split into several files (default: never)");
    private readonly Option<bool> json = Switch("--json", "print folder and pipeline as JSON on stdout");

    public ExportCommand()
        : base("export", "write a model as a folder for diffusers, without what only training needs")
    {
        model.AddTo(this);
        Array.ForEach<Option>([folder, weights, shard, json], Options.Add);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Result)> Examples { get; } =
    [
        ("diffuse export --out my-model", "the newest run, as a pipeline of diffusers where one can be it"),
        ("diffuse export --run 7 --out small --weights fp16 --shard 2GB", "in half precision, in files of 2 GB"),
        ("diffuse export --model sd-v1.ckpt --out sd-v1", "a file of CompVis' as a folder"),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes { get; } =
    [
        "Where a pipeline of diffusers is the model (DDIMPipeline, LDMPipeline or StableDiffusionPipeline), the folder is one: "
            + "DiffusionPipeline.from_pretrained(DIR). What has none, such as cold diffusion or a learned schedule, is said to have none.",
        "diffuse sample --model DIR draws from it; diffuse train with model.from starts from it.",
    ];

    /// <inheritdoc/>
    public override int Run(ParseResult given, Func<IJobs> jobs, JobConsole console)
    {
        var values = new OptionValues(given);
        var request = new ExportRequest
        {
            Model = model.Read(values),
            Out = values.Required(folder, "a folder that does not exist yet"),
            Weights = values.OneOf(weights, types) ?? WeightType.Fp32,
            Shard = values.Bytes(shard) ?? long.MaxValue,
        };
        values.ThrowIfWrong();
        var result = jobs().Export(request, console);
        console.Print(values.Has(json) ? Json.Of(result) : result.Folder);
        return ExitCode.Success;
    }
}
