using Diffuse.Configuration;
using Diffuse.Numerics;
using Diffuse.Processes;

namespace Diffuse.Tests.Configuration;

public sealed class RunConfigTests
{
    [Fact]
    public void The_resolved_config_reads_back_equal()
    {
        var config = new RunConfig { Name = "x", Device = DeviceChoice.Parse("cuda:1"), Process = new LinearOptions() };
        var read = ConfigReader.Read<RunConfig>(config.Write(), "config.yaml");
        Assert.Empty(ConfigDifference.Between(config, read));
        Assert.Equal(config.Write(), read.Write());
    }

    [Theory]
    [MemberData(nameof(KindsOfOptions))]
    public void Every_kind_is_written_with_all_its_defaults_and_reads_back_equal(string family, string kind)
    {
        var type = Families().Single(each => each.Name == family);
        var holder = typeof(Holder<>).MakeGenericType(type);
        var read = typeof(ConfigReader).GetMethod(nameof(ConfigReader.Read))!.MakeGenericMethod(holder);
        var options = read.Invoke(null, [$"of: {kind}", "kind.yaml", null, null])!;
        Assert.Same(Kinds.Of(type)[kind], holder.GetProperty("Of")!.GetValue(options)!.GetType());
        var again = read.Invoke(null, [ConfigWriter.Write(options), "kind.yaml", null, null])!;
        Assert.Empty(ConfigDifference.Between(options, again));
    }

    public static TheoryData<string, string> KindsOfOptions()
    {
        TheoryData<string, string> data = [];
        Families().ForEach(family => Kinds.Of(family).Keys.ToList().ForEach(kind => data.Add(family.Name, kind)));
        return data;
    }

    [Fact]
    public void A_config_without_a_name_has_the_name_of_its_file()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        var file = Path.Combine(folder, "garments.yaml");
        File.WriteAllText(file, "seed: 3\ndata: { path: images }");
        var config = RunConfig.Read(file, [ConfigOverride.Parse("training.duration=200k")]);
        Directory.Delete(folder, recursive: true);
        Assert.Equal(Path.Combine(folder, "images"), config.Data.Path);
        Assert.Equal(("garments", 3, TrainingDuration.Parse("200k")), (config.Name, config.Seed, config.Training.Duration));
    }

    [Fact]
    public void A_config_without_data_is_refused()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "seed: 3");
        var error = Assert.Throws<ConfigException>(() => RunConfig.Read(file, []));
        File.Delete(file);
        Assert.Equal($"{file}: data.path: missing; allowed: a folder of images, a .zip, MNIST's or CIFAR's files", error.Message);
    }

    [Fact]
    public void Values_of_a_config_can_be_replaced_and_the_rest_stays()
    {
        var config = new RunConfig { Seed = 5, Process = new LinearOptions { Steps = 77 } };
        var changed = config.With([new ConfigOverride("--steps", "sampling.steps", "7")]);
        Assert.Equal(["sampling.steps: 50 before, 7 now"], ConfigDifference.Between(config, changed).Select(change => change.ToString()));
        var error = Assert.Throws<ConfigException>(() => config.With([new ConfigOverride("--steps", "sampling.steps", "x")]));
        Assert.Equal("--steps: sampling.steps: found 'x'; allowed: a whole number from 1 to 1000000", error.Message);
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("[2, 1]")]
    [InlineData("[-1, 1]")]
    [InlineData("[1, 2, 3]")]
    public void A_guidance_interval_is_two_ascending_levels(string levels)
    {
        Assert.Equal([0.5, 2], new RunConfig().With([new ConfigOverride("--set", "sampling.guidance_interval", "[0.5, 2]")]).Sampling.GuidanceInterval);
        var error = Assert.Throws<ConfigException>(() => new RunConfig().With([new ConfigOverride("--set", "sampling.guidance_interval", levels)]));
        Assert.Contains("sampling.guidance_interval: ", error.Message);
        Assert.Contains("allowed: two noise levels", error.Message);
    }

    [Theory]
    [InlineData("qucikstart.yaml", "there is no such file; did you mean '{0}quickstart.yaml'?")]
    [InlineData("xyz", "there is no such file")]
    [InlineData("no/such", "there is no such file")]
    [InlineData("", "found a folder; allowed: a YAML file")]
    public void A_file_that_cannot_be_read_is_told(string name, string problem)
    {
        var folder = Directory.CreateTempSubdirectory().FullName + Path.DirectorySeparatorChar;
        File.WriteAllText(folder + "quickstart.yaml", "seed: 3");
        var error = Assert.Throws<ConfigException>(() => RunConfig.Read(folder + name, []));
        Directory.Delete(folder, recursive: true);
        Assert.Equal($"{folder}{name}: {string.Format(problem, folder)}", error.Message);
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("auto")]
    [InlineData("cuda:12")]
    public void A_device_is_written_as_it_was_read(string text) => Assert.Equal(text, DeviceChoice.Parse(text).ToString());

    [Theory]
    [InlineData("device: cude", "did you mean 'cuda'? allowed: auto, cpu, cuda, or cuda:1 for the second GPU")]
    [InlineData("device: cuda:x", "did you mean 'cuda'? allowed: auto, cpu, cuda, or cuda:1 for the second GPU")]
    [InlineData("precision: fp23", "did you mean 'fp32'? allowed: auto, fp32, bf16")]
    [InlineData("batch: 64", "did you mean 'training.batch'? allowed: name, seed, ")]
    [InlineData("sampling: { sampler: ddmi }", "found the unknown kind 'ddmi'; did you mean 'ddim'? allowed: ")]
    [InlineData("sampling: { sampler: { kind: ddpm, eta: 1 } }", "it is a key of the kind ddim")]
    public void A_mistyped_word_is_told_with_the_one_that_was_meant(string text, string part)
    {
        var error = Assert.Throws<ConfigException>(() => ConfigReader.Read<RunConfig>(text, "run.yaml"));
        Assert.Contains(part, Assert.Single(error.Problems));
    }

    private static List<Type> Families() =>
        [.. typeof(RunConfig).Assembly.GetTypes().Where(type => type.Name.EndsWith("Options") && Kinds.IsFamily(type))];

    private sealed record Holder<T>
    {
        public T? Of { get; init; }
    }
}
