using System.Text.Json.Nodes;

namespace Sluice.Domain.Specs;

/// <summary>Sluice's own advice: what the operator does not check, and what goes wrong later.</summary>
internal static class CautionRules
{
    private const string MainContainer = "flink-main-container";
    private static readonly string[] PullPolicies = ["IfNotPresent", "Always", "Never"];

    public static IReadOnlyList<SpecRule> All { get; } =
    [
        new("stateless", Stateless), new("high-availability", HighAvailability), new("main-container", MainContainers), new("pull-policy", PullPolicy), new("operator-options", KnownOptions),
        new("memory-unit", MilliBytes), new("unit-mix", UnitMix), new("image", Image), new("deprecated", Deprecated), new("drain", Drain), new("beam-detached", BeamDetached),
        new("beam-checkpoints", BeamCheckpoints), new("beam-leave-out", BeamLeaveOut), new("interval", Interval), new("replicas", Replicas), new("jar", Jar),
    ];

    private static IEnumerable<SpecProblem> Stateless(SpecContext c)
    {
        if (c.Job is null || c.UpgradeMode != "stateless") yield break;
        var set = c.Job.Text("upgradeMode") is not null;
        yield return Caution("spec.job.upgradeMode", set ? "With stateless every upgrade, suspend and restart begins with empty state." : "The upgrade mode is not set: the operator then takes stateless, and every upgrade, suspend and restart begins with empty state.", "Write upgradeMode: savepoint, unless the job has no state.");
    }

    private static IEnumerable<SpecProblem> HighAvailability(SpecContext c)
    {
        if (c.Job is null) yield break;
        if (c.UpgradeMode == "last-state" && !c.HasHighAvailability)
            yield return Caution("spec.job.upgradeMode", "last-state without high availability: the operator can only cancel the job and take its last checkpoint, and a lost JobManager loses the job.", "Set high-availability.type: kubernetes and high-availability.storageDir.");
        if (c.HasHighAvailability && c.Option("high-availability.storageDir") is null)
            yield return Caution(SpecPath.Flink("high-availability.storageDir"), "High availability is on without a directory; the JobManager will not start.", "Set high-availability.storageDir.");
    }

    private static IEnumerable<SpecProblem> MainContainers(SpecContext c)
    {
        foreach (var path in new[] { "spec.podTemplate", "spec.jobManager.podTemplate", "spec.taskManager.podTemplate" })
        {
            if (SpecPath.Find(c.Manifest, path + ".spec.containers") is not JsonArray { Count: > 0 } containers) continue;
            var names = containers.Select(x => x.Text("name") ?? "").ToList();
            var at = names.IndexOf(MainContainer);
            if (at < 0) yield return Caution(path + ".spec.containers[0].name", $"No container is named {MainContainer}: Flink runs beside these containers, and none of these settings reaches it.", $"Name the first container {MainContainer}.");
            else if (at > 0 && path != "spec.podTemplate") yield return Caution($"{path}.spec.containers[{at}]", $"{MainContainer} is not the first container; templates are merged by position, so it may be mixed up with another.", "Put it first.");
        }
    }

    private static IEnumerable<SpecProblem> PullPolicy(SpecContext c)
    {
        if (c.Spec.Text("imagePullPolicy") is { } policy && !PullPolicies.Contains(policy))
            yield return SpecContext.Advice(ProblemSeverity.Error, "spec.imagePullPolicy", $"imagePullPolicy is “{NameRules.Short(policy)}”. The operator knows {string.Join(", ", PullPolicies)} and cannot deploy with another.", Nearest.Of(policy, PullPolicies) is { } near ? $"Did you mean {near}?" : "Take one of them, or delete it.");
    }

    private static IEnumerable<SpecProblem> KnownOptions(SpecContext c)
    {
        foreach (var key in c.Own.Keys.Where(k => k.StartsWith(OperatorOptions.Prefix, StringComparison.Ordinal) && !k.StartsWith(OperatorOptions.Prefix + "job.autoscaler", StringComparison.Ordinal)))
        {
            if (OperatorOptions.Dynamic.Contains(key) || key.StartsWith(OperatorOptions.Prefix + "plugins.", StringComparison.Ordinal)) continue;
            if (OperatorOptions.System.Contains(key)) yield return Caution(c.OptionPath(key), $"{key} counts only in the operator's own configuration; here it does nothing.", "Delete it, or ask whoever runs the operator.");
            else yield return Caution(c.OptionPath(key), $"{NameRules.Short(key)} is no option of the operator that Sluice knows; a misspelled one is ignored without a word.", Nearest.Of(key, OperatorOptions.Dynamic) is { } near ? $"Did you mean {near}?" : "Check its name.");
        }
    }

    private static IEnumerable<SpecProblem> MilliBytes(SpecContext c)
    {
        foreach (var part in new[] { "jobManager", "taskManager" })
            foreach (var side in new[] { "requests", "limits" })
                if (c.Spec.Map(part).Map("resources").Map(side).Text("memory") is { } text && text.EndsWith('m') && FlinkUnits.TryMemorySize(text, out _))
                    yield return Caution($"spec.{part}.resources.{side}.memory", $"{text}: Flink reads mebibytes, Kubernetes reads thousandths of a byte.", $"Write {text[..^1].Trim()}Mi, which both read alike.");
    }

    private static IEnumerable<SpecProblem> UnitMix(SpecContext c)
    {
        foreach (var part in new[] { "jobManager", "taskManager" })
        {
            var resources = c.Spec.Map(part).Map("resources");
            if (resources.Map("requests").Text("memory") is { Length: > 0 } request && resources.Map("limits").Text("memory") is { Length: > 0 } limit && request.EndsWith('m') != limit.EndsWith('m'))
                yield return Caution($"spec.{part}.resources.limits.memory", $"The memory request ({request}) and its limit ({limit}) are in different units; the operator divides one by the other and gets a limit beyond all bounds.", "Write both in Mi or Gi.");
            if (resources is not null && c.Spec.Map(part).Map("resource") is not null)
                yield return Caution($"spec.{part}.resource", "Both resource and resources are given; the operator ignores resource.", "Keep one of them.");
        }
    }

    private static IEnumerable<SpecProblem> Image(SpecContext c)
    {
        if (c.Kind != "FlinkDeployment") yield break;
        var image = c.Spec.Text("image");
        if (string.IsNullOrWhiteSpace(image)) yield return Caution("spec.image", "No image is given; the operator takes its own default, which has no job of yours in it.", "Write the image with Flink and your jar.");
        else if (image.Any(char.IsWhiteSpace)) yield return SpecContext.Advice(ProblemSeverity.Error, "spec.image", $"The image “{NameRules.Short(image)}” has a space in it.", "Delete the space.");
        else if (image.EndsWith(":latest", StringComparison.Ordinal) || (!image.Contains('@', StringComparison.Ordinal) && !image[(image.LastIndexOf('/') + 1)..].Contains(':', StringComparison.Ordinal)))
            yield return SpecContext.Advice(ProblemSeverity.Info, "spec.image", "The image has no fixed tag: a restart may bring other code, and a rollback the wrong one.", "Name a tag or a digest.");
    }

    private static IEnumerable<SpecProblem> Deprecated(SpecContext c)
    {
        if (c.Spec.Text("flinkVersion") is "v1_15" or "v1_16" or "v1_17" or "v1_18")
            yield return SpecContext.Advice(ProblemSeverity.Info, "spec.flinkVersion", "The operator still takes this Flink version, and will not for long.", "Plan for v1_20 or v2_0.");
    }

    private static IEnumerable<SpecProblem> Drain(SpecContext c)
    {
        const string Key = "kubernetes.operator.job.drain-on-savepoint-deletion";
        if (c.IsOn(Key)) yield return Caution(c.OptionPath(Key), "This drains the pipeline at every stop with savepoint, upgrades and suspends too: all windows fire at once.", "Leave it out; drain as an operation of its own.");
    }

    private static IEnumerable<SpecProblem> BeamDetached(SpecContext c)
    {
        if (Beam(c) is not { } arguments || c.Kind != "FlinkDeployment" || string.Equals(BeamArguments.Get(arguments, "attachedMode"), "false", StringComparison.OrdinalIgnoreCase)) yield break;
        yield return Caution(Argument(arguments, "attachedMode"), "Beam waits for the job's result, which application mode does not give: main() throws after the job has started, and the JobManager is restarted for ever.", "Add the argument --attachedMode=false.");
    }

    private static IEnumerable<SpecProblem> BeamCheckpoints(SpecContext c)
    {
        if (Beam(c) is not { } arguments || c.Option("execution.checkpointing.interval") is not { } text || !FlinkUnits.TryDuration(text, out var interval)) yield break;
        var own = BeamArguments.Get(arguments, "checkpointingInterval");
        if (own is null) yield return Caution("spec.job.args", "Flink checkpoints, and Beam believes that it does not: idle sources end at once, and stable input is refused.", $"Add the argument --checkpointingInterval={(long)interval.TotalMilliseconds}.");
        else if (DeploymentRules.Whole(own) != (long)interval.TotalMilliseconds) yield return Caution(Argument(arguments, "checkpointingInterval"), $"Beam's checkpoint interval ({own} ms) wins over execution.checkpointing.interval ({text}).", "Give both the same value.");
    }

    private static IEnumerable<SpecProblem> BeamLeaveOut(SpecContext c)
    {
        if (Beam(c) is not { } arguments) yield break;
        foreach (var name in BeamArguments.LeaveOut)
            if (BeamArguments.Get(arguments, name) is not null) yield return Caution(Argument(arguments, name), $"--{name}: {BeamArguments.Explain("--" + name)}", "Delete the argument.");
    }

    private static IEnumerable<SpecProblem> Interval(SpecContext c)
    {
        const string Key = "execution.checkpointing.interval";
        if (c.Job is null) yield break;
        if (c.Option(Key) is not { } text)
        {
            if (c.UpgradeMode == "savepoint") yield return Caution(SpecPath.Flink(Key), "There are no periodic checkpoints: after a failure the job begins at its last savepoint, or empty.", $"Set {Key}, for example 1 min.");
        }
        else if (!FlinkUnits.TryDuration(text, out var interval)) yield return SpecContext.Advice(ProblemSeverity.Error, c.OptionPath(Key), $"{Key} is “{NameRules.Short(text)}”, which is no duration.", "Write for example 30 s or 1 min.");
        else if (interval > TimeSpan.Zero && interval < TimeSpan.FromSeconds(1)) yield return Caution(c.OptionPath(Key), $"{Key} is {text}: the job would do little else than checkpoint.", "Write 10 s or more. A number without a unit is milliseconds.");
    }

    private static IEnumerable<SpecProblem> Replicas(SpecContext c)
    {
        if (c.Job is not null && c.Spec.Map("taskManager").At("replicas") is not null && c.Job.At("parallelism") is not null)
            yield return Caution("spec.taskManager.replicas", "taskManager.replicas is set: the parallelism is then replicas × slots, and job.parallelism is ignored.", "Delete one of the two.");
    }

    private static IEnumerable<SpecProblem> Jar(SpecContext c)
    {
        if (c.Kind == "FlinkDeployment" && c.Job.Text("jarURI") is { Length: > 0 } jar && !jar.Contains("://", StringComparison.Ordinal))
            yield return Caution("spec.job.jarURI", $"“{NameRules.Short(jar)}” says no scheme.", "For a jar in the image write local:///opt/flink/usrlib/….");
    }

    private static List<string>? Beam(SpecContext c)
    {
        var arguments = (c.Job.List("args") ?? []).Select(a => a.Text() ?? "").ToList();
        return BeamArguments.Get(arguments, "runner") is { } runner && runner.EndsWith("FlinkRunner", StringComparison.OrdinalIgnoreCase) ? arguments : null;
    }

    private static string Argument(List<string> arguments, string name) => arguments.FindIndex(a => BeamArguments.Name(a) == name) is var at and >= 0 ? SpecPath.Index("spec.job.args", at) : "spec.job.args";

    private static SpecProblem Caution(string path, string message, string fix) => SpecContext.Advice(ProblemSeverity.Caution, path, message, fix);
}
