using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations;

/// <summary>The kinds of operation.</summary>
public enum OperationKind
{
    /// <summary>First deployment of a new pipeline.</summary>
    Deploy,

    /// <summary>Take a savepoint; the job keeps running.</summary>
    Savepoint,

    /// <summary>Stop with a savepoint, to resume.</summary>
    Suspend,

    /// <summary>Start again from the snapshot taken at suspension.</summary>
    Resume,

    /// <summary>Roll out a new revision, carrying the state by a savepoint.</summary>
    Upgrade,

    /// <summary>Delete the deployment.</summary>
    Delete,

    /// <summary>End of input: the watermark goes to its end, windows fire, and the job stops with a savepoint that is not to be resumed from.</summary>
    Drain,

    /// <summary>Stop without a savepoint; the last checkpoint stays.</summary>
    Cancel,

    /// <summary>Stop with a savepoint and start the same version from it.</summary>
    Restart,

    /// <summary>Start anew from a chosen snapshot.</summary>
    Redeploy,

    /// <summary>Go back to an earlier revision, with the state of now or with a chosen snapshot.</summary>
    Rollback,

    /// <summary>Change the parallelism, in place where that is possible.</summary>
    Scale,

    /// <summary>Deploy a new pipeline that begins with the state of another one, which runs on.</summary>
    Fork,

    /// <summary>Remove the data of a snapshot whose quarantine has ended.</summary>
    DisposeSnapshot,

    /// <summary>Start a new version beside the old one, from a savepoint of it, and cut over once it runs.</summary>
    SideBySide,

    /// <summary>Wait until a bootstrap revision is through, then go on with the steady revision from its state.</summary>
    GoLive,
}

/// <summary>How an operation stands.</summary>
public enum OperationState
{
    /// <summary>Recorded, not begun.</summary>
    Pending,

    /// <summary>A replica works on it, or will take it over when that replica dies.</summary>
    Running,

    /// <summary>A step gave up; a person chooses how to go on (see <see cref="Operation.Message"/>).</summary>
    Waiting,

    /// <summary>Ended as asked.</summary>
    Succeeded,

    /// <summary>Ended otherwise; the message says what state the job is in now and what to do.</summary>
    Failed,

    /// <summary>Called off at a safe point.</summary>
    Cancelled,

    /// <summary>Recorded; somebody else than the person who asked has to approve it.</summary>
    AwaitingApproval,

    /// <summary>Recorded; it begins by itself when nothing holds it up any more: an operation before it, or a freeze window.</summary>
    Queued,

    /// <summary>Ended before it began: declined, expired, taken back, or not fit any more when its turn came. Nothing was changed.</summary>
    NotStarted,
}

/// <summary>How a step stands.</summary>
public enum StepState
{
    /// <summary>Not begun.</summary>
    Pending,

    /// <summary>Begun.</summary>
    Running,

    /// <summary>Done.</summary>
    Done,

    /// <summary>Not needed this time.</summary>
    Skipped,

    /// <summary>Gave up.</summary>
    Failed,
}

/// <summary>A requested change with what was done about it. Immutable copy of the durable record.</summary>
public sealed record Operation
{
    /// <summary>Its identity; names of everything it creates are made from it.</summary>
    public required Guid Id { get; init; }

    /// <summary>What it does.</summary>
    public required OperationKind Kind { get; init; }

    /// <summary>To which pipeline.</summary>
    public required PipelineKey Pipeline { get; init; }

    /// <summary>Who asked.</summary>
    public required string Actor { get; init; }

    /// <summary>Why, in the actor's words.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The request's own values as JSON, for example the revision to roll out.</summary>
    public string Parameters { get; init; } = "{}";

    /// <summary>How it stands.</summary>
    public required OperationState State { get; init; }

    /// <summary>What is happening or how it ended, in words.</summary>
    public string Message { get; init; } = "";

    /// <summary>When it was asked for.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its first step began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The replica that holds its lease.</summary>
    public string? Holder { get; init; }

    /// <summary>The fencing number: grows with every takeover; a write with an older one is refused.</summary>
    public long Fence { get; init; }

    /// <summary>Set by a person: stop at the next safe point.</summary>
    public bool CancelRequested { get; init; }

    /// <summary>When it joined those that wait for their turn; null where it never did.</summary>
    public DateTimeOffset? QueuedAt { get; init; }

    /// <summary>What held it up or was waived for it; null where nothing was.</summary>
    public OperationGuards? Guards { get; init; }

    /// <summary>What was asked for, to be planned again when its turn comes; null from then on.</summary>
    [JsonIgnore]
    public OperationRequest? Request { get; init; }

    /// <summary>What was planned when it was asked for. Lists of operations leave it out.</summary>
    public OperationPlan? Plan { get; init; }

    /// <summary>What really happened; recorded together with the end, null before.</summary>
    public OperationOutcome? Outcome { get; init; }

    /// <summary>The steps, in order.</summary>
    public required ImmutableArray<OperationStep> Steps { get; init; }

    /// <summary>True where nothing more will happen.</summary>
    public bool Ended => State is OperationState.Succeeded or OperationState.Failed or OperationState.Cancelled or OperationState.NotStarted;

    /// <summary>True where it waits for an approval or for its turn: it has not begun, and keeps no other operation out.</summary>
    [JsonIgnore]
    public bool Held => State is OperationState.AwaitingApproval or OperationState.Queued;

    /// <summary>True where it is the one operation that its pipeline may have.</summary>
    [JsonIgnore]
    public bool Active => !Ended && !Held;
}

/// <summary>One step of an operation.</summary>
public sealed record OperationStep
{
    /// <summary>From 0.</summary>
    public required int Index { get; init; }

    /// <summary>Its name within the kind, for example <c>take-savepoint</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it does, in words for people.</summary>
    public required string Title { get; init; }

    /// <summary>How it stands.</summary>
    public required StepState State { get; init; }

    /// <summary>What is happening or what came of it.</summary>
    public string Message { get; init; } = "";

    /// <summary>How often it was begun (takeovers after a crash included).</summary>
    public int Attempts { get; init; }

    /// <summary>What the step has to remember between attempts, as JSON: written before it acts.</summary>
    public string Data { get; init; } = "{}";

    /// <summary>When it began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>When it gives up.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>What was sent and what was answered, oldest first, without secrets.</summary>
    public ImmutableArray<Evidence> Evidence { get; init; } = [];
}

/// <summary>One thing that was sent, answered or seen.</summary>
/// <param name="At">When.</param>
/// <param name="Source">Who says so: <c>sent</c>, <c>Kubernetes</c>, <c>operator</c>, <c>JobManager</c>, <c>event</c>.</param>
/// <param name="Text">What, trimmed to 4 kB and without secrets.</param>
public sealed record Evidence(DateTimeOffset At, string Source, string Text);
