using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations.Bulk;

/// <summary>What is to be done to many pipelines, and how: everything but the pipelines themselves.</summary>
public sealed record BulkOrder
{
    /// <summary>The kinds of operation that make sense for many at once; the others need something of each pipeline's own.</summary>
    public static readonly ImmutableArray<OperationKind> Kinds =
    [
        OperationKind.Upgrade, OperationKind.SideBySide, OperationKind.Rollback, OperationKind.Scale, OperationKind.Restart, OperationKind.Redeploy, OperationKind.Savepoint, OperationKind.Suspend, OperationKind.Resume,
        OperationKind.Drain, OperationKind.Cancel, OperationKind.Fork, OperationKind.Delete,
    ];

    /// <summary>What.</summary>
    public required OperationKind Kind { get; init; }

    /// <summary>The query of the list by which the pipelines were chosen; empty where they were chosen one by one.</summary>
    public string Query { get; init; } = "";

    /// <summary>Why; stands in every operation.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Upgrade and side by side: what changes in each. Fork: what the new ones have otherwise; null is nothing.</summary>
    public BulkChange? Change { get; init; }

    /// <summary>Scale: to how much, the same for each. Vertices have ids of each pipeline's own and cannot be named.</summary>
    public ScaleTarget? Scale { get; init; }

    /// <summary>Rollback: each goes back to the revision that was in force at this moment; null is the one before that of now. Revisions whose operation did not succeed never are.</summary>
    public DateTimeOffset? InForceAt { get; init; }

    /// <summary>
    /// Redeploy: each begins from its newest savepoint that was taken at or before this moment; null is the newest there is.
    /// Rollback and fork: the same; null is the state of now, by a new savepoint. Drained savepoints, and those that are on their way out, never count.
    /// </summary>
    public DateTimeOffset? SavepointBefore { get; init; }

    /// <summary>Fork: how the new pipelines are called, and where they are.</summary>
    public BulkFork? Fork { get; init; }

    /// <summary>Delete: stop with a savepoint first.</summary>
    public bool SavepointBeforeDelete { get; init; } = true;

    /// <summary>Upgrade and scale: what does not start is taken back, with its state.</summary>
    public bool RollBackOnFailure { get; init; } = true;

    /// <summary>Cancel: give the state up as well.</summary>
    public bool DiscardState { get; init; }

    /// <summary>True where each gets another spec: then it must still have the one that was planned with.</summary>
    [JsonIgnore]
    public bool ChangesSpec => Kind is OperationKind.Upgrade or OperationKind.SideBySide or OperationKind.Rollback or OperationKind.Scale;

    /// <summary>True where each begins from a savepoint that is there already.</summary>
    [JsonIgnore]
    public bool FromSavepoints => Kind == OperationKind.Redeploy || SavepointBefore is not null;

    /// <summary>How many at a time.</summary>
    public BulkWaves Waves { get; init; } = new();

    /// <summary>When to stop and ask.</summary>
    public BulkHaltRules Halt { get; init; } = new();

    /// <summary>True for the kinds that may change specs by a <see cref="Change"/>.</summary>
    public static bool TakesChange(OperationKind kind) => kind is OperationKind.Upgrade or OperationKind.SideBySide or OperationKind.Fork;

    /// <summary>True for the kinds that may begin from a savepoint that is there already.</summary>
    public static bool TakesSavepoint(OperationKind kind) => kind is OperationKind.Redeploy or OperationKind.Rollback or OperationKind.Fork;

    /// <summary>The pipeline that runs when the operation over another one has succeeded: mostly the same one.</summary>
    public PipelineKey ResultOf(PipelineKey pipeline) => Kind switch
    {
        OperationKind.SideBySide => pipeline with { Name = SideBySidePlan.NextName(pipeline.Name) },
        OperationKind.Fork when Fork is { } fork => pipeline with { Namespace = fork.Namespace ?? pipeline.Namespace, Name = pipeline.Name + fork.Suffix },
        _ => pipeline,
    };
}

/// <summary>How the forks of many pipelines are called, and where they are.</summary>
/// <param name="Suffix">What their names have in addition, for example <c>-staging</c>.</param>
/// <param name="Namespace">Where they are; null is where the first one is.</param>
/// <param name="Team">Who owns them; null is the first one's team.</param>
public sealed record BulkFork(string Suffix, string? Namespace = null, string? Team = null);

/// <summary>How a run is cut into waves, and how much of a wave goes on at once.</summary>
public sealed record BulkWaves
{
    /// <summary>The size of the first wave, which goes alone; 0 for none. A failure in it halts the run, whatever the other rules say.</summary>
    public int Canary { get; init; } = 1;

    /// <summary>The size of the waves after it.</summary>
    public int Size { get; init; } = 20;

    /// <summary>How long to wait between the end of a wave and the next one.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.Zero;

    /// <summary>How many of one cluster at once.</summary>
    public int PerCluster { get; init; } = 10;

    /// <summary>How many of one team at once.</summary>
    public int PerTeam { get; init; } = 10;
}

/// <summary>When a run halts and leaves the decision to a person. Null is no such limit. Failures that were there when a person resumed the run do not count again.</summary>
public sealed record BulkHaltRules
{
    /// <summary>So many failures in one wave are accepted.</summary>
    public int? FailedInWave { get; init; }

    /// <summary>Such a share of one wave may fail, in percent.</summary>
    public int? FailedInWavePercent { get; init; } = 10;

    /// <summary>So many failures in all are accepted.</summary>
    public int? Failed { get; init; }

    /// <summary>Such a share of all may fail, in percent.</summary>
    public int? FailedPercent { get; init; }

    /// <summary>What the fleet has to look like after each wave.</summary>
    public BulkHealthRule? Health { get; init; }
}

/// <summary>After each wave its pipelines are looked at once more: what starts may fail soon after.</summary>
public sealed record BulkHealthRule
{
    /// <summary>How long after the end of the wave.</summary>
    public TimeSpan After { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>So many of the wave may be degraded, failed or not to be judged.</summary>
    public int Most { get; init; }
}
