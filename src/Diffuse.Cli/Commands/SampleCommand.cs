using System.CommandLine;
using System.Globalization;
using Diffuse.Cli.Output;
using Diffuse.Configuration;

namespace Diffuse.Cli.Commands;

/// <summary>Draws images from a trained model. Prints the path of the grid, or with --json all of it.</summary>
internal sealed class SampleCommand : Verb
{
    private readonly ModelOptions model = new();
    private readonly Option<string?> steps = Value("--steps", "N", "sampling steps; more are slower and better (default: the config's)");
    private readonly Option<string?> guidance =
        Value("--guidance", "S", "guidance scale, 1 is the plain model; 0,1,3: a strip for each (default: the config's)");

    private readonly Option<string?> sampler = Value("--sampler", "KIND", "such as ddim or ddpm (default: the config's)");
    private readonly Option<string?> count = Value("--count", "N", "images (default: the config's)");
    private readonly Option<string?> classes = Value("--class", "LIST", "labels or names: 3, 0-4, Sneaker,7 (default: all in turn)");
    private readonly Option<string[]> prompts = Values("--prompt", "TEXT", "what to show, for models of captions; several times: in turn");
    private readonly Option<string?> negative = Value("--negative", "TEXT", "a class or a prompt that guidance leads away from");
    private readonly Option<string?> image = Value("--image", "IMAGE", "an image or a folder to start from: enlarged, filled or varied");
    private readonly Option<string?> mask = Value("--mask", "PICTURE", "white where --image is to be made up");
    private readonly Option<string?> strength = Value("--strength", "X", "how far --image is noised and drawn again, from 0 to 1");
    private readonly Option<string?> seeds = Value("--seeds", "LIST", "an image for each: 7, 0-63, 1,2,5-10 (default: from 0 on)");
    private readonly Option<string?> encode = Value("--encode", "IMAGE", "an image or a folder: into its noise and back, and the PSNR");
    private readonly Option<string?> interpolate = Value("--interpolate", "A,B", "the way between two seeds or image files, such as 3,7 or 3,cat.png");
    private readonly Option<string?> frames = Value("--frames", "N", "images of an interpolation, ends included (default: 8)");
    private readonly Option<string?> restore = Value("--restore", "IMAGE", "degrade an image, or a folder of them, and restore it");
    private readonly Option<string?> batch = Value("--batch", "N", "images at a time: changes speed and memory, not images (default: 64)");
    private readonly Option<string?> folder = Value("--out", "DIR", "the images' folder (default: a new one in 'generated' of the run)");
    private readonly Option<string[]> sets = Sets();
    private readonly Option<bool> json = Switch("--json", "print settings and files as JSON on stdout");

    /// <summary>Guidance bends the way up and the way down apart.</summary>
    private readonly ConfigOverride plain = new("--guidance", "sampling.guidance", "1");

    public SampleCommand()
        : base("sample", "draw images from a trained model")
    {
        model.AddTo(this);
        seeds.Aliases.Add("--seed");
        Array.ForEach<Option>(
            [
                steps, guidance, sampler, count, classes, prompts, negative, image, mask, strength, seeds, encode, interpolate, frames, restore,
                batch, folder, sets, json,
            ],
            Options.Add);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Result)> Examples { get; } =
    [
        ("diffuse sample --steps 50 --guidance 3", "64 images of the newest run, and a grid of them"),
        ("diffuse sample --run 7 --class Sneaker,2 --count 16", "16 images of two classes from runs/00007-..."),
        ("diffuse sample --seeds 5,100-109 --out picked", "the images of exactly these seeds"),
        ("diffuse sample --prompt \"red heart\" --prompt \"yellow face\"", "what the words say, from a model of captions"),
        ("diffuse sample --class 3 --guidance 0,1,3,7 --count 8", "a strip for each scale, at the same seeds"),
        ("diffuse sample --image cat.png --mask hole.png", "cat.png with its white part of hole.png made up"),
        ("diffuse sample --image cat.png --strength 0.6", "variations of cat.png"),
        ("diffuse sample --encode cat.png --steps 200", "cat.png, its noise, and what the noise decodes to"),
        ("diffuse sample --interpolate 3,7 --frames 12", "12 images from that of seed 3 to that of seed 7"),
        ("diffuse sample --restore my-images", "beside each other: original, degraded, restored; PSNR and RMSE"),
        ("diffuse sample --model path/to/ddpm --set \"sampling.sampler={kind: ddim, eta: 0.5}\"", "a model folder of diffusers"),
        ("diffuse sample --model sd-v1.ckpt --prompt \"a red bicycle\"", "a file of Stable Diffusion"),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes { get; } =
    [
        "Guidance: x0 = x0_u + s (x0_c - x0_u), the scale s of Stable Diffusion and GLIDE. 0 is the unconditional model, 1 the "
            + "conditional one, above 1 labels show more and variety less. The papers' w is s - 1.",
        "The image of a seed is the same in every batch and on every device (but for rounding). Files are named by seed: 000005.png.",
        "--encode and --interpolate need a sampler without noise (ddim with eta 0), frame images as the training data were, and take "
            + "guidance 1 and no class unless told otherwise. More steps come back closer.",
        "--image: a model of low-resolution images enlarges it, one of masked images fills the --mask, one of image embeddings (unCLIP) varies "
            + "it. Any other model fills it too, each step repeated sampling.fill_repeats times, or draws it again from --strength.",
        "unCLIP: --set sampling.prior=RUN draws the image embedding of a --prompt first; --interpolate a.png,b.png goes from one image's "
            + "embedding to the other's. --set sampling.upsampler=RUN enlarges what any model draws.",
        "--restore is for models of a degradation (blur, mask, pixelate, snow, decolor). Images are framed as in training; of a folder "
            + "the first --count are taken. 'direct' is the restoration in one step, before the sampler. Without --class no label is told.",
        "--steps, --guidance and --sampler are the keys sampling.steps, sampling.guidance and sampling.sampler of the config.",
    ];

    /// <inheritdoc/>
    public override int Run(ParseResult given, Func<IJobs> jobs, JobConsole console)
    {
        var values = new OptionValues(given);
        var scales = values.Scales(guidance);
        var request = new SampleRequest
        {
            Model = model.Read(values),
            Overrides =
            [
                .. values.Text(encode) is null && values.Text(interpolate) is null ? [] : new[] { plain },
                .. values.Sets(sets, "sampling", "device", "precision"),
                .. values.Set(sampler, "sampling.sampler"),
                .. values.Set(steps, "sampling.steps"),
                .. scales is not null ? [] : values.Set(guidance, "sampling.guidance"),
                .. values.Set(count, "sampling.count"),
            ],
            Seeds = values.Numbers(seeds),
            Classes = values.Text(classes) is { } list ? new ClassList(list) : null,
            Guidances = scales,
            Prompts = given.GetValue(prompts) is { Length: > 0 } texts ? texts : null,
            Negative = values.Text(negative),
            Image = values.Text(image),
            Mask = values.Text(mask),
            Strength = values.Share(strength),
            Encode = values.Text(encode),
            Between = values.Pair(interpolate, "two seeds or image files such as 3,7 or 3,cat.png"),
            Frames = values.Whole(frames, 2) ?? 8,
            Restore = values.Text(restore),
            Batch = values.Whole(batch, 1) ?? 64,
            Out = values.Text(folder),
        };
        values.NotBoth(seeds, count);
        values.NotBoth(encode, interpolate);
        Array.ForEach([seeds, count], chosen => values.NotBoth(encode, chosen));
        Array.ForEach([seeds, count], chosen => values.NotBoth(interpolate, chosen));
        values.OnlyWith(frames, interpolate);
        values.OnlyWith(mask, image);
        values.OnlyWith(strength, image);
        values.NotBoth(mask, strength);
        Array.ForEach([encode, interpolate, restore], chosen => values.NotBoth(chosen, image));
        Array.ForEach([seeds, encode, interpolate], chosen => values.NotBoth(chosen, restore));
        values.ThrowIfWrong();

        using var interruption = new Interruption(console.Log, "stopping");
        console.Print(Run(request, jobs(), console, interruption.Stop, values.Has(json)));
        return ExitCode.Success;
    }

    private static string Run(SampleRequest request, IJobs jobs, JobConsole console, CancellationToken stop, bool json)
    {
        if (request.Encode is not null)
        {
            var encoded = jobs.Encode(request, console, stop);
            string[] lines = [encoded.Grid, .. encoded.Images.Select(image => $"{image.Source}: {Decibels(image.Psnr)}")];
            return json ? Json.Of(encoded) : string.Join('\n', lines);
        }

        if (request.Restore is not null)
        {
            var restored = jobs.Restore(request, console, stop);
            return json ? Json.Of(restored) : restored.Grid + Environment.NewLine + MetricTable.Of(restored.Metrics);
        }

        if (request.Between is not null)
        {
            var interpolated = jobs.Interpolate(request, console, stop);
            return json ? Json.Of(interpolated) : interpolated.Strip;
        }

        var result = jobs.Sample(request, console, stop);
        return json ? Json.Of(result) : result.Grid;
    }

    private static string Decibels(double psnr) => psnr.ToString("f2", CultureInfo.InvariantCulture) + " dB";
}
