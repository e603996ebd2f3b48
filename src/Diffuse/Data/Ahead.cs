using System.Threading.Channels;

namespace Diffuse.Data;

/// <summary>
/// Makes item n, n + 1, ... on worker threads before they are asked for, and hands them out in order. At most <c>workers</c> are being
/// made and <c>depth</c> wait to be taken. An exception of the maker comes out where its item would have.
/// </summary>
internal sealed class Ahead<T> : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly Channel<Task<T>> ready;
    private readonly SemaphoreSlim free;
    private readonly int workers;
    private readonly Task feeder;

    /// <param name="make">Called on several threads at once.</param>
    /// <param name="end">The number after the last.</param>
    public Ahead(Func<long, T> make, long start, long end, int workers, int depth)
    {
        this.workers = workers;
        free = new(workers);
        ready = Channel.CreateBounded<Task<T>>(depth);
        feeder = Task.Run(() => Feed(make, start, end));
    }

    /// <summary>The next item; waits for it where it must.</summary>
    public T Next() => Wait(Wait(ready.Reader.ReadAsync(stop.Token).AsTask()));

    /// <summary>Lets what is being made be finished and drops it; nothing of the maker runs afterwards.</summary>
    public void Dispose()
    {
        stop.Cancel();
        feeder.Wait();
        for (var i = 0; i < workers; i++)
        {
            free.Wait();
        }

        stop.Dispose();
        free.Dispose();
    }

    private static TResult Wait<TResult>(Task<TResult> task) => task.GetAwaiter().GetResult();

    private async Task Feed(Func<long, T> make, long start, long end)
    {
        try
        {
            for (var n = start; n < end; n++)
            {
                await free.WaitAsync(stop.Token).ConfigureAwait(false);
                var number = n;
                var item = Task.Run(() =>
                {
                    try
                    {
                        return make(number);
                    }
                    finally
                    {
                        free.Release();
                    }
                });
                await ready.Writer.WriteAsync(item, stop.Token).ConfigureAwait(false);
            }

            ready.Writer.Complete();
        }
        catch (OperationCanceledException)
        {
            // Dispose asked for it.
        }
    }
}
