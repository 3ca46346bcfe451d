using System.Collections.Immutable;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Tests;

/// <summary>Short ways to the records that tests need.</summary>
internal static class Some
{
    public static readonly DateTimeOffset Now = new(2026, 11, 12, 3, 12, 40, TimeSpan.Zero);

    public static readonly Guid OperationId = Guid.Parse("0195a0de-5127-7d3c-9a71-e4b2aa004711");

    public static PipelineKey Key(string name = "orders", string ns = "payments", string cluster = "eu-west-1") => new(cluster, ns, name);

    public static PipelineRow Row(string name = "orders", HealthState health = HealthState.Healthy, string? team = "payments", string cluster = "eu-west-1", string? cause = null,
        SyncState sync = SyncState.InSync, DateTimeOffset? checkpoint = null, long? restarts = null, string ns = "payments") => new()
    {
        Key = Key(name, ns, cluster),
        Kind = PipelineKind.BeamJava,
        Team = team,
        State = new PipelineState(sync, health, PipelinePhase.None, cause),
        LastCheckpointAt = checkpoint,
        Restarts = restarts,
        Resource = new FlinkResourceRecord { ObjectKey = new ObjectKey(ns, name), Uid = name, ResourceVersion = "1", Resource = FlinkResource.Deployment, FlinkVersion = "v1_20" },
    };

    public static FleetSnapshot Fleet(params PipelineRow[] rows) => Fleet(ReflectorPhase.Synced, rows);

    public static FleetSnapshot Fleet(ReflectorPhase phase, params PipelineRow[] rows) => new(
        1,
        rows.ToImmutableDictionary(row => row.Key),
        ImmutableDictionary<string, ReflectorState>.Empty.Add("eu-west-1", new ReflectorState(phase, phase == ReflectorPhase.Listing ? null : Now, phase is ReflectorPhase.Stale or ReflectorPhase.Denied ? "connection timed out" : null)));

    public static FleetChange Change(FleetSnapshot before, params PipelineRow[] rows)
    {
        var after = before with { Version = before.Version + 1, Rows = before.Rows.SetItems(rows.Select(row => KeyValuePair.Create(row.Key, row))) };
        return new FleetChange(after, rows.Select(row => row.Key).ToHashSet(), false);
    }

    public static Operation Operation(OperationState state, params StepState[] steps) => new()
    {
        Id = OperationId,
        Kind = OperationKind.Suspend,
        Pipeline = Key(),
        Actor = "demo",
        State = state,
        CreatedAt = Now.AddMinutes(-2),
        StartedAt = Now.AddMinutes(-2),
        EndedAt = state is OperationState.Succeeded or OperationState.Failed ? Now.AddSeconds(-28) : null,
        Steps = [.. steps.Select((step, i) => new OperationStep { Index = i, Name = $"step-{i}", Title = $"Do thing {i + 1}", State = step, StartedAt = Now.AddMinutes(-2), EndedAt = step == StepState.Done ? Now.AddMinutes(-1) : null })],
    };
}
