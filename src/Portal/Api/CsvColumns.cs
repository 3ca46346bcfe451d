using System.Text.Json;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Api;

/// <summary>One column of the export.</summary>
/// <param name="Name">Its head; the name of the field in JSON.</param>
/// <param name="Cell">What stands in it, quoted.</param>
public sealed record CsvColumn(string Name, Func<PipelineRow, string> Cell);

/// <summary>What a row has in the export. Columns have the names and words that the fields have in JSON.</summary>
public static class CsvColumns
{
    public static readonly IReadOnlyList<CsvColumn> All =
    [
        new("cluster", row => CsvText.OfText(row.Key.Cluster)),
        new("namespace", row => CsvText.OfText(row.Key.Namespace)),
        new("name", row => CsvText.OfText(row.Key.Name)),
        new("resource", row => Word(row.Key.Resource)),
        new("team", row => CsvText.OfText(row.Team)),
        new("registered", row => row.Registered ? "true" : "false"),
        new("kind", row => Word(row.Kind)),
        new("sync", row => Word(row.State.Sync)),
        new("health", row => Word(row.State.Health)),
        new("phase", row => Word(row.Operation?.Phase ?? row.State.Phase)),
        new("cause", row => CsvText.OfText(row.State.Cause)),
        new("revision", row => CsvText.Of(row.Revision)),
        new("image", row => CsvText.OfText(row.Resource.Image)),
        new("flinkVersion", row => CsvText.OfText(row.Resource.FlinkVersion)),
        new("parallelism", row => CsvText.Of(row.Resource.Parallelism)),
        new("jobId", row => CsvText.OfText(row.Resource.JobId)),
        new("jobState", row => CsvText.OfText(row.Resource.JobState)),
        new("lifecycleState", row => CsvText.OfText(row.Resource.LifecycleState)),
        new("jobStartedAt", row => CsvText.Of(row.Resource.JobStartedAt)),
        new("lastCheckpointAt", row => CsvText.Of(row.LastCheckpointAt)),
        new("restarts", row => CsvText.Of(row.Restarts)),
        new("sampledAt", row => CsvText.Of(row.SampledAt)),
        new("createdAt", row => CsvText.Of(row.Resource.CreatedAt)),
        new("staleSince", row => CsvText.Of(row.StaleSince)),
    ];

    private static readonly Dictionary<string, CsvColumn> ByName = All.ToDictionary(column => column.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The columns of that names, each once; the names that are none are put into <paramref name="unknown"/>.</summary>
    public static IReadOnlyList<CsvColumn> Choose(IEnumerable<string> names, out IReadOnlyList<string> unknown)
    {
        var wanted = names.Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        unknown = [.. wanted.Where(name => !ByName.ContainsKey(name))];
        return [.. wanted.Where(ByName.ContainsKey).Select(name => ByName[name])];
    }

    private static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
