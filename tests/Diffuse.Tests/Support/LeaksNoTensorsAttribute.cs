using System.Reflection;
using Xunit.Sdk;
using static TorchSharp.torch;

namespace Diffuse.Tests.Support;

/// <summary>A test that must dispose every tensor that it makes, without the garbage collector's help: the live count after is the count before.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LeaksNoTensorsAttribute : BeforeAfterTestAttribute
{
    private long before;

    public override void Before(MethodInfo methodUnderTest)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        before = Tensor.TotalCount;
    }

    public override void After(MethodInfo methodUnderTest)
    {
        var left = Tensor.TotalCount - before;
        if (left != 0)
        {
            throw new XunitException($"{methodUnderTest.Name} leaves {left} tensors");
        }
    }
}
