using System.Globalization;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations.Planning;

/// <summary>What a person should know about a scaling before it begins.</summary>
internal static class ScaleCautions
{
    public static void Add(ScaleTarget target, FlinkObject seen, ScalePlanner planner, ScalingPlan plan, JobFacts facts, List<string> problems, List<string> cautions)
    {
        var options = FlinkConfiguration.Flatten(seen.Spec["flinkConfiguration"]);
        if (plan.Way is ScaleWay.InPlace or ScaleWay.Reactive)
        {
            if (facts.Checkpoints is { LatestCompleted: null, LatestRestored: null })
                problems.Add("No checkpoint has completed yet, and scaling while it runs restarts the tasks from the last one: they would begin without state. Wait for the first checkpoint, or give parallelism for the whole job, which takes a savepoint.");
            else cautions.Add("What came after the last checkpoint is read again; sinks that are not exactly-once write it twice.");
        }
        if (plan.Way == ScaleWay.Redeploy && seen.Record.DrainsOnStop) cautions.Add(PlanTexts.DrainSwitch);
        if (target.Parallelism is not null && plan.Vertices.Where(v => v.Own && !target.Vertices.ContainsKey(v.Id)).ToList() is { Count: > 0 } own)
            cautions.Add($"{string.Join(", ", own.Select(v => $"“{ScaleRules.Short(v.Name)}” ({v.After})"))} {(own.Count == 1 ? "keeps its" : "keep their")} own parallelism. Name {(own.Count == 1 ? "it" : "them")} among the vertices to change that.");
        if (target.Parallelism is not null && plan.Way == ScaleWay.Redeploy && InPlacePossible(target, seen, plan))
            cautions.Add("Nothing would be redeployed if each vertex were given its parallelism by itself: this job can be scaled while it runs.");
        if (options.GetValueOrDefault("job.autoscaler.enabled") == "true")
        {
            if (target.Vertices.Count > 0) problems.Add("The operator's autoscaler is on and gives the vertices a parallelism of its own, which wins over yours. Switch it off by an upgrade first (job.autoscaler.enabled: false).");
            else cautions.Add("The operator's autoscaler is on: it goes on giving the vertices a parallelism of its own.");
        }
        if (target.TaskManagers is not null && planner.Now.TaskManagers is null)
            cautions.Add("From now on taskManager.replicas × slots is the parallelism; job.parallelism counts no more.");
        if (plan.Vertices.Count == 0 && plan.Way != ScaleWay.NextStart)
            cautions.Add($"The vertices and their limits are not known{(facts.Problem is { Length: > 0 } why ? ": " + why.TrimEnd('.') : "")}. Whether the job takes the new parallelism shows when it starts.");
        if (plan.Vertices.Where(v => v is { Own: false, Now: { } now, After: { } after } && now == after && after != plan.ParallelismAfter).ToList() is { Count: > 0 } stays && plan.Way == ScaleWay.Redeploy && target.Parallelism is not null)
            cautions.Add(string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", stays.Select(v => $"“{ScaleRules.Short(v.Name)}” ({v.After})"))}: the program sets {(stays.Count == 1 ? "its" : "their")} parallelism, which stays."));
    }

    private static bool InPlacePossible(ScaleTarget target, FlinkObject seen, ScalingPlan plan)
    {
        if (plan.Vertices.Count == 0 || target.TaskManagers is not null || target.Slots is not null) return false;
        var each = new ScaleTarget { Vertices = plan.Vertices.ToDictionary(v => v.Id, v => (int?)(v.After ?? v.Now)) }.ApplyTo(seen.Spec);
        return ChangeClassifier.Classify(seen, each) is { Class: ChangeClass.Scale, Effect: JobEffect.KeepsRunning };
    }
}
