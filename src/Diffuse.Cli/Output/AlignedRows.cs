namespace Diffuse.Cli.Output;

/// <summary>Rows of cells as lines with columns.</summary>
internal static class AlignedRows
{
    /// <param name="right">The columns of numbers.</param>
    public static string Of(IReadOnlyList<string[]> rows, Func<int, bool> right)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        return string.Join(Environment.NewLine, rows.Select(row => string.Join("  ", row.Select((cell, column) =>
            right(column) ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd()));
    }
}
