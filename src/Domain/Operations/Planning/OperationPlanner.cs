using System.Text.Json.Nodes;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations.Planning;

/// <summary>Adds to the plan of any kind what follows from what it will write: classification, state, prediction, and how things stand now.</summary>
internal sealed class OperationPlanner(IOperationStore store, OperationEnvironment environment)
{
    private const int History = 50;
    private const int SameKind = 10;

    public async Task<OperationPlan> CompleteAsync(IOperationKind kind, OperationPlan plan, PlanContext context, CancellationToken cancellationToken)
    {
        if (await WriteAsync(kind, context, cancellationToken) is not { } write || (context.Resource is null && !write.Creates)) return plan;
        var (request, seen) = (context.Request, context.Resource);
        var change = Classify(write, seen);
        var source = write.Source;
        var facts = source is null ? await context.FactsAsync(cancellationToken) : await JobFacts.ReadAsync(environment, request.Source!.Value, source, PlanContext.Patience, cancellationToken);
        var operations = await store.ListAsync(request.Source ?? request.Pipeline, History, cancellationToken);
        var snapshots = SnapshotHistory.Of(operations);
        var now = environment.Time.GetUtcNow();
        var state = await new StatePlanner(source ?? seen, write, change, facts, snapshots, environment.Files, now).MakeAsync(cancellationToken);
        var past = await store.PastAsync(request.Pipeline, History, cancellationToken);
        var steps = Predictor.StepTimes(kind.Steps(OperationParameters.Of(request)).Select(s => s.Name), operations.Where(o => o.Kind == request.Kind && o.State == OperationState.Succeeded).Take(SameKind));
        var notes = await OperatorNotes.ReadAsync(context.Api, request.Pipeline, uid: null, cancellationToken);
        return plan with
        {
            Classification = change,
            State = state,
            Prediction = new Predictor(request.Kind, request.Pipeline, change, state, facts, past, now).Make(snapshots, steps),
            Baseline = new PlanBaseline(seen?.Record.JobStartedAt, seen?.Record.JobId, seen is not null && seen.WantsRunning && !seen.IsSuspended, notes?.ToDictionary(n => n.Name, n => n.Version)),
            Problems = [.. plan.Problems, .. (state?.Checks ?? []).Where(c => c.Result == CheckResult.Fails && !plan.Problems.Any(p => p.Contains(c.Why, StringComparison.Ordinal) || p.StartsWith("No savepoint directory", StringComparison.Ordinal) || p.Contains("above the max parallelism", StringComparison.Ordinal))).Select(c => $"{c.What}: no. {c.Why}")],
        };
    }

    /// <summary>What the operator will make of a write.</summary>
    internal static ChangeClassification Classify(PlannedWrite write, FlinkObject? seen)
    {
        if (seen is null) return IsSuspended(write.Spec) ? new(ChangeClass.None, JobEffect.StaysStopped, "It is created suspended: the operator does nothing.", []) : ChangeClassifier.First();
        if (write.Beside)
            return new(ChangeClass.Deploy, JobEffect.IsReplaced, "To the operator it is a first deployment under another name, and a stop and deletion of this one once that runs.", ChangeClassifier.Classify(seen, write.Spec!).Reasons);
        if (write is { Deletes: true, Creates: true })
            return new(ChangeClass.Redeploy, seen.WantsRunning && !seen.IsSuspended ? JobEffect.Restarts : JobEffect.Starts,
                "This operator has no request for a start from a chosen snapshot: the resource is deleted and created again with it.", []) { Mode = StopMode.Savepoint, ModeWhy = "the snapshot is named in the spec" };
        if (write.Deletes)
            return new(ChangeClass.Delete, JobEffect.Ends, write.StopsFirst ? "The job stops with a savepoint; then the resource is taken away." : "The resource is taken away, and the job and its high-availability metadata with it.", [])
            {
                OperatorTerm = write.StopsFirst ? "UPGRADE" : null,
                Mode = write.StopsFirst ? StopMode.Savepoint : null,
                ModeWhy = write.StopsFirst ? "the job runs, and a savepoint was asked for" : null,
            };
        return write.Spec is null
            ? new(ChangeClass.None, seen.WantsRunning ? JobEffect.KeepsRunning : JobEffect.StaysStopped, "The spec stays as it is.", [])
            : ChangeClassifier.Classify(seen, write.Spec, write.KnowsRedeploy);
    }

    private static async Task<PlannedWrite?> WriteAsync(IOperationKind kind, PlanContext context, CancellationToken cancellationToken)
    {
        try
        {
            return await kind.WriteAsync(context, cancellationToken);
        }
        catch (Exception e) when (e is KubernetesException or OperationFailedException or ManifestYamlException)
        {
            // What stands against it is in the plan's problems already; there is nothing to classify.
            return null;
        }
    }

    private static bool IsSuspended(JsonObject? spec) => (string?)spec?["job"]?["state"] == "suspended";
}
