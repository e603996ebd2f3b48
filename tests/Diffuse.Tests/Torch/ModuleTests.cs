using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Diffuse.Tests.Torch;

/// <summary>Registration, state, movement, hooks, containers, optimizers' state.</summary>
public sealed class ModuleTests
{
    class Trunk : Module<Tensor, Tensor>
    {
        protected readonly Linear shared = Linear(2, 2);
#pragma warning disable CS0414, IDE0052 // Read by reflection alone.
        readonly Linear hidden = Linear(2, 2);
#pragma warning restore CS0414, IDE0052

        public Trunk()
            : base("Trunk")
        {
        }

        public override Tensor forward(Tensor input) => shared.call(input);
    }

    sealed class Branch : Trunk
    {
        public Parameter scale = Parameter(ones(2));
        readonly Tensor table = zeros(3);
        readonly Linear last = Linear(2, 1);
        readonly Linear? absent = null;

        public Branch() => RegisterComponents();

        public Tensor Table => table;

        public override Tensor forward(Tensor input) => last.call(shared.call(input) * scale) + (absent is null ? 0 : 1);
    }

    [Fact]
    public void Fields_are_registered_but_private_ones_of_a_base_class()
    {
        using var module = new Branch();
        Assert.Equal(["last", "shared"], module.named_children().Select(c => c.name).Order());
        Assert.Equal(
            ["last.bias", "last.weight", "scale", "shared.bias", "shared.weight"], module.named_parameters().Select(p => p.name).Order());
        Assert.Equal(["table"], module.named_buffers().Select(b => b.name));
        Assert.Equal("scale", module.named_parameters().First().name);
    }

    [Fact]
    public void Names_are_unique_and_without_dots()
    {
        using var module = new Branch();
        Assert.Throws<InvalidOperationException>(() => module.register_module("last", Identity()));
        Assert.Throws<InvalidOperationException>(() => module.register_buffer("table", zeros(1)));
        Assert.Throws<ArgumentException>(() => module.register_module("a.b", Identity()));
        Assert.Throws<InvalidOperationException>(() => Identity().register_buffer("x", zeros(1)));
    }

    [Fact]
    public void State_is_copied_by_name()
    {
        using var a = new Branch();
        using var b = new Branch();
        a.Table.fill_(3);
        var (missing, unexpected) = b.load_state_dict(a.state_dict());
        Assert.Empty(missing);
        Assert.Empty(unexpected);
        foreach (var (name, value) in a.state_dict()) Assert.True(b.state_dict()[name].allclose(value));
        var partial = a.state_dict();
        partial.Remove("scale");
        Assert.Throws<InvalidOperationException>(() => b.load_state_dict(partial));
        Assert.Equal(["scale"], b.load_state_dict(partial, strict: false).missing_keys);
    }

    [Fact]
    public void Moving_replaces_parameters_in_fields_too()
    {
        using var module = new Branch();
        var old = module.scale;
        module.to(float64);
        Assert.NotSame(old, module.scale);
        Assert.True(old.IsInvalid);
        Assert.Equal(ScalarType.Float64, module.scale.dtype);
        Assert.Same(module.scale, module.get_parameter("scale"));
        Assert.Equal(ScalarType.Float64, module.Table.dtype);
        Assert.True(module.scale.is_leaf && module.scale.requires_grad);
        var kept = module.scale;
        module.to(float64);
        Assert.Same(kept, module.scale);
    }

    [Fact]
    public void A_parameter_takes_its_tensor_s_place_in_the_scope()
    {
        Parameter parameter;
        using (var scope = NewDisposeScope())
        {
            var data = zeros(2);
            parameter = Parameter(data);
            Assert.True(data.IsInvalid);
            Assert.True(scope.Contains(parameter));
        }
        Assert.True(parameter.IsInvalid);
    }

    [Fact]
    public void Disposing_a_module_disposes_what_it_owns()
    {
        var statistics = DisposeScopeManager.Statistics;
        statistics.Reset();
        Sequential(Linear(2, 2), Sequential(ReLU(), BatchNorm2d(3))).Dispose();
        Assert.Equal(0, statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Training_and_evaluation_reach_every_submodule()
    {
        using var module = Sequential(Dropout(0.5), Sequential(Dropout(0.5)));
        Assert.True(module.training);
        module.eval();
        Assert.All(module.modules(), m => Assert.False(m.training));
        using var x = ones(100);
        using var y = module.call(x);
        Assert.True(y.equal(x).all().ToBoolean());
        module.train();
        using var z = module.call(x);
        Assert.False(z.equal(x).all().ToBoolean());
    }

    [Fact]
    public void Hooks_see_and_change_a_call()
    {
        using var scope = NewDisposeScope();
        using var module = Identity();
        var before = module.register_forward_pre_hook((_, x) => x + 1);
        module.register_forward_hook((_, _, y) => y * 2);
        Assert.Equal(4, module.call(ones(1)).ToSingle());
        before.remove();
        Assert.Equal(2, module.call(ones(1)).ToSingle());
    }

    [Fact]
    public void Containers_name_their_parts()
    {
        using var list = ModuleList(Linear(1, 1), Linear(1, 2));
        list.Insert(0, Linear(1, 3));
        Assert.Equal(["0", "1", "2"], list.named_children().Select(c => c.name));
        Assert.Equal(3, list[0].out_features);
        using var dict = ModuleDict(("b", Linear(1, 1)), ("a", Linear(1, 1)));
        Assert.Equal(["b", "a"], dict.keys());
        Assert.Equal(["b.weight", "b.bias", "a.weight", "a.bias"], dict.named_parameters().Select(p => p.name));
        using var sequence = Sequential(("one", Linear(1, 2)), ("two", Linear(2, 3)));
        Assert.Equal(["one.weight", "one.bias", "two.weight", "two.bias"], sequence.state_dict().Keys);
        using var x = ones(1, 1);
        using var y = sequence.call(x);
        Assert.Equal([1, 3], y.shape);
    }

    [Fact]
    public void A_small_network_learns()
    {
        manual_seed(1);
        using var scope = NewDisposeScope();
        var module = Sequential(Conv2d(1, 8, 3, padding: 1), SiLU(), Conv2d(8, 1, 3, padding: 1));
        var optimizer = optim.AdamW(module.parameters(), 1e-2);
        var x = randn(4, 1, 8, 8);
        float first = 0, last = 0;
        for (int i = 0; i < 30; i++)
        {
            using var step = NewDisposeScope();
            optimizer.zero_grad();
            var loss = functional.mse_loss(module.call(x), x * 0.5);
            loss.backward();
            Assert.True(utils.clip_grad_norm_(module.parameters(), 1) > 0);
            optimizer.step();
            last = loss.ToSingle();
            if (i == 0) first = last;
        }
        Assert.True(last < 0.3 * first, $"{first} to {last}");
    }

    [Fact]
    public void Clipping_scales_to_the_norm_and_tells_the_old_one()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Parameter(zeros(2)), Parameter(zeros(1)));
        (a.grad, b.grad) = (tensor([3f, 0f]), tensor([4f]));
        Assert.Equal(5, utils.clip_grad_norm_([a, b], 10), 1e-6);
        Assert.Equal(3, a.grad![0].ToSingle());
        Assert.Equal(5, utils.clip_grad_norm_([a, b, Parameter(zeros(1))], 1), 1e-6);
        Assert.Equal(0.8, b.grad!.ToDouble(), 1e-5);
    }

    [Fact]
    public void An_optimizer_goes_on_from_its_saved_state()
    {
        using var scope = NewDisposeScope();
        var (p, q) = (Parameter(ones(3)), Parameter(ones(3)));
        optim.Optimizer Make(Parameter x) => optim.AdamW([x], 0.1, weight_decay: 0.1);
        void Step(optim.Optimizer o, Parameter x)
        {
            using var step = NewDisposeScope();
            x.grad = x.detach() * 2;
            o.step();
        }

        var first = (AdamW)Make(p);
        for (int i = 0; i < 3; i++) Step(first, p);
        using var stream = new MemoryStream();
        first.save_state_dict(new BinaryWriter(stream));
        stream.Position = 0;
        using (no_grad()) q.copy_(p);
        var second = (AdamW)Make(q);
        second.load_state_dict(new BinaryReader(stream));
        second.ParamGroups.First().LearningRate = first.ParamGroups.First().LearningRate = 0.05;
        Step(first, p);
        Step(second, q);
        Assert.True(p.equal(q).all().ToBoolean());
        Assert.Equal(4, ((AdamW.State)second.state_dict().State[0]).step);
    }

    [Fact]
    public void A_parameter_without_a_gradient_stays()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Parameter(ones(1)), Parameter(ones(1)));
        var optimizer = optim.SGD([a, b], 0.5);
        a.grad = ones(1);
        optimizer.step();
        Assert.Equal((0.5f, 1f), (a.item<float>(), b.item<float>()));
    }
}
