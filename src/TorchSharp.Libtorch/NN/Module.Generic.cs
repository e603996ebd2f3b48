namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A module whose calls can be watched and changed. Hooks run in the order of registration.</summary>
        public class HookableModule<TPreHook, TPostHook> : Module
        {
            private protected readonly OrderedDictionary<string, TPreHook> before = [];
            private protected readonly OrderedDictionary<string, TPostHook> after = [];
            readonly OrderedDictionary<string, Action<Module>> watchBefore = [], watchAfter = [];
            int registrations;

            protected HookableModule(string name)
                : base(name)
            {
            }

            public HookRemover register_forward_pre_hook(TPreHook hook) => Add(before, hook);

            public HookRemover register_forward_pre_hook(Action<Module> hook) => Add(watchBefore, hook);

            public HookRemover register_forward_hook(TPostHook hook) => Add(after, hook);

            public HookRemover register_forward_hook(Action<Module> hook) => Add(watchAfter, hook);

            HookRemover Add<T>(OrderedDictionary<string, T> hooks, T hook)
            {
                string key = (registrations++).ToString();
                hooks.Add(key, hook);
                return new HookRemover(this, key);
            }

            private protected void Entering()
            {
                foreach (var hook in watchBefore.Values) hook(this);
            }

            private protected void Leaving()
            {
                foreach (var hook in watchAfter.Values) hook(this);
            }

            /// <summary>Takes a hook back.</summary>
            public class HookRemover(HookableModule<TPreHook, TPostHook> module, string key)
            {
                public void remove()
                {
                    module.before.Remove(key);
                    module.after.Remove(key);
                    module.watchBefore.Remove(key);
                    module.watchAfter.Remove(key);
                }
            }
        }

        public interface IModule<T, TResult>
        {
            TResult call(T input1);
        }

        /// <summary>A module that is a function of one argument: override <c>forward</c>, use <c>call</c>.</summary>
        public abstract class Module<T, TResult> :
            HookableModule<
                Func<Module<T, TResult>, T, T>,
                Func<Module<T, TResult>, T, TResult, TResult>>,
            IModule<T, TResult>
        {
            protected Module(string name)
                : base(name)
            {
            }

            public abstract TResult forward(T input);

            public TResult call(T input)
            {
                Entering();
                foreach (var hook in before.Values)
                {
                    var changed = hook(this, input);
                    if (changed is not null) input = changed;
                }
                var result = forward(input);
                foreach (var hook in after.Values)
                {
                    var changed = hook(this, input, result);
                    if (changed is not null) result = changed;
                }
                Leaving();
                return result;
            }
        }

        public interface IModule<T1, T2, TResult>
        {
            TResult call(T1 input1, T2 input2);
        }

        /// <summary>A module that is a function of two arguments: override <c>forward</c>, use <c>call</c>.</summary>
        public abstract class Module<T1, T2, TResult> :
            HookableModule<
                Func<Module<T1, T2, TResult>, T1, T2, (T1, T2)?>,
                Func<Module<T1, T2, TResult>, T1, T2, TResult, TResult>>,
            IModule<T1, T2, TResult>
        {
            protected Module(string name)
                : base(name)
            {
            }

            public abstract TResult forward(T1 input1, T2 input2);

            public TResult call(T1 input1, T2 input2)
            {
                Entering();
                foreach (var hook in before.Values)
                {
                    if (hook(this, input1, input2) is { } changed) (input1, input2) = changed;
                }
                var result = forward(input1, input2);
                foreach (var hook in after.Values)
                {
                    var changed = hook(this, input1, input2, result);
                    if (changed is not null) result = changed;
                }
                Leaving();
                return result;
            }
        }

        public interface IModule<T1, T2, T3, TResult>
        {
            TResult call(T1 input1, T2 input2, T3 input3);
        }

        /// <summary>A module that is a function of three arguments: override <c>forward</c>, use <c>call</c>.</summary>
        public abstract class Module<T1, T2, T3, TResult> :
            HookableModule<
                Func<Module<T1, T2, T3, TResult>, T1, T2, T3, (T1, T2, T3)?>,
                Func<Module<T1, T2, T3, TResult>, T1, T2, T3, TResult, TResult>>,
            IModule<T1, T2, T3, TResult>
        {
            protected Module(string name)
                : base(name)
            {
            }

            public abstract TResult forward(T1 input1, T2 input2, T3 input3);

            public TResult call(T1 input1, T2 input2, T3 input3)
            {
                Entering();
                foreach (var hook in before.Values)
                {
                    if (hook(this, input1, input2, input3) is { } changed) (input1, input2, input3) = changed;
                }
                var result = forward(input1, input2, input3);
                foreach (var hook in after.Values)
                {
                    var changed = hook(this, input1, input2, input3, result);
                    if (changed is not null) result = changed;
                }
                Leaving();
                return result;
            }
        }

        public interface IModule<T1, T2, T3, T4, TResult>
        {
            TResult call(T1 input1, T2 input2, T3 input3, T4 input4);
        }

        /// <summary>A module that is a function of four arguments: override <c>forward</c>, use <c>call</c>.</summary>
        public abstract class Module<T1, T2, T3, T4, TResult> :
            HookableModule<
                Func<Module<T1, T2, T3, T4, TResult>, T1, T2, T3, T4, (T1, T2, T3, T4)?>,
                Func<Module<T1, T2, T3, T4, TResult>, T1, T2, T3, T4, TResult, TResult>>,
            IModule<T1, T2, T3, T4, TResult>
        {
            protected Module(string name)
                : base(name)
            {
            }

            public abstract TResult forward(T1 input1, T2 input2, T3 input3, T4 input4);

            public TResult call(T1 input1, T2 input2, T3 input3, T4 input4)
            {
                Entering();
                foreach (var hook in before.Values)
                {
                    if (hook(this, input1, input2, input3, input4) is { } changed) (input1, input2, input3, input4) = changed;
                }
                var result = forward(input1, input2, input3, input4);
                foreach (var hook in after.Values)
                {
                    var changed = hook(this, input1, input2, input3, input4, result);
                    if (changed is not null) result = changed;
                }
                Leaving();
                return result;
            }
        }
    }
}
