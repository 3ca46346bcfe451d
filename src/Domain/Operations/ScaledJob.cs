using System.Text.Json.Nodes;
using Sluice.Domain.Flink;
using Sluice.Domain.Operations.Planning;

namespace Sluice.Domain.Operations;

/// <summary>
/// Compares the parallelism that the JobManager reports with the one that was asked for: the operator calls a scaling done when it has asked for it,
/// and an adaptive job runs with less where slots are missing, without an error anywhere.
/// </summary>
internal static class ScaledJob
{
    private const string Before = "vertices";
    private const string Sizes = "sizeBefore";

    /// <summary>Remembers, in the step that applies the change, with how many subtasks each vertex runs.</summary>
    public static async Task RememberAsync(StepContext context, FlinkObject seen, CancellationToken cancellationToken)
    {
        var facts = await JobFacts.ReadAsync(context.Environment, context.Operation.Pipeline, seen, PlanContext.Patience, cancellationToken);
        var vertices = facts.Job is { State: JobStates.Running } job ? job.Vertices.ToDictionary(v => v.Id, v => (JsonNode?)v.Parallelism) : [];
        context.Data[Sizes] = DeployedSpec.Of(seen);
        await context.RememberAsync(Before, new JsonObject(vertices), cancellationToken);
    }

    /// <summary>Waits until the job runs with the parallelism that was asked for.</summary>
    public static StepDefinition VerifyStep(OperationTiming timing) => new("check-parallelism", "Check the parallelism that the JobManager reports", timing.Start, VerifyAsync)
    {
        CancelAsync = (_, _) => Task.FromResult("Sluice no longer waits. The new parallelism stands in the spec; Flink takes it up once there are slots for it. The pipeline's page shows what runs."),
    };

    private static async Task<StepResult> VerifyAsync(StepContext context, CancellationToken cancellationToken)
    {
        if (FailedUpgrade.FailureOf(context) is not null) return StepResult.Skipped("It went back.");
        var before = context.DataOf(RolloutSteps.Apply);
        var known = before[Before] as JsonObject ?? [];
        var was = JobSize.Of(before[Sizes] as JsonObject ?? []);
        return await context.WaitAsync(async (seen, token) =>
        {
            if (!seen.WantsRunning) return StepResult.Skipped("It is suspended: the new parallelism counts from its next start.");
            if (seen.Record.JobState is JobStates.Failed or JobStates.Canceled)
                throw new OperationFailedException($"The job is {seen.Record.JobState} with the new parallelism{(seen.Record.Error is { } error ? $": {error.Message}" : ".")} Nothing runs. Its last checkpoint is kept; redeploy from it, or roll back to the revision before with it.");
            if (seen.Record.JobId is not { } id || !JobIds.IsValid(id))
            {
                await context.SayAsync("The operator has not reported the job's id yet.", token);
                return null;
            }
            var job = await context.JobManager(seen).JobAsync(id, token);
            if (job.State != JobStates.Running)
            {
                await context.SayAsync($"The job is {job.State}.", token);
                return null;
            }
            var missing = Missing(job, JobSize.Of(seen.Spec), was, known);
            if (missing.Count > 0)
            {
                await context.SayAsync($"{string.Join("; ", missing)}.{await SlotsAsync(context, seen, token)}", token);
                return null;
            }
            var words = string.Join(", ", job.Vertices.Select(v => $"{ScaleRules.Short(v.Name)} {v.Parallelism}"));
            await context.NoteAsync("JobManager", $"job {id}: {words}", token);
            return StepResult.Done($"The JobManager says: {words}.");
        }, cancellationToken);
    }

    private static List<string> Missing(FlinkJob job, JobSize size, JobSize was, JsonObject known)
    {
        var missing = new List<string>();
        var reached = job.Vertices.Any(v => v.Parallelism == size.Expected(v.Id, (int?)known[v.Id], v.MaxParallelism, was));
        foreach (var vertex in job.Vertices)
        {
            var running = vertex.Tasks.GetValueOrDefault(JobStates.Running) + vertex.Tasks.GetValueOrDefault(JobStates.Finished);
            var now = (int?)known[vertex.Id];
            var wanted = size.Expected(vertex.Id, now, vertex.MaxParallelism, was) ?? vertex.Parallelism;
            // A vertex that follows the job's parallelism only seems so where the program gives it the same one: it stays as it was while others follow.
            var stays = !size.Overrides.ContainsKey(vertex.Id) && reached && (now is null || vertex.Parallelism == now);
            if (vertex.Parallelism != wanted && !stays) missing.Add($"{ScaleRules.Short(vertex.Name)} runs with {vertex.Parallelism} of {wanted} subtasks");
            else if (running < vertex.Parallelism) missing.Add($"{ScaleRules.Short(vertex.Name)}: {running} of {vertex.Parallelism} subtasks run");
        }
        return missing;
    }

    private static async Task<string> SlotsAsync(StepContext context, FlinkObject seen, CancellationToken cancellationToken)
    {
        try
        {
            var overview = await context.JobManager(seen).OverviewAsync(cancellationToken);
            return overview is { SlotsTotal: { } there } ? $" There are {ScaleRules.Plural(there, "slot")}, {overview.SlotsAvailable ?? 0} of them free." : "";
        }
        catch (FlinkException)
        {
            // It is an addition to the message only.
            return "";
        }
    }
}
