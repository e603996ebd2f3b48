using System.Collections;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>Modules in a row, registered as "0", "1", ...</summary>
public class ModuleList<T> : Module, IList<T>
    where T : Module
{
    readonly List<T> items;

    public ModuleList(params T[] modules)
        : base(nameof(ModuleList<T>))
    {
        items = [.. modules];
        Renumber();
    }

    public int Count => items.Count;

    public bool IsReadOnly => false;

    public T this[int index]
    {
        get => items[index];
        set
        {
            items[index] = value;
            Renumber();
        }
    }

    protected override void RegisterComponents() => Renumber();

    public void Add(T item)
    {
        items.Add(item);
        Renumber();
    }

    public void append(params T[] parameters) => extend(parameters);

    public void extend(IEnumerable<T> modules)
    {
        items.AddRange(modules);
        Renumber();
    }

    public void Insert(int index, T item)
    {
        items.Insert(index, item);
        Renumber();
    }

    public void RemoveAt(int index)
    {
        items.RemoveAt(index);
        Renumber();
    }

    public bool Remove(T item)
    {
        bool found = items.Remove(item);
        Renumber();
        return found;
    }

    public void Clear()
    {
        items.Clear();
        Renumber();
    }

    public bool Contains(T item) => items.Contains(item);

    public int IndexOf(T item) => items.IndexOf(item);

    public void CopyTo(T[] array, int arrayIndex) => items.CopyTo(array, arrayIndex);

    public IEnumerator<T> GetEnumerator() => items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    void Renumber()
    {
        Forget();
        for (int i = 0; i < items.Count; i++) register_module(i.ToString(), items[i]);
    }
}

/// <summary>Modules by name, in the order they were added.</summary>
public class ModuleDict<T> : Module, IDictionary<string, T>, IList<(string, T)>
    where T : Module
{
    readonly OrderedDictionary<string, T> byName = [];

    public ModuleDict()
        : base(nameof(ModuleDict<T>))
    {
    }

    public int Count => byName.Count;

    public bool IsReadOnly => false;

    public ICollection<string> Keys => byName.Keys;

    public ICollection<T> Values => byName.Values;

    public T this[string key]
    {
        get => byName[key];
        set
        {
            byName[key] = value;
            Register();
        }
    }

    public (string, T) this[int index]
    {
        get => (byName.GetAt(index).Key, byName.GetAt(index).Value);
        set
        {
            byName.RemoveAt(index);
            byName.Insert(index, value.Item1, value.Item2);
            Register();
        }
    }

    protected override void RegisterComponents() => Register();

    public IEnumerable<string> keys() => byName.Keys;

    public IEnumerable<T> values() => byName.Values;

    public IEnumerator<(string, T)> items() => GetEnumerator();

    public IEnumerator<(string, T)> GetEnumerator() => byName.Select(i => (i.Key, i.Value)).GetEnumerator();

    IEnumerator<KeyValuePair<string, T>> IEnumerable<KeyValuePair<string, T>>.GetEnumerator() => byName.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Add(string key, T value)
    {
        byName.Add(key, value);
        Register();
    }

    public void Add((string, T) item) => Add(item.Item1, item.Item2);

    public void Add(KeyValuePair<string, T> item) => Add(item.Key, item.Value);

    public void Insert(int index, (string, T) item)
    {
        byName.Insert(index, item.Item1, item.Item2);
        Register();
    }

    public bool Remove(string key)
    {
        bool found = byName.Remove(key);
        Register();
        return found;
    }

    public bool Remove((string, T) item) => Contains(item) && Remove(item.Item1);

    public bool Remove(KeyValuePair<string, T> item) => Contains(item) && Remove(item.Key);

    public void RemoveAt(int index) => Remove(byName.GetAt(index).Key);

    public void Clear()
    {
        byName.Clear();
        Register();
    }

    public void clear() => Clear();

    public bool ContainsKey(string key) => byName.ContainsKey(key);

    public bool Contains((string, T) item) => byName.TryGetValue(item.Item1, out var found) && ReferenceEquals(found, item.Item2);

    public bool Contains(KeyValuePair<string, T> item) => Contains((item.Key, item.Value));

    public int IndexOf((string, T) item) => Contains(item) ? byName.IndexOf(item.Item1) : -1;

    public bool TryGetValue(string key, out T value) => byName.TryGetValue(key, out value!);

    public void CopyTo((string, T)[] array, int arrayIndex)
    {
        foreach (var (key, value) in byName) array[arrayIndex++] = (key, value);
    }

    public void CopyTo(KeyValuePair<string, T>[] array, int arrayIndex) =>
        ((ICollection<KeyValuePair<string, T>>)byName).CopyTo(array, arrayIndex);

    void Register()
    {
        Forget();
        foreach (var (key, module) in byName) register_module(key, module);
    }
}

/// <summary>Parameters in a row, registered as "0", "1", ...</summary>
public class ParameterList : Module, IList<Parameter>
{
    readonly List<Parameter> items;

    public ParameterList(params Parameter[] parameters)
        : base(nameof(ParameterList))
    {
        items = [.. parameters];
        Renumber();
    }

    public int Count => items.Count;

    public bool IsReadOnly => false;

    public Parameter this[int index]
    {
        get => Get(index.ToString()) ?? throw new ArgumentOutOfRangeException(nameof(index));
        set
        {
            items[index] = value;
            Renumber();
        }
    }

    protected override void RegisterComponents() => Renumber();

    public void Add(Parameter item)
    {
        items.Add(item);
        Renumber();
    }

    public void append(params Parameter[] parameters) => extend(parameters);

    public void extend(IEnumerable<Parameter> parameters)
    {
        items.AddRange(parameters);
        Renumber();
    }

    public void Insert(int index, Parameter item)
    {
        items.Insert(index, item);
        Renumber();
    }

    public void RemoveAt(int index)
    {
        items.RemoveAt(index);
        Renumber();
    }

    public bool Remove(Parameter item)
    {
        bool found = items.RemoveAll(p => ReferenceEquals(p, item)) > 0;
        Renumber();
        return found;
    }

    public void Clear()
    {
        items.Clear();
        Renumber();
    }

    public bool Contains(Parameter item) => IndexOf(item) >= 0;

    public int IndexOf(Parameter item) => items.FindIndex(p => ReferenceEquals(p, item));

    public void CopyTo(Parameter[] array, int arrayIndex) => items.CopyTo(array, arrayIndex);

    public IEnumerator<Parameter> GetEnumerator() => items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal override void Move(Device? device, ScalarType? dtype, bool nonBlocking)
    {
        base.Move(device, dtype, nonBlocking);
        for (int i = 0; i < items.Count; i++) items[i] = Get(i.ToString())!;
    }

    void Renumber()
    {
        foreach (var (name, _) in named_parameters(false).ToList()) Set(name, null);
        for (int i = 0; i < items.Count; i++) Set(i.ToString(), items[i]);
    }
}

/// <summary>One module after the other; what lies between them is disposed.</summary>
public class Sequential : Module<Tensor, Tensor>
{
    readonly List<Module<Tensor, Tensor>> steps = [];

    protected Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules)
        : base(nameof(Sequential))
    {
        foreach (var (name, module) in modules) append(name, module);
    }

    protected Sequential(params Module<Tensor, Tensor>[] modules)
        : base(nameof(Sequential))
    {
        foreach (var module in modules) append(module);
    }

    internal static Sequential Of(IEnumerable<(string, Module<Tensor, Tensor>)> modules) => new(modules.ToArray());

    public int Count => steps.Count;

    [System.Runtime.CompilerServices.IndexerName("SequentialItems")]
    public IModule<Tensor, Tensor> this[int index] => steps[index];

    [System.Runtime.CompilerServices.IndexerName("SequentialItems")]
    public Sequential this[Range index] => new(named_children().Select(c => (c.name, (Module<Tensor, Tensor>)c.module)).ToArray()[index]);

    [System.Runtime.CompilerServices.IndexerName("SequentialItems")]
    public Sequential this[(int? start, int? end) index] => this[(index.start ?? 0)..(index.end ?? Count)];

    public Sequential append(string name, IModule<Tensor, Tensor> module)
    {
        var step = (Module<Tensor, Tensor>)module;
        register_module(name, step);
        steps.Add(step);
        return this;
    }

    public Sequential append(IModule<Tensor, Tensor> module) => append(steps.Count.ToString(), module);

    public override Tensor forward(Tensor tensor)
    {
        if (steps.Count == 0) return tensor.alias();
        var x = tensor;
        foreach (var step in steps)
        {
            var y = step.call(x);
            if (!ReferenceEquals(x, tensor) && !ReferenceEquals(x, y)) x.Dispose();
            x = y;
        }
        return x;
    }
}
