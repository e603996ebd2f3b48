using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Jobs;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Tests.Networks;
using Diffuse.Tests.Support;
using Diffuse.Tests.Training;
using static TorchSharp.torch;

namespace Diffuse.Tests.Jobs;

/// <summary>Files of improved- and guided-diffusion, which hold weights alone.</summary>
public sealed class OpenAIFileTests
{
    [Fact]
    public void A_file_and_what_stands_beside_it_are_a_model()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var reference = Reference.Case("unet_openai", "unet_ssn_classcond_learnsigma");
        TorchSave.Write(folder["ours.pt"], FormulaWeights.Listed(reference.Inputs["parameters"]).Select((one, k) => KeyValuePair.Create(one.Name, FormulaWeights.Parameter(one.Name, one.Shape, k))));
        var missing = Assert.Throws<ConfigException>(() => LoadedModel.OpenDenoiser(ModelChoice.At(folder["ours.pt"]), [], _ => { }));
        Assert.EndsWith($"found no size of its images; allowed: data: {{ resolution: 64 }} in {folder["ours.yaml"]}", missing.Message);

        File.WriteAllText(folder["ours.yaml"], """
            precision: fp32
            data: { resolution: 16 }
            process: cosine
            network: { kind: published, heads: 4 }
            """);
        using var model = LoadedModel.OpenDenoiser(ModelChoice.At(folder["ours.pt"]), [], _ => { });
        var plan = model.Plan;
        Assert.IsType<CosineOptions>(plan.Config.Process);
        Assert.Equal(Variance.Learned, Assert.IsType<DdpmOptions>(plan.Config.Sampling.Sampler).Variance);
        Assert.Equal(10, plan.Images.Classes.Count);
        Assert.Null(plan.Conditions.Null); // it knows no "no class"
        using var quiet = no_grad();
        var wanted = Wanted.Of(2, plan, new ClassList("3,7"));
        var drawn = plan.Generate(plan.Config.Sampling with { Steps = 3 }).Draw([0, 1], wanted.Given([0, 1]), default);
        Assert.Equal([2, 3, 16, 16], drawn.shape);
        Assert.True(drawn.isfinite().all().item<bool>());
    }
}
