using System.Text.Json.Nodes;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations.Planning;

namespace Sluice.Domain.Operations;

/// <summary>Takes a savepoint while the job goes on: by a FlinkStateSnapshot object where the cluster has that kind, else by the nonce in the job's spec.</summary>
public sealed class SavepointOperation(OperationTiming timing) : IOperationKind
{
    internal const string Trigger = "trigger";

    /// <inheritdoc/>
    public OperationKind Kind => OperationKind.Savepoint;

    /// <inheritdoc/>
    public bool ChangesJob => false;

    /// <inheritdoc/>
    public IReadOnlyList<StepDefinition> Steps(OperationParameters parameters) =>
    [
        SharedSteps.CheckStep(timing, (_, seen) =>
        {
            if (!seen.Runs) throw new OperationFailedException($"{PlanTexts.NotRunning(seen)} Nothing was changed.");
        }),
        new(Trigger, "Ask for the savepoint", timing.Quick, (context, cancellationToken) => TriggerAsync(context, SharedSteps.HasSnapshots(context), cancellationToken)) { CancelAsync = SharedSteps.NothingChanged },
        new(SharedSteps.AwaitSavepoint, "Wait until the savepoint is complete", timing.Savepoint, AwaitAsync)
        {
            CancelAsync = (_, _) => Task.FromResult("Sluice no longer waits. The savepoint may still complete; the job runs on either way."),
        },
    ];

    /// <inheritdoc/>
    public Task<PlannedWrite?> WriteAsync(PlanContext context, CancellationToken cancellationToken) =>
        Task.FromResult(context.Resource is not { } seen ? null : context.Cluster.Capabilities?.HasSnapshots == true ? PlannedWrite.Nothing
            : new PlannedWrite(SharedSteps.WithJob(seen, job => job["savepointTriggerNonce"] = ((long?)job["savepointTriggerNonce"] ?? 0) + 1)));

    /// <inheritdoc/>
    public Task<OperationPlan> PlanAsync(PlanContext context, CancellationToken cancellationToken)
    {
        var problems = context.ExistingProblems();
        if (context.Resource is { } seen)
        {
            if (!seen.Runs) problems.Add(PlanTexts.NotRunning(seen));
            PlanTexts.SavepointDirectory(seen, problems);
        }
        return Task.FromResult(new OperationPlan(
            $"Take a savepoint of {context.Name}. The job keeps running.", PlanTexts.Titles(this, context.Request), "", null, false, [], problems,
            ["While the savepoint is written, checkpoints wait and the job may be slower."]));
    }

    internal static Task<StepResult> TriggerAsync(StepContext context, bool hasSnapshots, CancellationToken cancellationToken) =>
        hasSnapshots ? CreateSnapshotAsync(context, cancellationToken) : SetNonceAsync(context, cancellationToken);

    private static async Task<StepResult> CreateSnapshotAsync(StepContext context, CancellationToken cancellationToken)
    {
        var key = context.Pipeline;
        var name = OperationNames.Snapshot(context.Operation.Id, RetryPoint.AttemptOf(context.Step.Data));
        await context.RememberAsync("snapshot", name, cancellationToken);
        await context.RememberAsync("at", context.Now, cancellationToken);
        var body = new JsonObject
        {
            ["apiVersion"] = "flink.apache.org/v1beta1",
            ["kind"] = "FlinkStateSnapshot",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = key.Namespace,
                ["annotations"] = new JsonObject { [OperationNames.OperationAnnotation] = context.Operation.Id.ToString() },
            },
            ["spec"] = new JsonObject
            {
                ["jobReference"] = new JsonObject { ["kind"] = key.KubernetesResource.Kind, ["name"] = key.Name },
                ["backoffLimit"] = 1,
                // The default would delete the savepoint's files together with the object.
                ["savepoint"] = new JsonObject { ["disposeOnDelete"] = false, ["formatType"] = "CANONICAL", ["alreadyExists"] = false },
            },
        };
        if (await SharedSteps.PostAsync(context, KubernetesResource.FlinkStateSnapshots, body, cancellationToken) is not null) await SharedSteps.NoteEarlierAttemptAsync(context, cancellationToken);
        return StepResult.Done($"Asked for as FlinkStateSnapshot {name}.");
    }

    private static async Task<StepResult> SetNonceAsync(StepContext context, CancellationToken cancellationToken)
    {
        var nonce = OperationNames.Nonce(context.Operation.Id, RetryPoint.AttemptOf(context.Step.Data));
        await context.RememberAsync("nonce", nonce, cancellationToken);
        await SharedSteps.WriteOnceAsync(context, o => o.Record.SavepointNonce == nonce,
            _ => new JsonObject { ["spec"] = new JsonObject { ["job"] = new JsonObject { ["savepointTriggerNonce"] = nonce } } }, cancellationToken);
        return StepResult.Done($"Asked for with nonce {nonce}.");
    }

    internal static async Task<StepResult> AwaitAsync(StepContext context, CancellationToken cancellationToken)
    {
        var asked = context.DataOf(Trigger);
        var since = SharedSteps.WrittenAt(context, Trigger);
        var name = (string?)asked["snapshot"];
        var path = name is not null
            ? await AwaitSnapshotAsync(context, name, since, cancellationToken)
            : await AwaitNonceAsync(context, (long)asked["nonce"]!, since, cancellationToken);
        await context.RememberAsync("path", path, cancellationToken);
        return StepResult.Done($"Savepoint {path}");
    }

    private static async Task<string> AwaitSnapshotAsync(StepContext context, string name, DateTimeOffset since, CancellationToken cancellationToken)
    {
        while (true)
        {
            var snapshot = await context.Api.FindAsync(KubernetesResource.FlinkStateSnapshots, context.Pipeline.Namespace, name, cancellationToken)
                ?? throw new StepGaveUpException($"Someone deleted the FlinkStateSnapshot {name} before it was complete. The job runs on. Retry takes another savepoint.", Trigger);
            var status = snapshot["status"] as JsonObject ?? [];
            var path = (string?)status["path"];
            switch ((string?)status["state"])
            {
                case "COMPLETED" when !string.IsNullOrEmpty(path):
                    await context.NoteAsync("operator", $"FlinkStateSnapshot {name}: COMPLETED, {path}", cancellationToken);
                    return path;
                case "FAILED":
                    throw new StepGaveUpException($"The savepoint failed: {Error(snapshot)} The job runs on. Retry takes another one.", Trigger);
                case "ABANDONED":
                    throw new StepGaveUpException($"The operator gave the savepoint up, because the job was not running: {Error(snapshot)} Retry takes another one once the job runs.", Trigger);
                case "IN_PROGRESS":
                    await context.SayAsync("Flink writes the savepoint.", cancellationToken);
                    break;
                default:
                    await context.SayAsync((context.Now - since) < context.Environment.Timing.OperatorSilence ? "Waiting for the operator to begin."
                        : OperatorAnswer.Silent(context), cancellationToken);
                    break;
            }
            await context.PauseAsync(cancellationToken);
        }
    }

    private static async Task<string> AwaitNonceAsync(StepContext context, long nonce, DateTimeOffset since, CancellationToken cancellationToken)
    {
        DateTimeOffset? idleSince = null;
        return await context.WaitAsync(async (seen, token) =>
        {
            if (seen.Record.LastSavepoint is { } last && last.TriggerNonce == nonce) return last.Location;
            if (seen.Record.SavepointNonce != nonce)
                throw new StepGaveUpException("Someone changed the savepoint nonce before this savepoint was complete. The job runs on. Retry takes another one.", Trigger);
            if (!seen.TakenUp)
            {
                await OperatorAnswer.SayAsync(context, seen, since, token);
                return null;
            }
            if (seen.Record.SavepointTriggerId is not null)
            {
                idleSince = null;
                await context.SayAsync("Flink writes the savepoint.", token);
                return null;
            }
            // Taken up, nothing going on, no result: the operator is between two steps of its own, or it gave up and said so in an event only.
            idleSince ??= context.Now;
            if (context.Now - idleSince < context.Environment.Timing.ErrorPatience) return null;
            var failed = await OperatorEvents.NewestAsync(context, since, token, reason: "SavepointError");
            if (failed is not null) throw new StepGaveUpException($"The savepoint failed: {failed} The job runs on. Retry takes another one.", Trigger);
            await context.SayAsync(seen.Runs ? "Waiting for the operator to begin." : PlanTexts.NotRunning(seen), token);
            return null;
        }, cancellationToken);
    }

    private static string Error(JsonObject snapshot)
    {
        var status = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "snapshot" }, ["status"] = new JsonObject { ["error"] = snapshot["status"]?["error"]?.DeepClone() } };
        return new FlinkObject(status).Record.Error?.Message ?? "the operator gives no reason.";
    }
}
