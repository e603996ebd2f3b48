using Diffuse.Samplers;

namespace Diffuse.Tests.Laws;

/// <summary>The few-step samplers in all of their forms, by a name for each.</summary>
internal static class Solvers
{
    public static readonly IReadOnlyDictionary<string, SamplerOptions> All = new Dictionary<string, SamplerOptions>
    {
        ["dpmsolver++ 1"] = new DpmSolverOptions { Order = 1 },
        ["dpmsolver++ 2"] = new DpmSolverOptions { LowerOrderFinal = false },
        ["dpmsolver++ 2 heun"] = new DpmSolverOptions { Type = Quadrature.Heun, LowerOrderFinal = false },
        ["dpmsolver++ 3"] = new DpmSolverOptions { Order = 3, LowerOrderFinal = false },
        ["dpmsolver 1"] = new DpmSolverOptions { Algorithm = "dpmsolver", Order = 1 },
        ["dpmsolver 2"] = new DpmSolverOptions { Algorithm = "dpmsolver", LowerOrderFinal = false },
        ["dpmsolver 3"] = new DpmSolverOptions { Algorithm = "dpmsolver", Order = 3, LowerOrderFinal = false },
        ["sde-dpmsolver++ 1"] = new DpmSolverOptions { Algorithm = "sde-dpmsolver++", Order = 1 },
        ["sde-dpmsolver++ 2"] = new DpmSolverOptions { Algorithm = "sde-dpmsolver++" },
        ["sde-dpmsolver++ 2 heun"] = new DpmSolverOptions { Algorithm = "sde-dpmsolver++", Type = Quadrature.Heun },
        ["sde-dpmsolver 1"] = new DpmSolverOptions { Algorithm = "sde-dpmsolver", Order = 1 },
        ["sde-dpmsolver 2"] = new DpmSolverOptions { Algorithm = "sde-dpmsolver" },
        ["sde-dpmsolver 2 heun"] = new DpmSolverOptions { Algorithm = "sde-dpmsolver", Type = Quadrature.Heun },
        ["unip 1"] = new UniPCOptions { Order = 1, DisableCorrector = NoCorrector, LowerOrderFinal = false },
        ["unip 2"] = new UniPCOptions { DisableCorrector = NoCorrector, LowerOrderFinal = false },
        ["unip 3"] = new UniPCOptions { Order = 3, DisableCorrector = NoCorrector, LowerOrderFinal = false },
        ["unipc 1"] = new UniPCOptions { Order = 1, LowerOrderFinal = false },
        ["unipc 2"] = new UniPCOptions { LowerOrderFinal = false },
        ["unipc 2 bh1"] = new UniPCOptions { Type = Scaling.Bh1, LowerOrderFinal = false },
        ["unipc 2 noise"] = new UniPCOptions { PredictX0 = false, LowerOrderFinal = false },
        ["unipc 3"] = new UniPCOptions { Order = 3, LowerOrderFinal = false },
        ["unipc 3 noise"] = new UniPCOptions { Order = 3, PredictX0 = false, LowerOrderFinal = false },
        ["kdpm2"] = new Kdpm2Options(),
        ["lms 1"] = new LmsOptions { Order = 1 },
        ["lms 2"] = new LmsOptions { Order = 2 },
        ["lms 3"] = new LmsOptions { Order = 3 },
        ["lms 4"] = new LmsOptions(),
        ["plms"] = new PndmOptions(),
        ["plms of v"] = new PndmOptions { MeanOfV = true },
        ["pndm"] = new PndmOptions { RungeKutta = true },
        ["pndm of v"] = new PndmOptions { RungeKutta = true, MeanOfV = true },
        ["euler-ancestral"] = new EulerAncestralOptions(),
    };

    private static int[] NoCorrector => [.. Enumerable.Range(0, 1000)];
}
