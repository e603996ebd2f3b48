using Diffuse.Guidance;

namespace Diffuse.Tests.Guidance;

public sealed class SteeringOptionsTests
{
    [Fact]
    public void Sheets_say_what_steers() => Assert.Equal(
        ["classifier 2.5 on the mean", "clip 'red heart' forward 4, backward 3 x 0.05, each step 2 times", "script forward 1"],
        new SteeringOptions[]
        {
            new ClassifierGuidanceOptions { Scale = 2.5, Form = GuidanceForm.Mean },
            new UniversalGuidanceOptions
            {
                Guide = new ClipGuideOptions { Prompt = "red heart" }, Forward = 4, BackwardSteps = 3, BackwardRate = 0.05, Recurrence = 2,
            },
            new UniversalGuidanceOptions { Guide = new ScriptGuideOptions() },
        }.Select(options => options.Caption));
}
