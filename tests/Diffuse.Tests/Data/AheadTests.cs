using Diffuse.Data;

namespace Diffuse.Tests.Data;

public sealed class AheadTests
{
    private static readonly TimeSpan soon = TimeSpan.FromSeconds(20);

    [Theory, InlineData(1), InlineData(2), InlineData(8)]
    public void Items_come_in_order_whatever_the_workers(int workers)
    {
        using var ahead = new Ahead<long>(n => { Thread.SpinWait((int)(n * 7919 % 5000)); return n; }, 5, 205, workers, 16);
        Assert.Equal(Enumerable.Range(5, 200).Select(n => (long)n), Enumerable.Range(0, 200).Select(_ => ahead.Next()));
    }

    [Fact]
    public void No_more_are_made_than_may_wait()
    {
        var made = 0;
        using var ahead = new Ahead<long>(n => { Interlocked.Increment(ref made); return n; }, 0, long.MaxValue, 2, 5);
        Assert.Equal(0, ahead.Next());
        using var pause = new ManualResetEventSlim();
        pause.Wait(200);
        Assert.InRange(Volatile.Read(ref made), 1, 1 + 5 + 2);
    }

    [Fact]
    public void No_more_run_at_once_than_there_are_workers()
    {
        var (running, most) = (0, 0);
        using (var ahead = new Ahead<long>(Make, 0, 100, 3, 50))
        {
            for (var n = 0; n < 100; n++)
            {
                ahead.Next();
            }
        }

        Assert.InRange(most, 1, 3);

        long Make(long n)
        {
            var now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            Thread.SpinWait(20_000);
            Interlocked.Decrement(ref running);
            return n;
        }
    }

    [Fact]
    public void An_exception_comes_out_in_its_place_and_the_rest_goes_on()
    {
        using var ahead = new Ahead<long>(n => n == 2 ? throw new InvalidOperationException("number 2") : n, 0, 5, 2, 4);
        Assert.Equal(0, ahead.Next());
        Assert.Equal(1, ahead.Next());
        Assert.Equal("number 2", Assert.Throws<InvalidOperationException>(() => ahead.Next()).Message);
        Assert.Equal(3, ahead.Next());
    }

    [Fact]
    public async Task Early_disposal_ends_everything()
    {
        var all = Task.Run(() =>
        {
            for (var trial = 0; trial < 300; trial++)
            {
                var running = 0;
                var end = trial % 2 == 0 ? 10 : long.MaxValue;
                var ahead = new Ahead<long>(Make, 0, end, 1 + trial % 4, 1 + trial % 7);
                for (var n = 0; n < trial % 5; n++)
                {
                    ahead.Next();
                }

                ahead.Dispose();
                Assert.Equal(0, running);

                long Make(long n)
                {
                    Interlocked.Increment(ref running);
                    Thread.SpinWait(500);
                    Interlocked.Decrement(ref running);
                    return n;
                }
            }
        });
        await all.WaitAsync(soon);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = target; value > seen; seen = Volatile.Read(ref target))
        {
            if (Interlocked.CompareExchange(ref target, value, seen) == seen)
            {
                return;
            }
        }
    }
}
