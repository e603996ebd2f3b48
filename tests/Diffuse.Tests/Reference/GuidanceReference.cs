using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Guidance;
using Diffuse.Samplers;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.References;

public sealed class GuidanceReference
{
    [Theory, ReferenceCases("guidance", "classifier_free*")]
    public void Classifier_free_trajectories_agree(string name)
    {
        var c = Reference.Case("guidance", name);
        using var scope = NewDisposeScope();
        var q = Published.Process(c.Inputs);
        var sampler = new Ddim(q, c.Inputs["eta"].Number, recomputeNoise: false);
        var steps = Published.Grid(c.Inputs["timesteps"].Integers, end: 1).OneByOne().ToList();
        var (start, expected) = (c.Inputs["x_T"].Tensor(), c.Expected["samples_after_each_step"].Tensor());
        var noises = c.Inputs.Has("noises_in_order_of_use") ? c.Inputs["noises_in_order_of_use"].Tensor() : null;

        // Each image has its own numbers for its condition and for none: classes 0 and 1 of a network of its own.
        for (var image = 0; image < start.shape[0]; image++)
        {
            var network = new FormulaNetwork(c.Inputs["model"].Text, classes: [c.Inputs["c"][image].Number, c.Inputs["c_unconditional"][image].Number]);
            var model = new Model(network, Published.Parameterization("EPSILON", q), q);
            var D = new ClassifierFree(model, c.Inputs["scale"].Number, new NullCondition(1)).Given(new Condition(tensor(new[] { 0L })));
            var noise = noises is null ? new ListedNoise([]) : new ListedNoise(noises.narrow(1, image, 1));
            var x = start.Image(image);
            Tensor? x0 = null;
            for (var i = 0; i < steps.Count; i++)
            {
                x0 = D(x, steps[i].Times[0]).X0;
                x = sampler.Sample(D, x, steps[i], noise);
                Close.Equal(expected[i].Image(image), x, what: $"image {image} after step {i + 1}");
            }

            Assert.Equal(expected.shape[0], steps.Count);
            Close.Equal(c.Expected["final_pred_xstart"].Tensor().Image(image), x0!, what: "the last x0");
        }
    }
}
