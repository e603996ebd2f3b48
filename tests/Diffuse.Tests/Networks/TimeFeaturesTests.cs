using Diffuse.Networks;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Networks;

public sealed class TimeFeaturesTests
{
    [Theory, ReferenceCases("timestep_embeddings")]
    public void Features_are_those_of_the_published_network(string name)
    {
        using var scope = NewDisposeScope();
        var reference = Reference.Case("timestep_embeddings", name);
        var t = reference.Inputs["timesteps"].Tensor(ScalarType.Float32);
        var size = reference.Inputs["dim"].Integer;
        var convention = reference.Inputs["convention"].Text;
        var cosineFirst = convention.Contains("[cos");

        var features = reference.Inputs.Has("freqs")
            ? TimeFeatures.Fourier(t, reference.Inputs["freqs"].Tensor(ScalarType.Float32), cosineFirst)
            : TimeFeatures.Sinusoidal(t, size, cosineFirst, shift: convention.Contains("half-1") ? 1 : 0);

        // A time of 1000 in float32 leaves an angle with an error of 6e-5.
        Close.Equal(reference.Expected["embedding_float32"], features, relative: 1e-4, floor: 1e-4, name);
    }
}
