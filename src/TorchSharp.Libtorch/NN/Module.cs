using System.Reflection;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A tree of parameters, buffers and submodules, each under a name.</summary>
        public class Module : IDisposable
        {
            readonly OrderedDictionary<string, Parameter> ownParameters = [];
            readonly OrderedDictionary<string, (Tensor Tensor, bool Persistent)> ownBuffers = [];
            readonly OrderedDictionary<string, Module> ownModules = [];
            protected string name;
            bool isTraining = true, registered;

            protected Module(string name) => this.name = name;

            ~Module() => Dispose(false);

            public virtual string GetName() => name;

            /// <summary>Disposes the parameters, buffers and submodules too.</summary>
            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                Release();
                if (!disposing) return;
                foreach (var parameter in ownParameters.Values) parameter.Dispose();
                foreach (var (buffer, _) in ownBuffers.Values) buffer.Dispose();
                foreach (var module in ownModules.Values) module.Dispose();
            }

            // Frees what is not managed, at the latest in the finalizer.
            private protected virtual void Release()
            {
            }

            /// <summary>
            /// Registers every field, in the order of declaration and public or not, that holds a module, a parameter or (as a
            /// buffer) another tensor, under the field's name. Private fields of base classes are not seen. Call it once, last in
            /// the constructor.
            /// </summary>
            protected virtual void RegisterComponents()
            {
                if (registered) return;
                registered = true;
                foreach (var field in Fields())
                {
                    if (IsTaken(field.Name)) continue;
                    switch (field.GetValue(this))
                    {
                        case Module module: register_module(field.Name, module); break;
                        case Parameter parameter: register_parameter(field.Name, parameter); break;
                        case Tensor tensor: register_buffer(field.Name, tensor); break;
                    }
                }
            }

            FieldInfo[] Fields() => GetType().GetFields(BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.Instance);

            bool IsTaken(string name) => ownModules.ContainsKey(name) || ownParameters.ContainsKey(name) || ownBuffers.ContainsKey(name);

            public virtual void register_module(string name, Module submodule)
            {
                if (submodule is null)
                {
                    ownModules.Remove(name);
                    return;
                }
                CheckName(name);
                if (ownModules.ContainsKey(name)) throw new InvalidOperationException($"there is a submodule {name} already");
                submodule.RegisterComponents();
                ownModules.Add(name, submodule);
            }

            public void add_module(string name, Module module) => register_module(name, module);

            public virtual void register_parameter(string name, Parameter param)
            {
                if (param is null)
                {
                    ownParameters.Remove(name);
                    return;
                }
                CheckName(name);
                if (!ownParameters.TryAdd(name, param)) throw new InvalidOperationException($"there is a parameter {name} already");
            }

            /// <summary>A tensor that belongs to the state, or at least moves with the module, and is not trained.</summary>
            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                CheckName(name);
                if (!ownBuffers.TryAdd(name, (tensor, persistent)))
                    throw new InvalidOperationException($"there is a buffer {name} already");
            }

            static void CheckName(string name)
            {
                if (string.IsNullOrEmpty(name)) throw new ArgumentException("a component needs a name");
                if (name.Contains('.')) throw new ArgumentException($"'{name}' has a dot, which separates the names of nested components");
            }

            // The parameter of that name, for modules that keep theirs in the registry alone.
            private protected Parameter? Get(string name) => ownParameters.GetValueOrDefault(name);

            private protected void Set(string name, Parameter? parameter)
            {
                ownParameters.Remove(name);
                if (parameter is not null) ownParameters.Add(name, parameter);
            }

            private protected Tensor? GetBuffer(string name) => ownBuffers.TryGetValue(name, out var buffer) ? buffer.Tensor : null;

            private protected void SetBuffer(string name, Tensor? tensor)
            {
                ownBuffers.Remove(name);
                if (tensor is not null) ownBuffers.Add(name, (tensor, true));
            }

            private protected void Forget() => ownModules.Clear();

            public virtual IEnumerable<(string name, Module module)> named_children() => ownModules.Select(m => (m.Key, m.Value));

            public virtual IEnumerable<Module> children() => ownModules.Values;

            /// <summary>All modules below this one: its children first, then what is below each.</summary>
            public virtual IEnumerable<(string name, Module module)> named_modules()
            {
                foreach (var child in named_children()) yield return child;
                foreach (var (childName, child) in named_children())
                {
                    foreach (var (below, module) in child.named_modules()) yield return ($"{childName}.{below}", module);
                }
            }

            public virtual IEnumerable<Module> modules() => named_modules().Select(m => m.module);

            /// <summary>Its own parameters, then those below, each once.</summary>
            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
            {
                var seen = new HashSet<nint>();
                foreach (var (key, parameter) in ownParameters)
                {
                    if (seen.Add(parameter.handle)) yield return (key, parameter);
                }
                if (!recurse) yield break;
                foreach (var (childName, child) in named_children())
                {
                    foreach (var (below, parameter) in child.named_parameters())
                    {
                        if (seen.Add(parameter.handle)) yield return ($"{childName}.{below}", parameter);
                    }
                }
            }

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(p => p.parameter);

            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true)
            {
                var seen = new HashSet<nint>();
                foreach (var (key, (buffer, persistent)) in ownBuffers)
                {
                    if ((persistent || include_nonpersistent) && seen.Add(buffer.handle)) yield return (key, buffer);
                }
                if (!recurse) yield break;
                foreach (var (childName, child) in named_children())
                {
                    foreach (var (below, buffer) in child.named_buffers(true, include_nonpersistent))
                    {
                        if (seen.Add(buffer.handle)) yield return ($"{childName}.{below}", buffer);
                    }
                }
            }

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) =>
                named_buffers(recurse, include_nonpersistent).Select(b => b.buffer);

            public virtual bool has_parameter(string target) => named_parameters().Any(p => p.name == target);

            public virtual bool has_buffer(string target) => named_buffers().Any(b => b.name == target);

            public virtual Parameter? get_parameter(string target) => named_parameters().FirstOrDefault(p => p.name == target).parameter;

            public virtual Tensor? get_buffer(string target) => named_buffers().FirstOrDefault(b => b.name == target).buffer;

            /// <summary>Parameters and persistent buffers by name: the tensors themselves, not copies.</summary>
            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                string Under(string key) => string.IsNullOrEmpty(prefix) ? key : $"{prefix}.{key}";
                foreach (var (key, parameter) in ownParameters) destination.TryAdd(Under(key), parameter);
                foreach (var (key, (buffer, persistent)) in ownBuffers)
                {
                    if (persistent) destination.TryAdd(Under(key), buffer);
                }
                foreach (var (key, child) in named_children()) child.state_dict(destination, Under(key));
                return destination;
            }

            /// <summary>Copies values in by name.</summary>
            /// <exception cref="InvalidOperationException"><paramref name="strict"/>, and the names differ.</exception>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(
                Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                var target = state_dict();
                skip ??= [];
                List<string> missing = [.. target.Keys.Where(k => !skip.Contains(k) && !source.ContainsKey(k))];
                List<string> unexpected = [.. source.Keys.Where(k => !skip.Contains(k) && !target.ContainsKey(k))];
                if (strict && missing.Count + unexpected.Count > 0)
                    throw new InvalidOperationException(
                        $"missing: [{string.Join(", ", missing)}], unexpected: [{string.Join(", ", unexpected)}]");
                using var constant = no_grad();
                foreach (var (key, value) in source)
                {
                    if (!skip.Contains(key) && target.TryGetValue(key, out var tensor)) tensor.copy_(value);
                }
                return (missing, unexpected);
            }

            public virtual bool training => isTraining;

            public virtual void train(bool train = true)
            {
                isTraining = train;
                foreach (var (_, child) in named_children()) child.train(train);
            }

            public virtual void eval() => train(false);

            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var parameter in parameters())
                {
                    using var grad = parameter.grad;
                    if (grad is null) continue;
                    if (set_to_none) parameter.grad = null;
                    else using (no_grad()) grad.zero_();
                }
            }

            /// <summary>Applies a function to every module below, then to this one.</summary>
            public virtual Module apply(Action<Module> fn)
            {
                foreach (var child in children()) child.apply(fn);
                fn(this);
                return this;
            }

            // Moves and converts. Parameters and buffers that change are replaced, in the fields too; only floating point ones
            // change their type.
            internal virtual void Move(Device? device, ScalarType? dtype, bool nonBlocking)
            {
                foreach (var (_, child) in named_children()) child.Move(device, dtype, nonBlocking);
                var replaced = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
                foreach (var (key, parameter) in ownParameters.ToList())
                {
                    if (Moved(parameter, device, dtype, nonBlocking) is not { } moved) continue;
                    var by = new Parameter(moved, parameter.requires_grad);
                    by.DetachFromDisposeScope();
                    using (var grad = parameter.grad)
                    {
                        if (grad is not null) by.grad = Moved(grad, device, dtype, nonBlocking) ?? grad;
                    }
                    ownParameters[key] = by;
                    replaced[parameter] = by;
                }
                foreach (var (key, (buffer, persistent)) in ownBuffers.ToList())
                {
                    if (Moved(buffer, device, dtype, nonBlocking) is not { } moved) continue;
                    moved.DetachFromDisposeScope();
                    ownBuffers[key] = (moved, persistent);
                    replaced[buffer] = moved;
                }
                if (replaced.Count == 0) return;
                foreach (var field in Fields())
                {
                    if (field.GetValue(this) is Tensor old && replaced.TryGetValue(old, out var by)) field.SetValue(this, by);
                }
                foreach (var old in replaced.Keys) old.Dispose();
            }

            static Tensor? Moved(Tensor tensor, Device? device, ScalarType? dtype, bool nonBlocking)
            {
                var type = dtype is { } t && (tensor.is_floating_point() || tensor.is_complex()) ? t : tensor.dtype;
                device ??= tensor.device;
                if (type == tensor.dtype && device.Is(tensor.device)) return null;
                using var constant = no_grad();
                return tensor.to(type, device, non_blocking: nonBlocking);
            }
        }
    }
}
