using System.Text.Json.Nodes;
using Sluice.Domain.Flink;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;

namespace Sluice.Domain.Operations;

/// <summary>
/// Removes the data of a savepoint whose quarantine has ended: by deleting its FlinkStateSnapshot, which the operator then disposes of, or by the JobManager of the pipeline's running job.
/// Only Flink can do it, for a savepoint is more than a directory; so a job has to run.
/// </summary>
public sealed class DisposeSnapshotOperation(OperationTiming timing) : IOperationKind
{
    private const string Close = "close";

    /// <summary>The step from whose begin on there is no way back.</summary>
    public const string Ask = "dispose";

    private const string Object = "object";
    private const string Request = "request";
    private const string Later = "Part of its data may be gone, so nothing is started from it. Sluice tries again by itself, less often each time.";

    /// <inheritdoc/>
    public OperationKind Kind => OperationKind.DisposeSnapshot;

    /// <inheritdoc/>
    public bool ChangesJob => false;

    /// <inheritdoc/>
    public IReadOnlyList<StepDefinition> Steps(OperationParameters parameters) =>
    [
        SharedSteps.CheckStep(timing, (_, seen) =>
        {
            if (!seen.Runs) throw new OperationFailedException($"{NotRunning(seen)} Nothing was changed.");
        }),
        new(Close, "Close the way back", timing.Quick, CloseAsync) { CancelAsync = ReopenAsync },
        // From here on there is no way back: what was sent may have removed the first file.
        new(Ask, "Ask for the disposal", timing.Quick, AskAsync),
        new("await-disposal", "Wait until its data is gone", timing.Deletion, AwaitAsync),
        new("record", "Note it in the catalogue", timing.Quick, RecordAsync),
    ];

    /// <inheritdoc/>
    public Task<PlannedWrite?> WriteAsync(PlanContext context, CancellationToken cancellationToken) => Task.FromResult(context.Resource is null ? null : PlannedWrite.Nothing);

    /// <inheritdoc/>
    public async Task<OperationPlan> PlanAsync(PlanContext context, CancellationToken cancellationToken)
    {
        var problems = context.ExistingProblems();
        var path = context.Request.ChosenSnapshot;
        if (SnapshotStart.Doubt(path) is { } doubt) problems.Add(doubt);
        else if (context.Pipeline is { } pipeline)
        {
            var all = context.Environment.Snapshots is { } store ? await store.ListAsync(pipeline.Id, cancellationToken).ConfigureAwait(false) : [];
            if (all.FirstOrDefault(s => SnapshotPath.Same(s.Path, path)) is not { } snapshot) problems.Add($"{path} is not in this pipeline's catalogue of snapshots, so Sluice does not know what depends on it.");
            else if ((Standing(snapshot, all, context.Resource?.Record, context.Environment.Time.GetUtcNow()) ?? SnapshotUse.Elsewhere(path!, pipeline.Key, context.Environment.Clusters)) is { } standing) problems.Add(standing);
        }
        if (context.Resource is { Runs: false } seen) problems.Add(NotRunning(seen));
        return new OperationPlan(
            $"Dispose of {SnapshotPath.Name(path ?? "the snapshot")}: remove its data for good. The job keeps running.", PlanTexts.Titles(this, context.Request), "", null, false,
            ["The snapshot: no pipeline can be started from it any more, this one or another."], problems, []);
    }

    /// <summary>What to say where no job runs that could do it.</summary>
    public static string NotRunning(FlinkObject seen) =>
        $"The job is {seen.Record.JobState ?? "not reported"}, not RUNNING: only a running job can dispose of a savepoint. Resume it, and the disposal follows; or remove the directory in the storage by hand.";

    /// <summary>Why a snapshot may not be disposed of now, or null.</summary>
    private static string? Standing(Snapshot snapshot, IReadOnlyList<Snapshot> all, FlinkResourceRecord? resource, DateTimeOffset now) => snapshot switch
    {
        { Kind: SnapshotKind.Checkpoint } => "It is a checkpoint, which belongs to the job: newer ones may share its files, and Flink removes it itself.",
        { State: SnapshotState.Disposed } => "It was disposed of already.",
        { State: SnapshotState.Lost } => "Its data is gone already.",
        { State: SnapshotState.Available } => "It is not in quarantine. Ask for its disposal on the pipeline's page or by the API: its quarantine comes first.",
        { State: SnapshotState.Quarantined, QuarantineUntil: { } until } when until > now => $"Its quarantine lasts until {UtcWords.Of(until)}.",
        _ when SnapshotUse.Of(all, resource, null).TryGetValue(snapshot.Id, out var use) => $"It is in use. {use}",
        _ => null,
    };

    private static async Task<StepResult> CloseAsync(StepContext context, CancellationToken cancellationToken)
    {
        var (store, pipeline) = await CatalogueAsync(context, cancellationToken);
        var all = await store.ListAsync(pipeline.Id, cancellationToken);
        var snapshot = all.FirstOrDefault(s => SnapshotPath.Same(s.Path, context.Parameters.SnapshotPath))
            ?? throw new OperationFailedException($"{context.Parameters.SnapshotPath} is not in the catalogue any more. Nothing was changed.");
        var seen = await context.RequireAsync(cancellationToken);
        if (SnapshotUse.Elsewhere(snapshot.Path, pipeline.Key, context.Environment.Clusters) is { } use) throw new OperationFailedException($"{use} Nothing was changed.");
        await context.RememberAsync("id", snapshot.Id.ToString(), cancellationToken);
        await store.ChangeAsync(snapshot.Id, now =>
        {
            if (now is { State: SnapshotState.Disposing } && now.Disposal == context.Operation.Id) return now;
            var others = all.Select(s => s.Id == now.Id ? now : s).ToList();
            if (Standing(now, others, seen.Record, context.Now) is { } standing) throw new OperationFailedException($"{standing} Nothing was changed.");
            return now with { State = SnapshotState.Disposing, Disposal = context.Operation.Id, Note = "" };
        }, cancellationToken);
        return StepResult.Done("It cannot be brought back from here on.");
    }

    private static async Task<string> ReopenAsync(StepContext context, CancellationToken cancellationToken)
    {
        var (store, _) = await CatalogueAsync(context, cancellationToken);
        if (Id(context) is { } id)
            await store.ChangeAsync(id, now => now.State == SnapshotState.Disposing && now.Disposal == context.Operation.Id
                // The next disposal is an operation of its own.
                ? now with { State = SnapshotState.Available, Disposal = null, Disposals = now.Disposals + 1, QuarantineUntil = null, QuarantinedBy = null, Note = "" } : now, cancellationToken);
        return "Called off. The snapshot stays, and is out of quarantine.";
    }

    private static async Task<StepResult> AskAsync(StepContext context, CancellationToken cancellationToken)
    {
        var (store, _) = await CatalogueAsync(context, cancellationToken);
        var snapshot = await store.FindAsync(Id(context)!.Value, cancellationToken) ?? throw new OperationFailedException("The snapshot is not in the catalogue any more. Nothing was changed.");
        if ((string?)context.Data[Object] is { } asked || (SharedSteps.HasSnapshots(context) && (asked = snapshot.ObjectName) is not null)) return await DeleteObjectAsync(context, asked!, cancellationToken);
        await AskJobManagerAsync(context, snapshot.Path, cancellationToken);
        return StepResult.Done("Asked the JobManager.");
    }

    private static async Task<StepResult> DeleteObjectAsync(StepContext context, string name, CancellationToken cancellationToken)
    {
        var ns = context.Operation.Pipeline.Namespace;
        if (await FindObjectAsync(context, name, cancellationToken) is not { } found)
        {
            if (context.Data[Object] is not null) return StepResult.Done("It is gone already.");
            // Someone else deleted it, perhaps without its data.
            await AskJobManagerAsync(context, context.Parameters.SnapshotPath!, cancellationToken);
            return StepResult.Done($"The FlinkStateSnapshot {name} is not there any more. Asked the JobManager.");
        }
        var path = (string?)found["status"]?["path"];
        if (!SnapshotPath.Same(path, context.Parameters.SnapshotPath))
        {
            await AskJobManagerAsync(context, context.Parameters.SnapshotPath!, cancellationToken);
            return StepResult.Done($"The FlinkStateSnapshot {name} stands for {path ?? "nothing"} by now, and is left alone. Asked the JobManager.");
        }
        await context.RememberAsync(Object, name, cancellationToken);
        if (found["metadata"]?["deletionTimestamp"] is not null) return StepResult.Done("It is being deleted already.");
        if ((bool?)found["spec"]?["savepoint"]?["disposeOnDelete"] != true)
        {
            var patch = new JsonObject
            {
                ["metadata"] = new JsonObject { ["resourceVersion"] = found["metadata"]!["resourceVersion"]!.DeepClone() },
                ["spec"] = new JsonObject { ["savepoint"] = new JsonObject { ["disposeOnDelete"] = true } },
            };
            await context.NoteAsync("sent", $"PATCH flinkstatesnapshots/{name} {patch.ToJsonString()}", cancellationToken);
            await context.Api.PatchAsync(KubernetesResource.FlinkStateSnapshots, ns, name, new KubernetesPatch(KubernetesPatchType.Merge, patch), new KubernetesWrite(), cancellationToken);
        }
        await context.NoteAsync("sent", $"DELETE flinkstatesnapshots/{name}", cancellationToken);
        await context.Api.DeleteAsync(KubernetesResource.FlinkStateSnapshots, ns, name, (string?)found["metadata"]?["uid"], new KubernetesWrite(), cancellationToken);
        return StepResult.Done($"Deleted the FlinkStateSnapshot {name}; the operator disposes of its data.");
    }

    private static async Task AskJobManagerAsync(StepContext context, string path, CancellationToken cancellationToken)
    {
        var manager = context.JobManager(await context.RequireAsync(cancellationToken));
        await context.NoteAsync("sent", $"POST /savepoint-disposal {path}", cancellationToken);
        var request = await manager.DisposeSavepointAsync(path, cancellationToken);
        await context.NoteAsync("JobManager", $"accepted as request {request}", cancellationToken);
        // A crash before this line asks twice; the second time finds nothing, which is what was wanted.
        await context.RememberAsync(Request, request, cancellationToken);
    }

    private async Task<StepResult> AwaitAsync(StepContext context, CancellationToken cancellationToken)
    {
        if (context.TextOf(Ask, Object) is { } name) return await AwaitGoneAsync(context, name, cancellationToken);
        var words = await context.WaitAsync(async (seen, token) =>
        {
            if (!seen.Runs) throw new OperationFailedException($"{NotRunning(seen)} {Later}");
            var request = (string?)context.Data[Request] ?? context.TextOf(Ask, Request);
            TriggerResult answer;
            try
            {
                answer = await context.JobManager(seen).DisposalAsync(request ?? "", token);
            }
            catch (FlinkException e) when (e.Error == FlinkError.NotFound)
            {
                // The JobManager was replaced, or forgot: what it did shows when it is asked again.
                await context.SayAsync("The JobManager does not know the request any more; it is asked again.", token);
                await AskJobManagerAsync(context, context.Parameters.SnapshotPath!, token);
                return null;
            }
            if (!answer.Completed)
            {
                GiveWay(context, "The JobManager");
                return null;
            }
            if (answer.Failure is null) return "Disposed of: its data is gone.";
            await context.NoteAsync("JobManager", answer.Failure.Root, token);
            // Flink says so of a savepoint that was disposed of before.
            if (IsGone(answer.Failure)) return "Disposed of: its data is not there any more.";
            throw new OperationFailedException($"Flink could not dispose of it: {answer.Failure.Root} {Later}");
        }, cancellationToken);
        return StepResult.Done(words);
    }

    private async Task<StepResult> AwaitGoneAsync(StepContext context, string name, CancellationToken cancellationToken)
    {
        while (await FindObjectAsync(context, name, cancellationToken) is not null)
        {
            var seen = await context.RequireAsync(cancellationToken);
            if (!seen.Runs) throw new OperationFailedException($"{NotRunning(seen)} The FlinkStateSnapshot {name} waits for it, too. {Later}");
            GiveWay(context, $"The operator, asked by the deleted FlinkStateSnapshot {name},");
            await context.SayAsync($"The operator disposes of the FlinkStateSnapshot {name}.", cancellationToken);
            await context.PauseAsync(cancellationToken);
        }
        await context.NoteAsync("Kubernetes", $"FlinkStateSnapshot {name} is gone", cancellationToken);
        return StepResult.Done("Disposed of: the operator removed its data.");
    }

    /// <summary>
    /// Ends the attempt instead of waiting for a person: nobody may have asked for it by hand, and what waits would keep every other operation of the pipeline out.
    /// </summary>
    private void GiveWay(StepContext context, string who)
    {
        if (context.Step.StartedAt is { } since && context.Now - since > timing.Deletion * 0.9)
            throw new OperationFailedException($"{who} did not remove it within {timing.Deletion.TotalMinutes:0} minutes; its log says why. {Later}");
    }

    private static async Task<StepResult> RecordAsync(StepContext context, CancellationToken cancellationToken)
    {
        var (store, _) = await CatalogueAsync(context, cancellationToken);
        var id = Guid.Parse(context.TextOf(Close, "id")!);
        await store.ChangeAsync(id, now => now with { State = SnapshotState.Disposed, EndedAt = now.EndedAt ?? context.Now, ObjectName = null, Note = "" }, cancellationToken);
        return StepResult.Done($"{SnapshotPath.Name(context.Parameters.SnapshotPath!)} is disposed of.");
    }

    private static bool IsGone(JavaThrowable failure) =>
        failure.RootClass.EndsWith("FileNotFoundException", StringComparison.Ordinal) || failure.RootMessage.Contains("Cannot find checkpoint or savepoint", StringComparison.Ordinal);

    private static Task<JsonObject?> FindObjectAsync(StepContext context, string name, CancellationToken cancellationToken) =>
        context.Api.FindAsync(KubernetesResource.FlinkStateSnapshots, context.Operation.Pipeline.Namespace, name, cancellationToken);

    private static Guid? Id(StepContext context) => Guid.TryParse(context.TextOf(Close, "id"), out var id) ? id : null;

    private static async Task<(ISnapshotStore Store, Pipeline Pipeline)> CatalogueAsync(StepContext context, CancellationToken cancellationToken) =>
        (context.Environment.Snapshots ?? throw new OperationFailedException("This installation keeps no catalogue of snapshots, so it does not know what depends on this one. Nothing was changed."),
            await SharedSteps.PipelineAsync(context, cancellationToken));
}
