namespace Sluice.Domain.Specs;

/// <summary>The operator's rules for a FlinkStateSnapshot.</summary>
internal static class SnapshotRules
{
    public static IReadOnlyList<SpecRule> All { get; } = [new("snapshot: one of two", OneOfTwo), new("snapshot: job", HasJob), new("snapshot: job exists", JobExists), new("snapshot: disposal", Disposal)];

    private static IEnumerable<SpecProblem> OneOfTwo(SpecContext c)
    {
        if (c.Spec is not null && (c.Spec["savepoint"] is null) == (c.Spec["checkpoint"] is null))
            yield return SpecContext.Refused("snapshot", "spec", c.Spec["savepoint"] is null ? "It says neither savepoint nor checkpoint." : "It says both savepoint and checkpoint.", "Write one of them; checkpoint: {} is enough for a checkpoint.", "Exactly one of checkpoint or savepoint configurations has to be set.");
    }

    private static IEnumerable<SpecProblem> HasJob(SpecContext c)
    {
        if (!IsThereAlready(c) && (string.IsNullOrEmpty(c.Spec.Map("jobReference").Text("name")) || c.Spec.Map("jobReference").At("kind") is null))
            yield return SpecContext.Refused("snapshot", "spec.jobReference", "The job is not named.", "Write jobReference with kind (FlinkDeployment or FlinkSessionJob) and name.", "Job reference must be supplied for this snapshot");
    }

    private static IEnumerable<SpecProblem> JobExists(SpecContext c)
    {
        if (IsThereAlready(c) || c.Input.TargetExists != false || c.Input.Previous.Map("status").Text("state") is not (null or "TRIGGER_PENDING")) yield break;
        var (ns, name) = (c.Manifest.Map("metadata").Text("namespace"), c.Spec.Map("jobReference").Text("name"));
        yield return SpecContext.Refused("snapshot", "spec.jobReference.name", $"There is no {c.Spec.Map("jobReference").Text("kind")} {name} in namespace {ns}.", "Name one that is there.", $"Target for snapshot {ns}/{name} was not found");
    }

    private static IEnumerable<SpecProblem> Disposal(SpecContext c)
    {
        if (c.Spec.Map("savepoint") is { } savepoint && (savepoint.Text("disposeOnDelete") ?? "true") == "true")
            yield return SpecContext.Advice(ProblemSeverity.Caution, "spec.savepoint.disposeOnDelete", "Deleting this object deletes the savepoint's files, too (disposeOnDelete is true unless it is set).", "Write disposeOnDelete: false to keep them.");
    }

    private static bool IsThereAlready(SpecContext c) => c.Spec.Map("savepoint").Text("alreadyExists") == "true";
}
