using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;

namespace Sluice.Domain.Pipelines;

/// <summary>What many pipelines can have in common that is wrong with them. Equal for rows whose own texts differ only in names and numbers.</summary>
/// <param name="Key">Lower-case letters, digits and hyphens; stands in URLs.</param>
/// <param name="Label">As people read it.</param>
public sealed record FleetCause(string Key, string Label);

/// <summary>Finds the common cause behind the texts of single rows.</summary>
public static partial class FleetCauses
{
    private const int LongestKey = 64;
    private const int MostWords = 9;
    private const int MostRead = 400;
    private const int MostKept = 20_000;
    private const string KeepsFailing = "Keeps failing: ";
    private const string MainThrows = "main() throws ";

    private static readonly FleetCause Unexplained = new("unexplained", "No cause known");

    // Texts that say the same of every row, whatever follows them.
    private static readonly (string Begins, FleetCause Cause)[] Fixed =
    [
        ("Image cannot be pulled", new("image-cannot-be-pulled", "Image cannot be pulled")),
        ("Pods are refused", new("pods-are-refused", "Pods are refused")),
        ("Not running after", new("does-not-come-up", "Does not come up")),
        ("Operator has not", new("operator-is-silent", "Operator does not answer")),
        ("Deletion is held up", new("deletion-is-held-up", "Deletion is held up")),
        ("Job keeps restarting", new("job-restarts", "Job restarts")),
        ("Job restarts", new("job-restarts", "Job restarts")),
        ("Job is in a state that Sluice does not know", new("unknown-job-state", "Job is in a state that Sluice does not know")),
    ];

    private static readonly FleetCause CheckpointsTimeOut = new("checkpoints-time-out", "Checkpoints time out");
    private static readonly FleetCause CheckpointsFail = new("checkpoints-fail", "Checkpoints fail");
    private static readonly ConcurrentDictionary<string, FleetCause> ByText = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, FleetCause> ByCluster = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, FleetCause> ByKey = new(StringComparer.Ordinal);

    /// <summary>What is wrong with a row; null where nothing is.</summary>
    public static FleetCause? Of(PipelineRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        if (row.StaleSince is not null) return Unreachable(row.Key.Cluster);
        return OfState(row.State);
    }

    /// <summary>The cause of that name, where a row had it since the start of the portal; for texts that show a key out of a URL.</summary>
    public static FleetCause? Find(string key) => ByKey.GetValueOrDefault(key);

    /// <summary>All rows of a cluster that cannot be reached have this cause, whatever they said when they were last seen.</summary>
    public static FleetCause Unreachable(string cluster) =>
        ByCluster.GetOrAdd(cluster, static name => Known(new FleetCause("unreachable-" + name, $"Cluster {name} unreachable")));

    internal static FleetCause? OfState(PipelineState state)
    {
        if (state.Health is HealthState.Finished or HealthState.Suspended && state.Sync != SyncState.Rejected) return null;
        if (state.Cause is { } text) return OfText(text);
        return state.Health is HealthState.Failed or HealthState.Degraded or HealthState.Unknown || state.Sync == SyncState.Rejected ? Known(Unexplained) : null;
    }

    internal static FleetCause OfText(string text)
    {
        if (ByText.TryGetValue(text, out var known)) return known;
        // Texts come from programs that anybody wrote: what is kept of them has an end.
        if (ByText.Count >= MostKept) ByText.Clear();
        return ByText[text] = Known(Read(text));
    }

    private static FleetCause Known(FleetCause cause)
    {
        if (ByKey.TryGetValue(cause.Key, out var known)) return known;
        if (ByKey.Count >= MostKept) ByKey.Clear();
        return ByKey.GetOrAdd(cause.Key, cause);
    }

    private static FleetCause Read(string text)
    {
        var said = LenientJson.Clip(text.StartsWith(KeepsFailing, StringComparison.Ordinal) ? text[KeepsFailing.Length..] : text, MostRead);
        foreach (var (begins, cause) in Fixed)
            if (said.StartsWith(begins, StringComparison.Ordinal)) return cause;
        if (said.Contains("checkpoint", StringComparison.OrdinalIgnoreCase))
        {
            if (Expires().IsMatch(said)) return CheckpointsTimeOut;
            if (said.Contains("tolerable failure", StringComparison.OrdinalIgnoreCase)) return CheckpointsFail;
        }

        var prefix = said.StartsWith(MainThrows, StringComparison.Ordinal) ? MainThrows : "";
        var words = Words(said[prefix.Length..]);
        return words.Length == 0 && prefix.Length == 0 ? Unexplained : new FleetCause(Slug(prefix + words), prefix + words);
    }

    /// <summary>The first words without what differs from row to row: quoted names, numbers, ids, paths and addresses.</summary>
    private static string Words(string text)
    {
        var plain = Particular().Replace(Invisible().Replace(text, ""), "…");
        var words = plain.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var first = string.Join(' ', words.Take(MostWords));
        while (first.Contains("… …", StringComparison.Ordinal)) first = first.Replace("… …", "…", StringComparison.Ordinal);
        return LenientJson.Clip(first, 120).TrimEnd(' ', ':', ',', ';', '.', '(', '-');
    }

    private static string Slug(string text)
    {
        var slug = new StringBuilder(LongestKey);
        var foreign = false;
        foreach (var c in text)
        {
            if (char.IsAsciiLetterOrDigit(c)) slug.Append(char.ToLowerInvariant(c));
            else if (slug.Length > 0 && slug[^1] != '-') slug.Append('-');
            foreign |= c > 127 && c != '…';
        }

        // Where letters were lost, or the end was, the sum over the whole keeps two causes apart.
        if (!foreign && slug.Length is > 0 and <= LongestKey && slug[0] != '-') return slug.ToString().Trim('-');
        var sum = 14695981039346656037UL;
        foreach (var c in text) sum = (sum ^ c) * 1099511628211UL;
        var head = slug.ToString(0, Math.Min(slug.Length, LongestKey - 9)).Trim('-');
        return $"{(head.Length == 0 ? "cause" : head)}-{(uint)(sum ^ (sum >> 32)):x8}";
    }

    [GeneratedRegex(@"\bexpired?\b|\btime[sd]?[- ]?out\b", RegexOptions.IgnoreCase, 2000)]
    private static partial Regex Expires();

    // Control characters, and those that turn the direction of what follows them on the page.
    [GeneratedRegex(@"[\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069]", RegexOptions.None, 2000)]
    private static partial Regex Invisible();

    [GeneratedRegex("""(?<=^|[\s(\[=:,])(?:'[^']*'|"[^"]*"|`[^`]*`)|\b[a-z][a-z0-9+.-]*://[^\s,;)\]]+|(?<=^|[\s(\[=])/[^\s,;:)\]]+|\b[^\s()\[\]=,;]*\d[^\s()\[\]=,;]*""", RegexOptions.IgnoreCase, 2000)]
    private static partial Regex Particular();
}
