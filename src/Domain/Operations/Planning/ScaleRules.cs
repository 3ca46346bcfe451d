using System.Globalization;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations.Planning;

/// <summary>What stands against a scaling: each problem names the field and what may stand there.</summary>
internal static class ScaleRules
{
    /// <summary>Flink's own limit.</summary>
    public const int Most = 32768;

    private const int MostTaskManagers = 10_000;
    private const int MostSlots = 1024;

    /// <summary>All problems of a target.</summary>
    public static IEnumerable<string> Problems(ScaleTarget target, FlinkObject seen, JobSize now, JobSize after, ScalingPlan plan)
    {
        if (target.Parallelism is { } parallelism) foreach (var problem in OfParallelism(parallelism, seen, now, target, plan)) yield return problem;
        foreach (var problem in target.Vertices.SelectMany(v => OfVertex(v.Key, v.Value, now, plan))) yield return problem;
        if (target.TaskManagers is { } count)
        {
            if (count is < 1 or > MostTaskManagers) yield return Range("taskManagers", count, MostTaskManagers);
            else if (!after.Standalone && now.TaskManagers is null)
                yield return "taskManagers cannot be set: the mode is native, so Flink asks for as many TaskManagers as its slots need. Give parallelism or vertices.";
            else if (after.TaskManagers * after.Slots is { } slots && plan.Vertices.Where(v => !v.Own && v.Most < slots).Select(v => v.Most).Min() is { } least && !after.Reactive)
                yield return $"taskManagers: {count} × {Plural(after.Slots, "slot")} is a parallelism of {slots}, above the max parallelism {least}. Allowed: 1 to {Math.Max(1, least / after.Slots)} TaskManagers.";
        }
        if (target.Slots is { } perTaskManager and (< 1 or > MostSlots)) yield return Range("slots", perTaskManager, MostSlots);
        if (Limit(seen) is { } limit && plan.Slots.Needed > limit)
            yield return $"{plan.Slots.Needed} slots are needed, and slotmanager.number-of-slots.max allows {limit}. Scale to less, or raise that limit by an upgrade.";
        if (after is { Standalone: true, Reactive: false } && plan.Slots.Needed > after.FixedSlots && !IsAdaptive(seen))
            yield return $"{plan.Slots.Needed} slots are needed, and the {Plural(after.TaskManagers ?? after.TaskManagersFor(after.Parallelism ?? 1), "TaskManager")} of this standalone cluster have {after.FixedSlots}: the job would not start. Give taskManagers as well.";
    }

    private static IEnumerable<string> OfParallelism(int parallelism, FlinkObject seen, JobSize now, ScaleTarget target, ScalingPlan plan)
    {
        if (parallelism is < 1 or > Most) yield return Range("parallelism", parallelism, Most);
        else if ((now.TaskManagers ?? target.TaskManagers) is { } fixedCount)
            yield return $"parallelism counts for nothing where taskManager.replicas is set ({fixedCount}): the parallelism is TaskManagers × slots. Give taskManagers instead.";
        else if (Lowest(plan) is { Most: { } most } lowest && parallelism > most)
            yield return $"parallelism: {parallelism} is above the max parallelism of {Name(lowest)}, {most}. Allowed: 1 to {most}.";
        else if (Configured(seen) is { } configured && plan.Vertices.Count == 0 && parallelism > configured)
            yield return $"parallelism: {parallelism} is above pipeline.max-parallelism, {configured}. Allowed: 1 to {configured}.";
        if (BeamArguments.Get((seen.Spec.Map("job").List("args") ?? []).Select(a => a.Text() ?? ""), "parallelism") is { } argument)
            yield return $"parallelism counts for nothing here: the program's argument --parallelism={argument} wins over it. Take the argument away by an upgrade, or scale single vertices.";
    }

    private static IEnumerable<string> OfVertex(string id, int? own, JobSize now, ScalingPlan plan)
    {
        var known = plan.Vertices.FirstOrDefault(v => v.Id == id);
        if (known is null && plan.Vertices.Count > 0 && !now.Overrides.ContainsKey(id))
            yield return $"vertices: the job has no vertex {id}. It has {string.Join(", ", plan.Vertices.Select(v => $"{v.Id} ({Short(v.Name)})"))}.";
        else if (known is null && (id.Length != 32 || !id.All(char.IsAsciiHexDigit)))
            yield return $"vertices: {id} is no vertex id. Ids are 32 hex digits, as the job's graph shows them.";
        else if (own is null && !now.Overrides.ContainsKey(id))
            yield return $"vertices.{id}: it has no parallelism of its own to take away.";
        else if (own is < 1 || own > (known?.Most ?? Most))
            yield return own < 1 || known?.Most is null ? Range($"vertices.{id}", own.Value, known?.Most ?? Most) : $"vertices.{id}: {own} is above the max parallelism of {Name(known)}, {known.Most}. Allowed: 1 to {known.Most}.";
        else if (plan.Way == ScaleWay.Reactive)
            yield return $"vertices.{id}: reactive mode gives every vertex all slots there are. Give taskManagers instead.";
    }

    private static VertexScale? Lowest(ScalingPlan plan) => plan.Vertices.Where(v => v is { Own: false, Most: not null } && (v.Now is null || v.Now == plan.Parallelism)).MinBy(v => v.Most);

    private static bool IsAdaptive(FlinkObject seen) => Options(seen).GetValueOrDefault("jobmanager.scheduler")?.Equals("adaptive", StringComparison.OrdinalIgnoreCase) == true;

    private static int? Limit(FlinkObject seen) => int.TryParse(Options(seen).GetValueOrDefault("slotmanager.number-of-slots.max"), CultureInfo.InvariantCulture, out var limit) ? limit : null;

    private static int? Configured(FlinkObject seen) => int.TryParse(Options(seen).GetValueOrDefault("pipeline.max-parallelism"), CultureInfo.InvariantCulture, out var most) && most > 0 ? most : null;

    private static IReadOnlyDictionary<string, string?> Options(FlinkObject seen) => FlinkConfiguration.Flatten(seen.Spec["flinkConfiguration"]);

    private static string Range(string field, int value, int most) => string.Create(CultureInfo.InvariantCulture, $"{field}: {value} is not possible. Allowed: 1 to {most}.");

    private static string Name(VertexScale vertex) => $"“{Short(vertex.Name)}”";

    internal static string Short(string name) => name.Length <= 60 ? name : name[..59] + "…";

    internal static string Plural(int count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");
}
