using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Guidance;
using Diffuse.Networks;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Guidance;

/// <summary>Functions that torch.jit.save wrote (scripts/make-script-modules) as guides.</summary>
public sealed class ScriptGuideTests
{
    private static string File(string name) => Path.Combine(Repository.Root, "tests", "Diffuse.Tests", "Guidance", name);

    [Fact]
    public void Its_logits_are_read_at_the_label_of_each_image()
    {
        using var scope = NewDisposeScope();
        var x = linspace(-1, 1, 32).reshape(2, 1, 4, 4);
        var weight = arange(48, float32).sin().reshape(3, 16);
        var logits = (x / 0.2).tanh().flatten(1).matmul(weight.t()); // ((x + 1) / 2 - 0.5) / 0.1 is x / 0.2
        var guide = new ScriptGuideOptions { File = File("logits.pt"), Mean = [0.5], Std = [0.1] }.Build(new Sources());
        Assert.Equal(["class 0", "class 1", "class 2"], guide.Choices);
        var given = guide.LogProbability(x, 0, new Condition(Label: tensor(new[] { 2L, 0L })));
        var expected = stack([logits.log_softmax(1)[0][2], logits.log_softmax(1)[1][0]], 0);
        Close.Equal(expected, given, 1e-4, 1e-5);
    }

    [Fact]
    public void Its_loss_pulls_images_down_the_gradient()
    {
        using var scope = NewDisposeScope();
        var guide = new ScriptGuideOptions { File = File("loss.pt"), Output = ScriptOutput.Loss }.Build(new Sources());
        var target = arange(16, float32).sin().reshape(1, 1, 4, 4);
        var x = zeros(1, 1, 4, 4);
        Close.Equal(2 * target, Gradients.Of(x, at => guide.LogProbability(at, 0, Condition.None)), 1e-5);
    }

    [Fact]
    public void What_is_no_such_file_or_returns_something_else_is_refused_before_anything_is_drawn()
    {
        string Error(ScriptGuideOptions options) => Assert.Throws<ConfigException>(() => options.Build(new Sources())).Message;
        Assert.Contains("guide script: file: missing", Error(new ScriptGuideOptions()));
        Assert.Contains("does not exist", Error(new ScriptGuideOptions { File = "nowhere.pt" }));
        Assert.Contains("is no TorchScript", Error(new ScriptGuideOptions { File = Path.Combine(Repository.Root, "README.md") }));
        Assert.Contains("returns [2]; allowed: logits", Error(new ScriptGuideOptions { File = File("loss.pt") }));
        Assert.Contains("fails on the model's images", Error(new ScriptGuideOptions { File = File("loss.pt"), Output = ScriptOutput.Loss, Size = 5 }));
        Assert.Contains("classes: found 2 names; allowed: 3, one for each logit", Error(new ScriptGuideOptions { File = File("logits.pt"), Classes = ["a", "b"] }));
        Assert.Contains("mean has 2 values and std 1", Error(new ScriptGuideOptions { File = File("loss.pt"), Mean = [0, 0] }));
    }

    private sealed class Sources : IGuideSources
    {
        public Device Device => CPU;

        public IReadOnlyList<long> Shape => [1, 4, 4];

        public IGuide Guide(GuideOptions options) => options.Build(this);

        public NoisyClassifier Classifier(string model) => throw new NotSupportedException();

        public IReadOnlyList<string> Classes(string model) => throw new NotSupportedException();

        public (Clip Clip, Tensor Text, Normalization Seen) Clip(string model, string prompt) => throw new NotSupportedException();

        public IDenoiser Denoiser(string model) => throw new NotSupportedException();

        public Tensor Image(string file) => throw new NotSupportedException();

        public Tensor Mask(string file, string image) => throw new NotSupportedException();
    }
}
