using System.Collections.Concurrent;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Shared.Formatting;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>Health as the list counts it: a stale row is stale first, whatever it said when it was last seen. Ordered from worst to best.</summary>
public enum ListedHealth
{
    Failed,
    Degraded,
    Unknown,
    Stale,
    Progressing,
    Suspended,
    Finished,
    Healthy,
}

/// <summary>What the list can be narrowed by. The order is the one on the page.</summary>
public enum FleetFacet
{
    Health,
    Phase,
    Sync,
    Team,
    Cluster,
    Kind,
    Tier,
    Flink,
    Image,
    Cause,
}

/// <summary>The value that a row has in each facet, as it stands in the URL.</summary>
public static class FleetFacets
{
    /// <summary>The value of rows that have none.</summary>
    public const string None = "none";

    public const string NoTeam = None;

    public static readonly FleetFacet[] All = Enum.GetValues<FleetFacet>();

    private static readonly ConcurrentDictionary<string, string> Versions = new(StringComparer.Ordinal);
    private static readonly string[] Healths = [.. Enum.GetNames<ListedHealth>().Select(name => name.ToLowerInvariant())];
    private static readonly string[] Syncs = ["unknown", "in-sync", "out-of-sync", "rejected"];
    private static readonly string[] Phases = [.. Enum.GetValues<PipelinePhase>().Select(phase => Words.Of(phase).Replace(' ', '-'))];
    private static readonly string[] Kinds = [.. Enum.GetValues<PipelineKind>().Select(kind => Words.Of(kind).Replace(' ', '-'))];
    private static readonly string[] Tiers = [.. Enum.GetValues<PipelineTier>().Select(tier => Words.Of(tier))];

    public static ListedHealth HealthOf(PipelineRow row) => HealthOf(row.StaleSince is not null, row.State.Health);

    public static string ValueOf(FleetFacet facet, PipelineRow row) => facet switch
    {
        FleetFacet.Health => Healths[(int)HealthOf(row)],
        FleetFacet.Phase => At(Phases, (int)(row.Operation?.Phase ?? row.State.Phase)),
        FleetFacet.Sync => At(Syncs, (int)row.State.Sync),
        FleetFacet.Team => row.Team ?? NoTeam,
        FleetFacet.Cluster => row.Key.Cluster,
        FleetFacet.Kind => At(Kinds, (int)row.Kind),
        FleetFacet.Tier => At(Tiers, (int)row.Tier),
        FleetFacet.Flink => row.Resource.FlinkVersion is { } version ? VersionOf(version) : None,
        FleetFacet.Image => FleetTriageReader.WithoutDigest(row.Resource.Image) ?? None,
        FleetFacet.Cause => FleetCauses.Of(row)?.Key ?? None,
        _ => "",
    };

    /// <summary>Where a row's code holds a number for its value; null for images, which only the row says.</summary>
    public static FleetField? FieldOf(FleetFacet facet) => facet switch
    {
        FleetFacet.Health => FleetCode.Health,
        FleetFacet.Phase => FleetCode.Phase,
        FleetFacet.Sync => FleetCode.Sync,
        FleetFacet.Kind => FleetCode.Kind,
        FleetFacet.Tier => FleetCode.Tier,
        FleetFacet.Team => FleetCode.Team,
        FleetFacet.Cluster => FleetCode.Cluster,
        FleetFacet.Flink => FleetCode.FlinkVersion,
        FleetFacet.Cause => FleetCode.Cause,
        _ => null,
    };

    /// <summary>The value that a number stands for; several may stand for the same. Null where only the row says it: its text came when all numbers were given away.</summary>
    public static string? ValueOf(FleetFacet facet, int number) => facet switch
    {
        FleetFacet.Health => Healths[(int)HealthOf(number)],
        FleetFacet.Phase => At(Phases, number),
        FleetFacet.Sync => At(Syncs, number),
        FleetFacet.Kind => At(Kinds, number),
        FleetFacet.Tier => At(Tiers, number),
        FleetFacet.Team when number != FleetCode.Teams.Beyond => FleetCode.Teams.TextOf(number) ?? NoTeam,
        FleetFacet.Cluster when number != FleetCode.Clusters.Beyond => FleetCode.Clusters.TextOf(number) ?? "",
        FleetFacet.Flink when number != FleetCode.FlinkVersions.Beyond => FleetCode.FlinkVersions.TextOf(number) is { } version ? VersionOf(version) : None,
        FleetFacet.Cause when number != FleetCode.Causes.Beyond => FleetCode.Causes.TextOf(number) ?? None,
        _ => null,
    };

    /// <summary>The health that a number in <see cref="FleetCode.Health"/> stands for.</summary>
    public static ListedHealth HealthOf(int number) => FleetCode.ReadHealth(number) is var (health, stale) ? HealthOf(stale, health) : default;

    /// <summary>The values of facets that have only these; null for the others.</summary>
    public static IReadOnlyList<string>? ValuesOf(FleetFacet facet) => facet switch
    {
        FleetFacet.Health => Healths,
        FleetFacet.Phase => Phases,
        FleetFacet.Sync => Syncs,
        FleetFacet.Kind => Kinds,
        FleetFacet.Tier => Tiers,
        _ => null,
    };

    /// <summary>False for a value that no row can ever have. Teams and clusters come and go, so any name may be one.</summary>
    public static bool IsKnown(FleetFacet facet, string value) => facet switch
    {
        FleetFacet.Kind => Kinds.Contains(value),
        FleetFacet.Tier => Tiers.Contains(value),
        _ => Rank(facet, value) is null or >= 0,
    };

    /// <summary>The value as people read it.</summary>
    public static string Say(FleetFacet facet, string value) => facet switch
    {
        FleetFacet.Team => value == NoTeam ? "nobody’s" : value,
        FleetFacet.Cluster => value,
        FleetFacet.Flink or FleetFacet.Image => value == None ? "not said" : value,
        FleetFacet.Cause => value == None ? "nothing wrong" : FleetCauses.Find(value)?.Label ?? value.Replace('-', ' '),
        _ => value.Replace('-', ' '),
    };

    /// <summary>Where a fixed order is known (worst first), the place in it; else none.</summary>
    public static int? Rank(FleetFacet facet, string value) => facet switch
    {
        FleetFacet.Health => Array.IndexOf(Healths, value),
        FleetFacet.Phase => Array.IndexOf(Phases, value),
        FleetFacet.Sync => Array.IndexOf(Syncs, value),
        _ => null,
    };

    private static ListedHealth HealthOf(bool stale, HealthState health) => stale ? ListedHealth.Stale : health switch
    {
        HealthState.Failed => ListedHealth.Failed,
        HealthState.Degraded => ListedHealth.Degraded,
        HealthState.Progressing => ListedHealth.Progressing,
        HealthState.Suspended => ListedHealth.Suspended,
        HealthState.Finished => ListedHealth.Finished,
        HealthState.Healthy => ListedHealth.Healthy,
        _ => ListedHealth.Unknown,
    };

    private static string At(string[] names, int index) => names[Within(names, index)];

    private static int Within(string[] names, int index) => (uint)index < (uint)names.Length ? index : 0;

    private static string VersionOf(string version)
    {
        if (Versions.TryGetValue(version, out var said)) return said;
        // The field is free text to whoever writes the resource.
        if (Versions.Count > 1000) Versions.Clear();
        return Versions[version] = Format.FlinkVersion(version);
    }
}
