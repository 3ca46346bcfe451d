using System.Text.RegularExpressions;

namespace Sluice.Domain.Snapshots;

/// <summary>Paths of snapshots: one place has several spellings.</summary>
public static partial class SnapshotPath
{
    /// <summary>True where two paths name one place: <c>file:/a</c> and <c>file:///a</c> do.</summary>
    public static bool Same(string? a, string? b) => a is not null && b is not null && Plain(a) == Plain(b);

    /// <summary>One spelling for all that name the same place; for keys, not for Flink.</summary>
    public static string Plain(string path) => Slashes().Replace(path.TrimEnd('/'), "$1:/");

    /// <summary>The last part, by which people know a snapshot: <c>savepoint-1a2b3c-…</c>, <c>chk-42</c>.</summary>
    public static string Name(string path)
    {
        var plain = path.TrimEnd('/');
        return plain[(plain.LastIndexOf('/') + 1)..];
    }

    /// <summary>Checkpoints lie in directories named <c>chk-</c> and a number.</summary>
    public static bool IsCheckpoint(string path) => Checkpoint().IsMatch(Name(path));

    [GeneratedRegex("^([a-zA-Z][a-zA-Z0-9+.-]*):/+")]
    private static partial Regex Slashes();

    [GeneratedRegex("^chk-[0-9]+$")]
    private static partial Regex Checkpoint();
}
