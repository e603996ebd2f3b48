using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Jobs;
using Diffuse.Processes;

namespace Diffuse.Tests.Jobs;

public sealed class ThresholdMappingTests
{
    public static TheoryData<ThresholdOptions> Thresholds =>
    [
        new NoThresholdOptions(), new ClampOptions(), new ClampOptions { Range = 2.5 }, new DynamicThresholdOptions { Quantile = 0.9, Largest = 1.5 },
    ];

    [Theory, MemberData(nameof(Thresholds))]
    public void A_threshold_says_itself_in_diffusers_words_and_is_read_back(ThresholdOptions threshold)
    {
        var config = new RunConfig { Sampling = new SamplingOptions { Threshold = threshold } };
        Assert.Equal(threshold, Read(DiffusersScheduler.Write(config, new CosineOptions { Steps = 10 }.Build(), threshold)!));
    }

    [Theory]
    [InlineData("""{ "_class_name": "DDIMScheduler", "thresholding": true }""", 1.0)]
    [InlineData("""{ "_class_name": "DDPMScheduler", "thresholding": true, "sample_max_value": 3.0 }""", 3.0)]
    public void A_dynamic_threshold_of_a_foreign_folder_is_taken(string json, double largest) =>
        Assert.Equal(new DynamicThresholdOptions { Quantile = 0.995, Largest = largest }, Read(json));

    private static ThresholdOptions Read(string json)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, json);
        var read = DiffusersScheduler.Read(file);
        File.Delete(file);
        return read.Sampling.Threshold!;
    }
}
