using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Pipelines;

/// <summary>
/// A FlinkDeployment or FlinkSessionJob as the index keeps it: what lists, states and verdicts need, and no more (about 1.5 kB against 14 kB).
/// Texts of enumerations are kept as they came: a newer operator may write values that Sluice does not know.
/// </summary>
public sealed record FlinkResourceRecord : IKubernetesRecord
{
    /// <summary>What the names of Sluice's own annotations begin with.</summary>
    public const string AnnotationPrefix = "sluice.dev/";

    /// <inheritdoc/>
    public required ObjectKey ObjectKey { get; init; }

    /// <inheritdoc/>
    public required string Uid { get; init; }

    /// <inheritdoc/>
    public required string ResourceVersion { get; init; }

    /// <summary>Deployment or session job.</summary>
    public required FlinkResource Resource { get; init; }

    /// <summary><c>metadata.generation</c>: grows with every change of the spec.</summary>
    public long Generation { get; init; }

    /// <summary><c>metadata.creationTimestamp</c>.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary><c>metadata.deletionTimestamp</c>.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary><c>metadata.labels</c>.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Sluice's own annotations (<c>sluice.dev/…</c>), without the prefix.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary><c>spec.image</c>.</summary>
    public string? Image { get; init; }

    /// <summary><c>spec.flinkVersion</c>, for example <c>v1_20</c>.</summary>
    public string? FlinkVersion { get; init; }

    /// <summary>Session jobs: the session cluster's name.</summary>
    public string? DeploymentName { get; init; }

    /// <summary>False for a session cluster.</summary>
    public bool HasJob { get; init; }

    /// <summary><c>spec.job.state</c>: <c>running</c> or <c>suspended</c>; null means running.</summary>
    public string? DesiredState { get; init; }

    /// <summary><c>spec.job.parallelism</c>, or computed from TaskManager replicas and slots.</summary>
    public int? Parallelism { get; init; }

    /// <summary><c>spec.job.upgradeMode</c>; null means stateless.</summary>
    public string? UpgradeMode { get; init; }

    /// <summary><c>spec.job.entryClass</c>.</summary>
    public string? EntryClass { get; init; }

    /// <summary><c>spec.job.jarURI</c>.</summary>
    public string? JarUri { get; init; }

    /// <summary>True where the job's arguments name a Beam runner.</summary>
    public bool LooksLikeBeam { get; init; }

    /// <summary>What the resource looks like, judged by its spec alone.</summary>
    public PipelineKind DetectedKind { get; init; }

    /// <summary>True where stopping with a savepoint also drains: <c>kubernetes.operator.job.drain-on-savepoint-deletion</c>.</summary>
    public bool DrainsOnStop { get; init; }

    /// <summary>A number made of everything in the spec whose change stops and starts the job; equal for two specs that differ only in keys of the operator itself.</summary>
    public ulong RolloutFingerprint { get; init; }

    /// <summary>A number made of the parallelism overrides per vertex, which are changed in place; 0 where there are none.</summary>
    public ulong ScaleFingerprint { get; init; }

    /// <summary><c>spec.job.savepointTriggerNonce</c>.</summary>
    public long? SavepointNonce { get; init; }

    /// <summary><c>spec.job.initialSavepointPath</c>: counts at a first deployment, or with a new redeploy nonce.</summary>
    public string? InitialSavepointPath { get; init; }

    /// <summary>Set where the operator takes savepoints by a timetable of its own: <c>kubernetes.operator.periodic.savepoint.interval</c>.</summary>
    public string? PeriodicSavepoints { get; init; }

    /// <summary>False where the operator has not written a status yet.</summary>
    public bool HasStatus { get; init; }

    /// <summary><c>status.lifecycleState</c>.</summary>
    public string? LifecycleState { get; init; }

    /// <summary><c>status.jobManagerDeploymentStatus</c>.</summary>
    public string? JobManagerStatus { get; init; }

    /// <summary><c>status.reconciliationStatus.state</c>.</summary>
    public string? ReconciliationState { get; init; }

    /// <summary><c>status.reconciliationStatus.reconciliationTimestamp</c>.</summary>
    public DateTimeOffset? ReconciledAt { get; init; }

    /// <summary>The generation the operator last took up: <c>status.observedGeneration</c>, or with 1.7 the number inside <c>lastReconciledSpec</c>.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>True where <c>lastReconciledSpec</c> is there: something was deployed once.</summary>
    public bool HasReconciledSpec { get; init; }

    /// <summary><c>job.state</c> inside <c>lastReconciledSpec</c>.</summary>
    public string? ReconciledState { get; init; }

    /// <summary>True where some spec was seen running once: <c>lastStableSpec</c> is there.</summary>
    public bool HasStableSpec { get; init; }

    /// <summary>True where the operator counts what is deployed as the first deployment.</summary>
    public bool FirstDeployment { get; init; }

    /// <summary>True where the last reconciled spec is also the last stable one.</summary>
    public bool ReconciledIsStable { get; init; }

    /// <summary><c>status.error</c>, decoded.</summary>
    public OperatorError? Error { get; init; }

    /// <summary><c>status.jobStatus.state</c>.</summary>
    public string? JobState { get; init; }

    /// <summary><c>status.jobStatus.jobId</c>.</summary>
    public string? JobId { get; init; }

    /// <summary><c>status.jobStatus.jobName</c>.</summary>
    public string? JobName { get; init; }

    /// <summary><c>status.jobStatus.startTime</c>.</summary>
    public DateTimeOffset? JobStartedAt { get; init; }

    /// <summary><c>status.jobStatus.updateTime</c>: when the operator noticed the job's state.</summary>
    public DateTimeOffset? JobUpdatedAt { get; init; }

    /// <summary><c>status.jobStatus.upgradeSavepointPath</c>, null for the operator's placeholder.</summary>
    public string? UpgradeSavepointPath { get; init; }

    /// <summary>The savepoint from which it would be resumed: with newer operators a field of its own, with older ones the last savepoint.</summary>
    public string? SavepointPath => UpgradeSavepointPath ?? LastSavepoint?.Location;

    /// <summary>One of Sluice's own annotations by its full name; null where the resource does not have it.</summary>
    public string? Annotation(string name) => name.StartsWith(AnnotationPrefix, StringComparison.Ordinal) ? Annotations.GetValueOrDefault(name[AnnotationPrefix.Length..]) : null;

    /// <summary>Operators without snapshot objects: the last savepoint.</summary>
    public LegacySavepoint? LastSavepoint { get; init; }

    /// <summary>Operators without snapshot objects: the id of a savepoint that is being taken.</summary>
    public string? SavepointTriggerId { get; init; }

    /// <summary>True where the object was too large to keep, or holds texts that are none, and only its name is known.</summary>
    public bool TooLarge { get; init; }
}

/// <summary><c>status.error</c>: a JSON text in most cases, plain in some.</summary>
/// <param name="Type">The last part of the exception's class name, or null for plain text.</param>
/// <param name="Message">The message that helps: of the innermost throwable, where there is one.</param>
/// <param name="Reason"><c>additionalMetadata.reason</c>, for example ImagePullBackOff.</param>
public sealed record OperatorError(string? Type, string Message, string? Reason)
{
    /// <summary>True where the program's <c>main()</c> threw before there was a job.</summary>
    public bool MainThrew { get; init; }

    /// <summary>True where the operator refused the spec.</summary>
    public bool IsValidation => Type is not null && Type.EndsWith("ValidationException", StringComparison.Ordinal);
}

/// <summary>A savepoint as operators up to 1.9 note it in the status.</summary>
/// <param name="Location">Where it is.</param>
/// <param name="TriggerNonce">The nonce it answers, for manual ones.</param>
/// <param name="At">When it was taken.</param>
/// <param name="TriggerType">MANUAL, PERIODIC or UPGRADE.</param>
public sealed record LegacySavepoint(string Location, long? TriggerNonce, DateTimeOffset? At, string? TriggerType);
