using System.Text.Json.Nodes;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations.Planning;

/// <summary>
/// Says before a change is sent what the operator will make of it: compared with what is deployed, by the operator's own rules, in both of its generations.
/// </summary>
public static class ChangeClassifier
{
    private const string Options = "flinkConfiguration.";
    private const string Nonce = "savepointRedeployNonce";
    private static readonly (string First, string Second)[] Templates = [("podTemplate", ""), ("jobManager", "podTemplate"), ("taskManager", "podTemplate")];

    /// <summary>Classifies a change of the spec.</summary>
    /// <param name="seen">The resource as it is, with what the operator says about it.</param>
    /// <param name="after">The spec that is to be sent.</param>
    /// <param name="knowsRedeploy">False for operators whose schema has no <c>savepointRedeployNonce</c>: the field is lost on the way.</param>
    public static ChangeClassification Classify(FlinkObject seen, JsonObject after, bool knowsRedeploy = true)
    {
        ArgumentNullException.ThrowIfNull(seen);
        ArgumentNullException.ThrowIfNull(after);
        var wantsRunning = after.Map("job").Text("state") is null or "running";
        if (!seen.Record.HasReconciledSpec)
            return wantsRunning ? First() : new ChangeClassification(ChangeClass.None, JobEffect.StaysStopped, "It has never been deployed and stays suspended: the operator does nothing.", []);
        var deployed = DeployedSpec.Of(seen);
        var change = SpecDiff.Classify(Manifest(deployed, knowsRedeploy), Manifest(after, knowsRedeploy));
        IReadOnlyList<ChangeReason> reasons = [.. change.Fields.OrderByDescending(f => f.Kind).ThenBy(f => f.Path, StringComparer.Ordinal).Select(Reason)];
        var running = JobEffectOfRest(seen);
        return change.Kind switch
        {
            SpecChangeKind.None => new(ChangeClass.None, running, "Nothing changes for the operator.", reasons),
            SpecChangeKind.Ignore => new(ChangeClass.Ignore, running, $"The operator takes note of {Keys(reasons)}; the job {(running == JobEffect.KeepsRunning ? "goes on" : "stays as it is")}.", reasons),
            SpecChangeKind.SavepointRedeploy => Redeploy(reasons, wantsRunning, seen),
            SpecChangeKind.Scale => Scale(seen, deployed, after, reasons),
            _ => Upgrade(seen, deployed, after, reasons, "UPGRADE", ""),
        };
    }

    /// <summary>The first deployment.</summary>
    internal static ChangeClassification First() => new(ChangeClass.Deploy, JobEffect.Starts, "It is deployed for the first time.", []);

    private static ChangeClassification Scale(FlinkObject seen, JsonObject deployed, JsonObject after, IReadOnlyList<ChangeReason> reasons)
    {
        if (!seen.WantsRunning) return Upgrade(seen, deployed, after, reasons, "SCALE", "");
        var obstacles = InPlaceScaling.Obstacles(seen, deployed, after);
        return obstacles.Count == 0
            ? new(ChangeClass.Scale, JobEffect.KeepsRunning, $"Scaled while the job runs, because of {Keys(reasons)}. If the JobManager refuses, the operator restarts the job instead.", reasons) { OperatorTerm = "SCALE" }
            : Upgrade(seen, deployed, after, reasons, "SCALE", $" It cannot be scaled while it runs: {string.Join("; ", obstacles)}.");
    }

    private static ChangeClassification Redeploy(IReadOnlyList<ChangeReason> reasons, bool wantsRunning, FlinkObject seen) => new(
        ChangeClass.Redeploy, !wantsRunning ? JobEffect.Stops : seen.WantsRunning && !seen.IsSuspended ? JobEffect.Restarts : JobEffect.Starts,
        $"{(seen.WantsRunning ? "The job is cancelled at once, without a savepoint, and" : "The job")} starts from the chosen snapshot, because of {Keys(reasons)}.", reasons)
    {
        OperatorTerm = "SAVEPOINT_REDEPLOY",
        Mode = StopMode.Savepoint,
        ModeWhy = "the snapshot is named in the spec",
    };

    private static ChangeClassification Upgrade(FlinkObject seen, JsonObject deployed, JsonObject after, IReadOnlyList<ChangeReason> reasons, string term, string more)
    {
        var keys = Keys(reasons);
        if (after["job"] is null) return new(ChangeClass.Upgrade, JobEffect.Restarts, $"The session cluster is taken down and deployed anew, because of {keys}.{more}", reasons) { OperatorTerm = term };
        var wantsRunning = after.Map("job").Text("state") is null or "running";
        var stopped = deployed.Map("job").Text("state") == "suspended";
        if (stopped && !wantsRunning) return new(ChangeClass.Upgrade, JobEffect.StaysStopped, $"It is suspended: {keys} counts from its next start.", reasons) { OperatorTerm = term };
        var (mode, why) = stopped ? StopModes.OfResume(seen, after) : StopModes.Of(seen, deployed, after);
        var said = mode is { } m ? $" ({Word(m)}: {why})" : $" ({why})";
        return (stopped, wantsRunning) switch
        {
            (true, _) => new(ChangeClass.Upgrade, JobEffect.Starts, $"The job starts{said}.", reasons) { OperatorTerm = term, Mode = mode, ModeWhy = why },
            (_, false) => new(ChangeClass.Suspend, JobEffect.Stops, $"The job stops{said}.", reasons) { OperatorTerm = term, Mode = mode, ModeWhy = why },
            _ => new(ChangeClass.Upgrade, JobEffect.Restarts, $"The job stops and starts{said}, because of {keys}.{more}", reasons) { OperatorTerm = term, Mode = mode, ModeWhy = why },
        };
    }

    /// <summary>The mode as the spec writes it.</summary>
    internal static string Word(StopMode mode) => mode switch
    {
        StopMode.Stateless => "stateless",
        StopMode.LastState => "last-state",
        StopMode.Cancel => "cancel",
        _ => "savepoint",
    };

    private static JobEffect JobEffectOfRest(FlinkObject seen) => seen.WantsRunning ? JobEffect.KeepsRunning : JobEffect.StaysStopped;

    private static string Keys(IReadOnlyList<ChangeReason> reasons)
    {
        var top = reasons.Where(r => r.Class == reasons[0].Class).Select(r => r.Path.StartsWith(Options, StringComparison.Ordinal) ? r.Path[Options.Length..] : r.Path).ToList();
        return top.Count <= 3 ? string.Join(" and ", top) : $"{string.Join(", ", top.Take(3))} and {top.Count - 3} more";
    }

    private static ChangeReason Reason(SpecFieldChange field)
    {
        var option = SpecPath.Split(field.Path) is ["spec", "flinkConfiguration", string key] ? key : null;
        var path = field.Path["spec.".Length..];
        return option is null ? new ChangeReason(path, ClassOf(field.Kind), field.Words) : new ChangeReason($"flinkConfiguration.{option}", ClassOf(field.Kind), field.Words.Replace(path, option, StringComparison.Ordinal));
    }

    private static ChangeClass ClassOf(SpecChangeKind kind) => kind switch
    {
        SpecChangeKind.None => ChangeClass.None,
        SpecChangeKind.Ignore => ChangeClass.Ignore,
        SpecChangeKind.Scale => ChangeClass.Scale,
        SpecChangeKind.SavepointRedeploy => ChangeClass.Redeploy,
        _ => ChangeClass.Upgrade,
    };

    private static JsonObject Manifest(JsonObject spec, bool knowsRedeploy)
    {
        var copy = (JsonObject)spec.DeepClone();
        copy.Remove("deploymentName"); // it cannot change, and the operator ignores it
        if (!knowsRedeploy) (copy["job"] as JsonObject)?.Remove(Nonce);
        // One generation of the operator fills these in, the other leaves them out.
        foreach (var (first, second) in Templates)
            if ((second.Length == 0 ? copy[first] : copy.Map(first)?[second]) is JsonObject template)
                foreach (var (field, filled) in new[] { ("apiVersion", "v1"), ("kind", "Pod") })
                    if (template.Text(field) == filled) template.Remove(field);
        return new JsonObject { ["spec"] = copy };
    }
}
