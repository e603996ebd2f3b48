namespace Diffuse.Configuration;

/// <summary>
/// A file or folder: written relative to the folder of the config file (to the current folder on the command line), read as an absolute
/// path, so that the resolved config means the same from everywhere.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ConfigPathAttribute : Attribute;
