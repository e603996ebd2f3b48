namespace TorchSharp;

/// <summary>
/// Owns the tensors that its thread makes while it is the innermost scope, and disposes them with itself. Scopes nest; a tensor
/// belongs to one scope or to none.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    readonly DisposeScopeManager manager;
    HashSet<IDisposable> owned = new(ReferenceEqualityComparer.Instance);

    internal DisposeScope(DisposeScopeManager manager)
    {
        this.manager = manager;
        OuterScope = manager.Current;
    }

    internal DisposeScope? OuterScope { get; set; }

    /// <summary>A copy of what the scope holds now.</summary>
    public IReadOnlyList<IDisposable> DisposablesView => [.. owned];

    public int DisposablesCount => owned.Count;

    public bool Contains(IDisposable disposable) => owned.Contains(disposable);

    internal void Include(IDisposable disposable) => owned.Add(disposable);

    /// <summary>Moves to the scope around this one; where there is none, out of all scopes.</summary>
    public T MoveToOuter<T>(T disposable)
        where T : IDisposable
    {
        Move(OuterScope, disposable);
        return disposable;
    }

    public (T1 first, T2 second) MoveToOuter<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable => (MoveToOuter(first), MoveToOuter(second));

    public (T1 first, T2 second, T3 third) MoveToOuter<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable
        where T2 : IDisposable
        where T3 : IDisposable => (MoveToOuter(first), MoveToOuter(second), MoveToOuter(third));

    public void MoveToOuter(params IDisposable[] disposables) => MoveToOther(OuterScope, disposables.AsEnumerable());

    public void MoveToOuter(IEnumerable<IDisposable> disposables) => MoveToOther(OuterScope, disposables);

    /// <summary>Moves to another scope; null: out of all scopes. What is not in this scope stays where it is.</summary>
    public T MoveToOther<T>(DisposeScope? scope, T disposable)
        where T : IDisposable
    {
        Move(scope, disposable);
        return disposable;
    }

    public (T1 first, T2 second) MoveToOther<T1, T2>(DisposeScope? scope, T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable => (MoveToOther(scope, first), MoveToOther(scope, second));

    public (T1 first, T2 second, T3 third) MoveToOther<T1, T2, T3>(DisposeScope? scope, T1 first, T2 second, T3 third)
        where T1 : IDisposable
        where T2 : IDisposable
        where T3 : IDisposable => (MoveToOther(scope, first), MoveToOther(scope, second), MoveToOther(scope, third));

    public void MoveToOther(DisposeScope? scope, params IDisposable[] disposables) => MoveToOther(scope, disposables.AsEnumerable());

    public void MoveToOther(DisposeScope? scope, IEnumerable<IDisposable> disposables)
    {
        foreach (var disposable in disposables) Move(scope, disposable);
    }

    /// <summary>Takes out of this scope; the caller disposes.</summary>
    public T Detach<T>(T disposable)
        where T : IDisposable
    {
        Move(null, disposable);
        return disposable;
    }

    public (T1 first, T2 second) Detach<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable => (Detach(first), Detach(second));

    public (T1 first, T2 second, T3 third) Detach<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable
        where T2 : IDisposable
        where T3 : IDisposable => (Detach(first), Detach(second), Detach(third));

    public void Detach(params IDisposable[] disposables) => Detach(disposables.AsEnumerable());

    public void Detach(IEnumerable<IDisposable> disposables)
    {
        foreach (var disposable in disposables) Move(null, disposable);
    }

    /// <summary>Takes into this scope, out of the one that held it.</summary>
    public void Attach(IDisposable disposable)
    {
        if (disposable is torch.Tensor tensor)
        {
            if (tensor.OwningDisposeScope == this) return;
            if (tensor.OwningDisposeScope is { } owner) owner.owned.Remove(tensor);
            else manager.Counters.Attached++;
            tensor.OwningDisposeScope = this;
        }
        owned.Add(disposable);
    }

    public void Attach(params IDisposable[] disposables)
    {
        foreach (var disposable in disposables) Attach(disposable);
    }

    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        var all = disposables.ToList();
        foreach (var disposable in all) Attach(disposable);
        return all;
    }

    public void DisposeEverything() => DisposeEverythingBut(Enumerable.Empty<IDisposable>());

    /// <summary>Disposes what the scope holds now except <paramref name="inKeep"/>, which it goes on holding.</summary>
    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        var old = owned;
        owned = new(inKeep.Where(old.Contains), ReferenceEqualityComparer.Instance);
        foreach (var disposable in old)
        {
            if (owned.Contains(disposable)) continue;
            if (disposable is torch.Tensor tensor)
            {
                tensor.OwningDisposeScope = null;
                if (!tensor.IsInvalid) manager.Counters.DisposedInScope++;
                tensor.Release();
            }
            else
            {
                disposable.Dispose();
            }
        }
    }

    public void DisposeEverythingBut(params IDisposable[] keep) => DisposeEverythingBut(keep.AsEnumerable());

    public T DisposeEverythingBut<T>(T keep)
        where T : IDisposable
    {
        DisposeEverythingBut([keep]);
        return keep;
    }

    public (T1 first, T2 second) DisposeEverythingBut<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable
    {
        DisposeEverythingBut([first, second]);
        return (first, second);
    }

    public (T1 first, T2 second, T3 third) DisposeEverythingBut<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable
        where T2 : IDisposable
        where T3 : IDisposable
    {
        DisposeEverythingBut([first, second, third]);
        return (first, second, third);
    }

    /// <summary>Tells the scope that one of its own was disposed.</summary>
    public void MarkAsDisposed(IDisposable disposable)
    {
        manager.Counters.DisposedInScope++;
        owned.Remove(disposable);
        if (disposable is torch.Tensor tensor) tensor.OwningDisposeScope = null;
    }

    public void Dispose()
    {
        DisposeEverything();
        manager.Remove(this);
    }

    internal void Replace(torch.Tensor old, torch.Tensor by)
    {
        if (owned.Remove(old)) owned.Add(by);
    }

    void Move(DisposeScope? scope, IDisposable disposable)
    {
        if (!owned.Remove(disposable)) return;
        scope?.owned.Add(disposable);
        if (disposable is not torch.Tensor tensor) return;
        tensor.OwningDisposeScope = scope;
        if (scope is null) manager.Counters.Detached++;
    }
}

public static partial class torch
{
    /// <summary>Opens a scope on this thread; dispose it on the same thread.</summary>
    public static DisposeScope NewDisposeScope() => DisposeScopeManager.OfThread.Open();

    public static DisposeScope? CurrentDisposeScope => DisposeScopeManager.OfThread.Current;

    /// <summary>Computes an expression in a scope of its own, which keeps only the result.</summary>
    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expr)
    {
        using var scope = NewDisposeScope();
        return expr().MoveToOuterDisposeScope();
    }
}
