using System.Text.Json.Nodes;

namespace Sluice.Domain.Specs;

/// <summary>The operator's rules that compare with what runs (4, 24-26).</summary>
internal static class ChangeRules
{
    public static IReadOnlyList<SpecRule> All { get; } = [new("4", VersionAfterSuspend), new("24", SessionOrJob), new("25", Mode), new("26", Redeploy)];

    private static IEnumerable<SpecProblem> VersionAfterSuspend(SpecContext c)
    {
        if (c.Deployed is not { } old || c.Job is null || c.UpgradeMode == "stateless") yield break;
        if (old.Text("flinkVersion") is { } was && c.Spec.Text("flinkVersion") is { } now && was != now && old.Map("job").Text("state") == "suspended" && old.Map("job").Text("upgradeMode") == "last-state")
            yield return SpecContext.Refused("4", "spec.flinkVersion", $"The job was suspended with last-state on {was}; its state can only be read by the same Flink version.", $"Resume with {was} first, then upgrade to {now} with a savepoint.",
                "Changing flinkVersion after last-state suspend is not allowed. Restore your cluster with the current flinkVersion");
    }

    private static IEnumerable<SpecProblem> SessionOrJob(SpecContext c)
    {
        if (c.Deployed is not { } old || c.Spec is null || (old.Map("job") is null) == (c.Job is null)) yield break;
        yield return SpecContext.Refused("24", "spec.job", old.Map("job") is null ? "This is a session cluster; it cannot become an application." : "This is an application; it cannot become a session cluster.", "Register it under another name.",
            old.Map("job") is null ? "Cannot switch from session to job cluster" : "Cannot switch from job to session cluster");
    }

    private static IEnumerable<SpecProblem> Mode(SpecContext c)
    {
        if (c.Deployed is not { } old || c.Spec is null) yield break;
        var (was, now) = (old.Text("mode") ?? "native", c.Spec.Text("mode") ?? "native");
        if (was != now)
            yield return SpecContext.Refused("25", "spec.mode", $"The mode cannot be changed from {was} to {now}.", "Register it under another name, from a savepoint of this one.", was == "native" ? "Cannot switch from native kubernetes to standalone kubernetes cluster" : "Cannot switch from standalone kubernetes to native kubernetes cluster");
    }

    private static IEnumerable<SpecProblem> Redeploy(SpecContext c)
    {
        if (c.Deployed is not { } old || c.Job.At("savepointRedeployNonce") is not { } nonce || JsonNode.DeepEquals(nonce, old.Map("job").At("savepointRedeployNonce"))) yield break;
        if (string.IsNullOrWhiteSpace(c.Job.Text("initialSavepointPath")))
            yield return SpecContext.Refused("26", "spec.job.initialSavepointPath", "A new start from a savepoint is asked for, and no savepoint is named.", "Write initialSavepointPath.", "InitialSavepointPath must not be empty for savepoint redeployment");
    }
}
