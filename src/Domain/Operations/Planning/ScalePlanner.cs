using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Domain.Flink;

namespace Sluice.Domain.Operations.Planning;

/// <summary>Works out what a scaling comes to: which way the operator goes, what each vertex gets, and the slots for it.</summary>
internal sealed class ScalePlanner(FlinkObject seen, JsonObject spec, ChangeClassification change, JobFacts facts, JobManagerOverview? overview)
{
    private readonly JobSize _now = JobSize.Of(DeployedSpec.Of(seen));
    private readonly JobSize _after = JobSize.Of(spec);

    public JobSize Now => _now;

    public JobSize After => _after;

    public ScalingPlan Make()
    {
        IReadOnlyList<VertexScale> vertices = [.. (facts.Job?.Vertices ?? []).Select(Vertex)];
        return new ScalingPlan(Way, Why, _now.Parallelism, _after.Parallelism, vertices, Slots(vertices));
    }

    /// <summary>Asks the JobManager for its slots; null where it does not tell in time.</summary>
    public static async Task<JobManagerOverview?> OverviewAsync(PlanContext context, FlinkObject seen, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(patience, context.Environment.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await context.Environment.JobManagers.Of(context.Request.Pipeline, seen.DeploymentName).OverviewAsync(both.Token);
        }
        catch (Exception e) when (e is FlinkException or JsonException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The plan says that it is not known.
            return null;
        }
    }

    private ScaleWay Way => change.Class is ChangeClass.None or ChangeClass.Ignore ? ScaleWay.None : change.Effect is JobEffect.StaysStopped || !seen.WantsRunning ? ScaleWay.NextStart
        : change.Class != ChangeClass.Scale ? ScaleWay.Redeploy
        : _after.Standalone ? ScaleWay.Reactive : ScaleWay.InPlace;

    private string Why => Way switch
    {
        ScaleWay.InPlace => "The operator asks the JobManager for the new parallelism. Flink restarts the job's tasks from the last checkpoint; the JobManager and its pods stay.",
        ScaleWay.Reactive => "The operator changes the number of TaskManagers, and reactive mode takes the slots that there are: the tasks restart from the last checkpoint whenever a TaskManager comes or goes.",
        ScaleWay.None => "This is how it runs now.",
        ScaleWay.NextStart => "The job does not run: the new parallelism counts from its next start.",
        _ => $"{change.Words} {Forces}".TrimEnd(),
    };

    private string Forces => change.Reasons.Count == 0 || _after.Standalone ? ""
        : change.Reasons[0].Path is "job.parallelism" or "taskManager.replicas" ? "In native mode a parallelism of the whole job always does; single vertices can be scaled without where jobmanager.scheduler is adaptive." : "";

    private VertexScale Vertex(JobVertex vertex)
    {
        var runs = facts.Job?.State == JobStates.Running;
        int? now = runs ? vertex.Parallelism : null;
        return new(vertex.Id, vertex.Name, now, _after.Expected(vertex.Id, now, vertex.MaxParallelism, _now), vertex.MaxParallelism, !_after.Reactive && _after.Overrides.ContainsKey(vertex.Id));
    }

    private SlotPlan Slots(IReadOnlyList<VertexScale> vertices)
    {
        // Subtasks of one sharing group share a slot; before Flink 1.20 nobody tells the groups, and almost every job has one.
        var groups = (facts.Job?.Vertices ?? []).Zip(vertices).GroupBy(v => v.First.SlotSharingGroup ?? "");
        int? needed = _after.Reactive ? _after.FixedSlots
            : vertices.Count > 0 && vertices.All(v => v.After is not null) ? groups.Sum(g => g.Max(v => v.Second.After!.Value))
            : _after.Overrides.Values.Append(_after.Parallelism ?? 0).Max() is > 0 and var most ? most : null;
        var count = _after.Standalone ? _after.TaskManagers ?? _after.TaskManagersFor(_after.Parallelism ?? 1) : needed is { } slots ? _after.TaskManagersFor(slots) : (int?)null;
        return new(needed, overview?.SlotsTotal, overview?.SlotsAvailable, _after.Slots, overview?.TaskManagers, count, Words(needed, count));
    }

    private string Words(int? needed, int? count)
    {
        if (needed is not { } slots || count is not { } managers) return "How many slots it needs is not known.";
        var need = $"{ScaleRules.Plural(slots, "slot")} on {ScaleRules.Plural(managers, "TaskManager")} of {_after.Slots}.";
        if (overview is not { SlotsTotal: { } there, TaskManagers: { } registered }) return $"{need} How many there are now is not known.";
        var has = $"There are {ScaleRules.Plural(there, "slot")} on {ScaleRules.Plural(registered, "TaskManager")} now";
        if (seen.Record.Resource == Pipelines.FlinkResource.SessionJob) return $"{need} {has}, {overview.SlotsAvailable ?? 0} of them free; other jobs of the session cluster use them too.";
        return managers > registered ? $"{need} {has}: {ScaleRules.Plural(managers - registered, "pod")} more {(managers - registered == 1 ? "has" : "have")} to find room on the nodes."
            : managers < registered ? $"{need} {has}: {ScaleRules.Plural(registered - managers, "TaskManager")} will be let go."
            : $"{need} {has}: no more pods are needed.";
    }
}
