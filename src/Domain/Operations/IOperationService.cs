using System.Text.Json.Serialization;
using Sluice.Domain.Access;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations;

/// <summary>What someone asks to be done to a pipeline.</summary>
/// <param name="Kind">What.</param>
/// <param name="Pipeline">To which.</param>
/// <param name="Reason">Why; may be empty.</param>
/// <param name="Manifest">Deploy and upgrade: the new custom resource as YAML.</param>
/// <param name="Team">Deploy: the owning team.</param>
/// <param name="PipelineKind">Deploy: what the pipeline is.</param>
/// <param name="ResourceVersion">Upgrade: the version the editor started from; a foreign change since then is refused. Null: no check.</param>
/// <param name="Generation">Upgrade: the same by <c>metadata.generation</c>, which the operator's own writes of the status leave alone. Preferred.</param>
/// <param name="SavepointBeforeDelete">Delete: stop with a savepoint first.</param>
/// <param name="SnapshotPath">Redeploy: the savepoint or checkpoint to start from. Dispose: the one to remove. Rollback: the same, or null to carry the state of now. Fork: the same, or null to take a new savepoint.</param>
/// <param name="AllowNonRestoredState">Redeploy and rollback from a snapshot: accept that state of operators that the version does not have is dropped.</param>
/// <param name="Revision">Rollback: the number of the revision to go back to. Fork: that of the source to begin with; null is the newest.</param>
/// <param name="RollBackOnFailure">Upgrade, scale and go live: where the new version does not start, go back to the version before and its state without asking.</param>
/// <param name="DiscardState">Cancel: give the state up altogether, the high-availability metadata included.</param>
public sealed record OperationRequest(
    OperationKind Kind,
    PipelineKey Pipeline,
    string Reason = "",
    string? Manifest = null,
    string? Team = null,
    PipelineKind PipelineKind = PipelineKind.Unknown,
    string? ResourceVersion = null,
    bool SavepointBeforeDelete = true,
    long? Generation = null,
    string? SnapshotPath = null,
    bool AllowNonRestoredState = false,
    int? Revision = null,
    bool RollBackOnFailure = true,
    bool DiscardState = false)
{
    /// <summary>The identity the operation is to have; asked for again with the same, the operation that was started is the answer. Null: a new one.</summary>
    public Guid? Id { get; init; }

    /// <summary>Scale: what, and to how much.</summary>
    public ScaleTarget? Scale { get; init; }

    /// <summary>Fork: the pipeline that the new one begins from.</summary>
    public PipelineKey? Source { get; init; }

    /// <summary>Deploy: the tier of the new pipeline.</summary>
    public PipelineTier Tier { get; init; }

    /// <summary>Where another operation of the pipeline is active: wait for it to end, instead of being refused.</summary>
    public bool Queue { get; init; }

    /// <summary>Start alone what needs a second person. Needs a reason; recorded and shown.</summary>
    public bool BreakGlass { get; init; }

    /// <summary>Why a freeze window that allows it is to be passed over; null: it is kept.</summary>
    public string? FreezeOverride { get; init; }

    /// <summary>Side by side: the name of the new deployment; null takes the name of the next generation.</summary>
    public string? Beside { get; init; }

    /// <summary>Go live: when; null leaves it to a person to say so.</summary>
    public GoLiveWhen? GoLive { get; init; }

    /// <summary><see cref="SnapshotPath"/> without blanks around it; null where none is named.</summary>
    [JsonIgnore]
    public string? ChosenSnapshot => string.IsNullOrWhiteSpace(SnapshotPath) ? null : SnapshotPath.Trim();
}

/// <summary>What an operation will do, shown before anything is done.</summary>
/// <param name="Sentence">The whole in one sentence.</param>
/// <param name="Steps">The steps, in words.</param>
/// <param name="Change">The change to the custom resource as a unified diff of YAML; empty where there is none.</param>
/// <param name="RestoresFrom">Which state the job continues from, and why that one; null where it does not stop.</param>
/// <param name="Restart">True where the job stops and starts.</param>
/// <param name="Lost">What is lost for good; empty where nothing is.</param>
/// <param name="Problems">What stands against it now: with one of them it is refused.</param>
/// <param name="Cautions">What a person should know, but may accept.</param>
public sealed record OperationPlan(
    string Sentence,
    IReadOnlyList<string> Steps,
    string Change,
    string? RestoresFrom,
    bool Restart,
    IReadOnlyList<string> Lost,
    IReadOnlyList<string> Problems,
    IReadOnlyList<string> Cautions)
{
    /// <summary>What the operator will make of it; null where it cannot be told.</summary>
    public ChangeClassification? Classification { get; init; }

    /// <summary>Which state a start continues from, with what was checked; null where the job is left alone.</summary>
    public StatePlan? State { get; init; }

    /// <summary>What it will cost in time and repeated work; null where it cannot be told.</summary>
    public OperationPrediction? Prediction { get; init; }

    /// <summary>Scale: which way, the parallelism of each vertex, and the slots for it; null for other kinds.</summary>
    public ScalingPlan? Scaling { get; init; }

    /// <summary>Go live: what it waits for first; null for other kinds.</summary>
    public WaitPlan? Wait { get; init; }

    /// <summary>What the pipeline's tier, freeze windows and Git mark have to say; null where nothing.</summary>
    public PlanGuards? Guards { get; init; }

    /// <summary>How things stood when it was planned; the outcome is compared with it.</summary>
    public PlanBaseline? Baseline { get; init; }
}

/// <summary>Why an operation was refused before it began.</summary>
public sealed class OperationRefusedException(string message, Guid? activeOperation = null, IReadOnlyList<string>? problems = null) : Exception(message)
{
    /// <summary>The operation that is active already, where that is the reason.</summary>
    public Guid? ActiveOperation { get; } = activeOperation;

    /// <summary>All problems, where there are several.</summary>
    public IReadOnlyList<string> Problems { get; } = problems ?? [];

    /// <summary>The guard rail that refused, where it was one.</summary>
    public GuardRule? Rule { get; init; }

    /// <summary>The field of the request that the refusal is about; empty where it is none.</summary>
    public string Field { get; init; } = "";
}

/// <summary>Asks for operations and follows them. The work itself is done by the operations worker of whichever replica holds the lease.</summary>
public interface IOperationService
{
    /// <summary>What the operation would do now.</summary>
    Task<OperationPlan> PlanAsync(OperationRequest request, CancellationToken cancellationToken);

    /// <summary>Records the operation; it is carried out from then on, also when the caller goes away.</summary>
    /// <exception cref="OperationRefusedException">A precondition fails, or another operation of the pipeline is active.</exception>
    Task<Operation> StartAsync(OperationRequest request, Actor actor, CancellationToken cancellationToken);

    /// <summary>One operation, or null.</summary>
    Task<Operation?> FindAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>The newest operations, newest first; of one pipeline where an address is given.</summary>
    Task<IReadOnlyList<Operation>> ListAsync(PipelineKey? pipeline, int limit, CancellationToken cancellationToken);

    /// <summary>Asks it to stop at the next safe point; refused where there is none any more.</summary>
    Task CancelAsync(Guid id, Actor actor, CancellationToken cancellationToken);

    /// <summary>Tries a step that gave up once more.</summary>
    Task RetryAsync(Guid id, Actor actor, CancellationToken cancellationToken);

    /// <summary>Lets an operation begin that waits for a second person.</summary>
    /// <exception cref="OperationRefusedException">The actor asked for it, it expired, or it does not wait for approval.</exception>
    Task<Operation> ApproveAsync(Guid id, string comment, Actor actor, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Ends an operation that waits for a second person; nothing is changed.</summary>
    /// <exception cref="OperationRefusedException">It does not wait for approval, or the actor asked for it.</exception>
    Task<Operation> DeclineAsync(Guid id, string comment, Actor actor, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Says that an operation which waits for its bootstrap is to go live now, whatever it waits for.</summary>
    /// <exception cref="OperationRefusedException">It does not wait for one.</exception>
    Task<Operation> GoAheadAsync(Guid id, string comment, Actor actor, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>The change of the spec that an upgrade, rollback or scaling would make, as a file; nothing is done.</summary>
    /// <exception cref="OperationRefusedException">The kind changes no spec, or it cannot be planned.</exception>
    Task<SpecPatchFile> PatchAsync(OperationRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>The operations that wait for an approval or for their turn, in the order of their turns; of one pipeline where an address is given.</summary>
    Task<IReadOnlyList<Operation>> HeldAsync(PipelineKey? pipeline, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Operation>>([]);

    /// <summary>The operation now and at every change, until it ended or the caller cancels. Works on every replica.</summary>
    IAsyncEnumerable<Operation> WatchAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>The active operations, by pipeline; changes raise <see cref="ActiveChanged"/>.</summary>
    IReadOnlyDictionary<PipelineKey, ActiveOperation> Active { get; }

    /// <summary>Raised (on any thread) when <see cref="Active"/> changed.</summary>
    event Action? ActiveChanged;
}
