using System.Text.Json.Nodes;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations.Planning;

/// <summary>Whether the operator can scale a job while it runs. Where one condition does not hold it restarts the job instead, without saying so before.</summary>
internal static class InPlaceScaling
{
    private static readonly string[] TooOld = ["v1_13", "v1_14", "v1_15", "v1_16", "v1_17"];

    /// <summary>What stands against it; empty where nothing is known to.</summary>
    public static IReadOnlyList<string> Obstacles(FlinkObject seen, JsonObject deployed, JsonObject after)
    {
        var (was, now) = (FlinkConfiguration.Flatten(deployed["flinkConfiguration"]), FlinkConfiguration.Flatten(after["flinkConfiguration"]));
        var session = seen.Record.Resource == Pipelines.FlinkResource.SessionJob;
        if (after.Text("mode") == "standalone")
            return JobSize.IsReactive(now) ? [] : ["the cluster is standalone and scheduler-mode is not reactive"];
        var obstacles = new List<string>();
        if (now.GetValueOrDefault("kubernetes.operator.job.upgrade.inplace-scaling.enabled") == "false") obstacles.Add("kubernetes.operator.job.upgrade.inplace-scaling.enabled is false");
        if (deployed.Text("flinkVersion") is { } version && TooOld.Contains(version)) obstacles.Add($"Flink {version[1..].Replace('_', '.')} cannot; 1.18 can");
        // The scheduler of a session job is its session cluster's, which the job's own configuration does not tell.
        if (!session && was.GetValueOrDefault("jobmanager.scheduler") != "adaptive") obstacles.Add("jobmanager.scheduler is not adaptive");
        if (seen.Record.JobState != "RUNNING") obstacles.Add($"the job is {seen.Record.JobState ?? "not running"}");
        var (old, fresh) = (Vertices(was), Vertices(now));
        if (old.Except(fresh).Any()) obstacles.Add("the override of a vertex is taken away");
        // The operator finds no vertex under such an id and restarts the job.
        if (fresh.FirstOrDefault(v => v.Length != 32 || !v.All(char.IsAsciiHexDigit)) is { } wrong) obstacles.Add($"\"{wrong}\" is no vertex id of 32 hex digits");
        return obstacles;
    }

    private static HashSet<string> Vertices(IReadOnlyDictionary<string, string?> options) => [.. VertexOverrides.Read(options.GetValueOrDefault(DeployedSpec.Overrides)).Keys];
}
