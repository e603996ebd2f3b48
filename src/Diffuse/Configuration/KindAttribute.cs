namespace Diffuse.Configuration;

/// <summary>
/// The name by which a config chooses this options record among its siblings (<c>sampler: { kind: ddim }</c>, or <c>sampler: ddim</c>).
/// Reflection over the assembly finds it: error texts, help and the law tests list every kind, and no switch has to know it.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class KindAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}
