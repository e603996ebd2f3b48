using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Tests.Torch;

/// <summary>Handles, scopes, finalizers, errors.</summary>
public sealed class LifetimeTests
{
    [Fact]
    public void A_scope_disposes_what_its_thread_made_in_it()
    {
        Tensor inner, kept;
        long before = Tensor.TotalCount;
        using (var outer = NewDisposeScope())
        {
            using (var scope = NewDisposeScope())
            {
                inner = zeros(3);
                kept = (inner + 1).MoveToOuterDisposeScope();
                Assert.Equal(1, scope.DisposablesCount);
                Assert.True(outer.Contains(kept));
            }
            Assert.True(inner.IsInvalid);
            Assert.False(kept.IsInvalid);
        }
        Assert.True(kept.IsInvalid);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void What_leaves_the_outermost_scope_or_is_detached_belongs_to_the_caller()
    {
        Tensor moved, detached, free = zeros(1);
        using (var scope = NewDisposeScope())
        {
            moved = zeros(1).MoveToOuterDisposeScope();
            detached = scope.Detach(zeros(1));
            Assert.Equal(0, scope.DisposablesCount);
            scope.Attach(free);
        }
        Assert.False(moved.IsInvalid);
        Assert.False(detached.IsInvalid);
        Assert.True(free.IsInvalid);
        moved.Dispose();
        detached.Dispose();
    }

    [Fact]
    public void A_scope_can_be_emptied_but_for_some()
    {
        using var scope = NewDisposeScope();
        var (a, b, c) = (zeros(1), zeros(1), zeros(1));
        Assert.Equal((a, b), scope.DisposeEverythingBut(a, b));
        Assert.Equal((false, false, true), (a.IsInvalid, b.IsInvalid, c.IsInvalid));
        Assert.Equal(2, scope.DisposablesCount);
    }

    [Fact]
    public void A_tensor_can_move_to_the_scope_of_another()
    {
        using var outer = NewDisposeScope();
        var there = zeros(1);
        Tensor here;
        using (NewDisposeScope()) here = zeros(1).MoveToOtherDisposeScope(there);
        Assert.False(here.IsInvalid);
        Assert.True(outer.Contains(here));
    }

    [Fact]
    public void A_scope_belongs_to_its_thread()
    {
        using var scope = NewDisposeScope();
        Tensor? other = null;
        var thread = new Thread(() => other = zeros(1));
        thread.Start();
        thread.Join();
        Assert.False(scope.Contains(other!));
        Assert.Null(other!.OwningDisposeScope);
        other.Dispose();
    }

    [Fact]
    public void Scopes_closed_out_of_order_still_dispose_their_own()
    {
        var outer = NewDisposeScope();
        var a = zeros(1);
        var inner = NewDisposeScope();
        var b = zeros(1);
        outer.Dispose();
        Assert.Equal((true, false), (a.IsInvalid, b.IsInvalid));
        inner.Dispose();
        Assert.True(b.IsInvalid);
        Assert.Null(CurrentDisposeScope);
    }

    [Fact]
    public void Statistics_count_what_is_made_and_disposed()
    {
        var statistics = DisposeScopeManager.Statistics;
        statistics.Reset();
        var free = zeros(1);
        using (NewDisposeScope())
        {
            zeros(1).Dispose();
            zeros(1).DetachFromDisposeScope().Dispose();
            _ = zeros(1);
        }
        free.Dispose();
        Assert.Equal(1, statistics.CreatedOutsideScopeCount);
        Assert.Equal(3, statistics.CreatedInScopeCount);
        Assert.Equal(2, statistics.DisposedInScopeCount);
        Assert.Equal(2, statistics.DisposedOutsideScopeCount);
        Assert.Equal(1, statistics.DetachedFromScopeCount);
        Assert.Equal(0, statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Disposing_twice_does_no_harm()
    {
        long before = Tensor.TotalCount;
        var x = zeros(1);
        x.Dispose();
        x.Dispose();
        Assert.Equal(before, Tensor.TotalCount);
        var generator = new Generator();
        generator.Dispose();
        generator.Dispose();
        using var scope = NewDisposeScope();
        scope.Dispose();
    }

    [Fact]
    public void A_disposed_tensor_is_refused()
    {
        var x = zeros(1);
        x.Dispose();
        Assert.Throws<InvalidOperationException>(() => x.shape);
        Assert.Throws<InvalidOperationException>(() => x + 1);
        using var one = ones(1);
        Assert.Throws<InvalidOperationException>(() => one + x);
        Assert.Throws<InvalidOperationException>(() => cat([one, x]));
    }

    [Fact]
    public void Forgotten_tensors_are_released_by_the_garbage_collector()
    {
        Collect();
        long before = Tensor.TotalCount;
        Forget();
        for (int i = 0; i < 10 && Tensor.TotalCount > before; i++) Collect();
        Assert.True(Tensor.TotalCount <= before);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget()
        {
            for (int i = 0; i < 100; i++) _ = zeros(10);
        }

        static void Collect()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    [Fact]
    public void Errors_carry_libtorch_s_words_without_its_backtrace()
    {
        using var scope = NewDisposeScope();
        var e = Assert.Throws<ExternalException>(() => ones(2, 3).matmul(ones(2, 3)));
        Assert.Contains("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("frame #", e.Message, StringComparison.Ordinal);
        Assert.Throws<ExternalException>(() => ones(2).view(3));
        Assert.Throws<ExternalException>(() => ones(2).backward());
    }

    [Fact]
    public void Errors_of_two_threads_do_not_mix()
    {
        string[] messages = new string[2];
        var threads = Enumerable.Range(0, 2).Select(i => new Thread(() =>
        {
            using var scope = NewDisposeScope();
            for (int n = 0; n < 200; n++)
            {
                messages[i] = Assert.Throws<ExternalException>(() => ones(2).view(3 + i)).Message;
                if (!messages[i].Contains($"[{3 + i}]", StringComparison.Ordinal)) break;
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        Assert.Contains("[3]", messages[0], StringComparison.Ordinal);
        Assert.Contains("[4]", messages[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Two_hundred_thousand_small_operations_leave_memory_flat()
    {
        using var a = ones(8);
        Run();
        long before = Resident(), live = Tensor.TotalCount;
        Run();
        Assert.Equal(live, Tensor.TotalCount);
        Assert.True(Resident() - before < 8 << 20, $"grew by {(Resident() - before) >> 20} MB");

        void Run()
        {
            for (int i = 0; i < 200_000; i += 100)
            {
                using var scope = NewDisposeScope();
                var x = a;
                for (int n = 0; n < 100; n += 2) x = x * 0.5 + 1;
            }
        }

        static long Resident()
        {
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
            return System.Diagnostics.Process.GetCurrentProcess().WorkingSet64;
        }
    }

    [Fact]
    public void A_graph_keeps_what_it_needs_after_the_handles_are_gone()
    {
        using var x = tensor([1f, 2f, 3f], requires_grad: true);
        Tensor loss;
        using (NewDisposeScope()) loss = (x.exp() * x).sum().MoveToOuterDisposeScope();
        loss.backward();
        using var expected = (x.exp() * (x + 1)).detach();
        Assert.True(x.grad!.allclose(expected));
        loss.Dispose();
    }

    [Fact]
    public void Array_memory_is_shared_until_the_tensor_is_gone()
    {
        float[] array = [1, 2, 3];
        using var shared = from_array(array);
        shared.add_(1);
        Assert.Equal([2, 3, 4], array);
        GC.Collect(2, GCCollectionMode.Forced, true, true);
        array[0] = 7;
        Assert.Equal(7, shared[0].ToSingle());
        using var copied = tensor(array);
        copied.zero_();
        Assert.Equal(7, array[0]);
    }
}
