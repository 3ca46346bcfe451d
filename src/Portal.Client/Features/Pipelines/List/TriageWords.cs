using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Shared.Formatting;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>What the rows of a cause have in common, in a few words.</summary>
public static class TriageWords
{
    public static string Detail(TriageLine line)
    {
        ArgumentNullException.ThrowIfNull(line);
        var parts = new List<string>(2);
        if (line.Stale) parts.Add("shown as last seen; the jobs may well be running");
        else if (line.Shared is { } shared) parts.Add($"{(line.Count == 1 ? "" : shared.Count >= line.Count ? "all " : $"{Format.Count(shared.Count)} ")}{Said(shared)}");
        if (line.AfterChange > 0 && !line.Stale) parts.Add(line.AfterChange >= line.Count ? (line.Count == 1 ? "after a change of its spec" : "all after a change of their spec") : $"{Format.Count(line.AfterChange)} after a change of their spec");
        // A single row's own words say more than what it has in common with nobody.
        if (parts.Count == 0 && line.Example is { } example && !example.StartsWith(line.Cause.Label, StringComparison.Ordinal)) parts.Add(example);
        return string.Join("; ", parts);
    }

    private static string Said(TriageShare shared) => shared.Trait switch
    {
        TriageTrait.Cluster => $"on {shared.Value}",
        TriageTrait.Team => $"of team {shared.Value}",
        TriageTrait.Namespace => $"in namespace {shared.Value}",
        TriageTrait.Image => $"with {Format.ShortImage(shared.Value)}",
        TriageTrait.Flink => $"with Flink {Format.FlinkVersion(shared.Value)}",
        TriageTrait.Node => $"on node {shared.Value}",
        _ => $"with {shared.Value}",
    };
}
