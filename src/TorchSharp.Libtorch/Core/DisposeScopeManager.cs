namespace TorchSharp;

/// <summary>The scopes of one thread, innermost first, and what became of the tensors it made.</summary>
public class DisposeScopeManager
{
    [ThreadStatic] static DisposeScopeManager? ofThread;

    internal static DisposeScopeManager OfThread => ofThread ??= new DisposeScopeManager();

    public static ThreadDisposeScopeStatistics Statistics => OfThread.statistics;

    readonly ThreadDisposeScopeStatistics statistics = new();

    internal LifetimeStatistics Counters => statistics.TensorStatistics;

    internal DisposeScope? Current { get; private set; }

    internal DisposeScope? Register(torch.Tensor tensor)
    {
        if (Current is not { } scope)
        {
            Counters.CreatedOutside++;
            return null;
        }
        Counters.CreatedIn++;
        scope.Include(tensor);
        return scope;
    }

    internal DisposeScope Open() => Current = new DisposeScope(this);

    // A scope that is closed out of order leaves the chain without closing those inside it.
    internal void Remove(DisposeScope scope)
    {
        if (Current == scope)
        {
            Current = scope.OuterScope;
            return;
        }
        for (var inner = Current; inner is not null; inner = inner.OuterScope)
        {
            if (inner.OuterScope != scope) continue;
            inner.OuterScope = scope.OuterScope;
            return;
        }
    }
}

/// <summary>How many tensors a thread made, where, and how many of them live.</summary>
public class LifetimeStatistics
{
    internal long CreatedOutside, CreatedIn, DisposedOutside, DisposedInScope, Detached, Attached;

    /// <summary>Made while no scope was open.</summary>
    public long CreatedOutsideScopeCount => CreatedOutside;

    /// <summary>Disposed while they belonged to no scope.</summary>
    public long DisposedOutsideScopeCount => DisposedOutside;

    public long CreatedInScopeCount => CreatedIn;

    public long DisposedInScopeCount => DisposedInScope;

    public long AttachedToScopeCount => Attached;

    public long DetachedFromScopeCount => Detached;

    /// <summary>Made and not yet disposed on this thread.</summary>
    public long ThreadTotalLiveCount => CreatedOutside + CreatedIn - DisposedOutside - DisposedInScope;

    public void Reset() => CreatedOutside = CreatedIn = DisposedOutside = DisposedInScope = Detached = Attached = 0;

    public override string ToString() =>
        $"live {ThreadTotalLiveCount}: created {CreatedOutside} outside and {CreatedIn} in scopes, disposed {DisposedOutside} outside and "
        + $"{DisposedInScope} in scopes, attached {Attached}, detached {Detached}";
}

/// <summary>The counts of one thread.</summary>
public class ThreadDisposeScopeStatistics
{
    public LifetimeStatistics TensorStatistics { get; } = new();

    public long CreatedOutsideScopeCount => TensorStatistics.CreatedOutsideScopeCount;

    public long DisposedOutsideScopeCount => TensorStatistics.DisposedOutsideScopeCount;

    public long CreatedInScopeCount => TensorStatistics.CreatedInScopeCount;

    public long DisposedInScopeCount => TensorStatistics.DisposedInScopeCount;

    public long AttachedToScopeCount => TensorStatistics.AttachedToScopeCount;

    public long DetachedFromScopeCount => TensorStatistics.DetachedFromScopeCount;

    public long ThreadTotalLiveCount => TensorStatistics.ThreadTotalLiveCount;

    public void Reset() => TensorStatistics.Reset();

    public override string ToString() => TensorStatistics.ToString();
}
