namespace Diffuse.Configuration;

/// <summary>Where a value was written: a place in a file, or an option of the command line that overrides it.</summary>
/// <param name="Source">The file as the user named it, or the option (<c>--set training.batch</c>).</param>
/// <param name="Line">From 1; 0 for an option.</param>
/// <param name="Column">From 1; 0 for an option.</param>
/// <param name="Folder">What relative paths written here are relative to.</param>
internal sealed record ConfigLocation(string Source, long Line, long Column, string Folder)
{
    public bool IsOption => Line == 0;

    public override string ToString() => IsOption ? Source : FormattableString.Invariant($"{Source}:{Line}:{Column}");
}
