using System.Text.Json.Nodes;
using Sluice.Domain.Clusters;
using Sluice.Domain.Flink;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Snapshots;

/// <summary>Reads sightings out of what operations, the operator and the JobManager tell.</summary>
public static class SnapshotSources
{
    /// <summary>Who asks for savepoints by the timetable.</summary>
    public const string ScheduleActor = "schedule";

    /// <summary>What a pipeline's own operations took or noted.</summary>
    public static IEnumerable<SnapshotSighting> OfOperations(IReadOnlyList<Operation> operations)
    {
        var actors = operations.ToDictionary(o => o.Id, o => o.Actor);
        return SnapshotHistory.Of(operations).Select(known => new SnapshotSighting(known.Path)
        {
            // A cancellation takes nothing; it notes the job's last checkpoint.
            Origin = SnapshotPath.IsCheckpoint(known.Path) ? SnapshotOrigin.Job : actors[known.Operation] == ScheduleActor ? SnapshotOrigin.Schedule : SnapshotOrigin.Operation,
            TakenAt = known.At,
            Drained = known.Drained,
            Operation = known.Operation,
        });
    }

    /// <summary>
    /// What the job's own resource names: the savepoint it would be resumed from, and the newest one of an older operator. When the first was taken it does not say: at a stop that is when the job's
    /// state changed last, but a start from a chosen savepoint names that one while the state is still the one before.
    /// </summary>
    public static IEnumerable<SnapshotSighting> OfResource(FlinkResourceRecord resource)
    {
        if (resource.UpgradeSavepointPath is { } upgrade && SnapshotStart.Doubt(upgrade) is null)
            yield return new SnapshotSighting(upgrade) { Origin = SnapshotPath.IsCheckpoint(upgrade) ? SnapshotOrigin.Job : SnapshotOrigin.OperatorUpgrade, TakenAt = resource.JobUpdatedAt, TakenAtGuessed = true };
        if (resource.LastSavepoint is { } last && SnapshotStart.Doubt(last.Location) is null)
            yield return new SnapshotSighting(last.Location) { Origin = OfTrigger(last.TriggerType), TakenAt = last.At };
        if (resource.Annotations.GetValueOrDefault("drained") is { } drained) yield return new SnapshotSighting(drained) { Drained = true, Makes = false };
    }

    /// <summary>The savepoints that an older operator lists in a job's status.</summary>
    public static IReadOnlyList<SnapshotSighting> OfHistory(JsonObject resource)
    {
        if (resource["status"]?["jobStatus"]?["savepointInfo"] is not JsonObject info) return [];
        var listed = new List<SnapshotSighting>();
        foreach (var item in (info["savepointHistory"] as JsonArray ?? []).Append(info["lastSavepoint"]).OfType<JsonObject>())
        {
            if (Text(item["location"]) is not { } path || SnapshotStart.Doubt(path) is not null) continue;
            listed.Add(new SnapshotSighting(path)
            {
                Origin = OfTrigger(Text(item["triggerType"])),
                Format = Text(item["formatType"]) is "CANONICAL" or "NATIVE" ? Text(item["formatType"]) : null,
                TakenAt = item["timeStamp"] is JsonValue stamp && stamp.TryGetValue(out long milliseconds) && milliseconds > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null,
                Listed = true,
                Live = true,
            });
        }
        return listed;
    }

    /// <summary>What a FlinkStateSnapshot stands for; null where it stands for nothing that is there.</summary>
    public static SnapshotSighting? OfObject(StateSnapshotRecord record)
    {
        if (record.State != "COMPLETED" || string.IsNullOrEmpty(record.Path) || SnapshotStart.Doubt(record.Path) is not null) return null;
        return new SnapshotSighting(record.Path)
        {
            Kind = record.IsSavepoint ? SnapshotKind.Savepoint : SnapshotKind.Checkpoint,
            Origin = record.ObjectKey.Name.StartsWith("sluice-", StringComparison.Ordinal) ? SnapshotOrigin.Operation : OfTrigger(record.Labels.GetValueOrDefault("snapshot.trigger-type")),
            Format = record.IsSavepoint && record.FormatType is "CANONICAL" or "NATIVE" ? record.FormatType : null,
            // An entry for one that was there before says when it was noted, which is when a stop ended.
            TakenAt = record.FinishedAt ?? record.CreatedAt,
            Duration = record.FinishedAt - record.TriggeredAt is { } took && took > TimeSpan.Zero ? took : null,
            ObjectName = record.ObjectKey.Name,
            DisposeOnDelete = record.DisposeOnDelete,
            Live = record.DeletedAt is null,
        };
    }

    /// <summary>
    /// What the JobManager knows: sizes and times of its newest savepoints, its latest retained checkpoint, and what the job was restored from.
    /// </summary>
    public static IEnumerable<SnapshotSighting> OfJob(string jobId, CheckpointStatistics statistics)
    {
        var latest = statistics.LatestCompleted;
        foreach (var checkpoint in statistics.History.Append(statistics.LatestSavepoint).Append(latest).OfType<Checkpoint>().DistinctBy(c => c.Id))
        {
            if (!checkpoint.Restorable || SnapshotStart.Doubt(checkpoint.ExternalPath) is not null) continue;
            if (!checkpoint.IsSavepoint && checkpoint.Id != latest?.Id) continue;
            yield return new SnapshotSighting(checkpoint.ExternalPath!)
            {
                Kind = checkpoint.IsSavepoint ? SnapshotKind.Savepoint : SnapshotKind.Checkpoint,
                Origin = checkpoint.IsSavepoint ? SnapshotOrigin.Other : SnapshotOrigin.Job,
                Format = checkpoint.SavepointFormat,
                Size = checkpoint.StateSize,
                Duration = checkpoint.Duration,
                TakenAt = checkpoint.LatestAckAt,
                JobId = jobId,
                Live = true,
            };
        }
        if (statistics.LatestRestored is { ExternalPath: { } path } restored && SnapshotStart.Doubt(path) is null)
            yield return new SnapshotSighting(path) { Restored = (restored.RestoredAt ?? DateTimeOffset.UnixEpoch, jobId), Makes = false };
    }

    private static SnapshotOrigin OfTrigger(string? trigger) => trigger switch
    {
        "PERIODIC" => SnapshotOrigin.OperatorPeriodic,
        "UPGRADE" => SnapshotOrigin.OperatorUpgrade,
        _ => SnapshotOrigin.Other,
    };

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0 ? text : null;
}
