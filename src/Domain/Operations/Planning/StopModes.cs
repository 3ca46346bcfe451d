using System.Text.Json.Nodes;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations.Planning;

/// <summary>Works out which way the operator will really stop a job. Its order of questions is that of the operator's own code.</summary>
internal static class StopModes
{
    /// <summary>Off: a stop of a job that is not running waits, instead of taking the last state where no savepoint can be taken.</summary>
    public const string Fallback = "kubernetes.operator.job.upgrade.last-state-fallback.enabled";
    private const string JobCancel = "kubernetes.operator.job.upgrade.last-state.job-cancel.enabled";

    /// <summary>The mode, and why. Null where nothing is stopped because nothing can be: the operator waits.</summary>
    public static (StopMode? Mode, string Why) Of(FlinkObject seen, JsonObject deployed, JsonObject after)
    {
        var wanted = after.Map("job").Text("upgradeMode") ?? "stateless";
        var options = FlinkConfiguration.Flatten(after["flinkConfiguration"]);
        if (wanted == "stateless") return (StopMode.Stateless, after.Map("job").Text("upgradeMode") is null ? "upgradeMode is not set, which means stateless" : "upgradeMode is stateless");
        if (seen.Record.JobState is "FINISHED" or "FAILED" or "CANCELED")
            return (StopMode.Cancel, $"the job has ended as {seen.Record.JobState}, so the operator continues from the last snapshot that it saw");
        var running = seen.Record.JobState == "RUNNING";
        var metadata = HasMetadata(FlinkConfiguration.Flatten(deployed["flinkConfiguration"])) && seen.Record.Resource == FlinkResource.Deployment;
        if (wanted == "savepoint" && running) return (StopMode.Savepoint, "upgradeMode is savepoint and the job runs");
        if (wanted == "savepoint" && options.GetValueOrDefault(Fallback) == "false")
            return (null, $"the job is {State(seen)}, so no savepoint can be taken, and the fall-back to the last state is switched off: the operator waits until it runs");
        if (deployed.Text("flinkVersion") != after.Text("flinkVersion") && deployed.Text("flinkVersion") is not null)
            return running ? (StopMode.Savepoint, "the Flink version changes, which needs a savepoint whatever upgradeMode says") : (null, "the Flink version changes, which needs a savepoint, and the job does not run: the operator waits");
        var because = wanted == "savepoint" ? $"the job is {State(seen)}, so no savepoint can be taken and the operator falls back to the last state" : "upgradeMode is last-state";
        if (metadata && options.GetValueOrDefault(JobCancel) != "true") return (StopMode.LastState, because);
        if (running) return (StopMode.Cancel, $"{because}, and {(metadata ? $"{JobCancel} is true" : "there is no high-availability metadata")}, so the job is cancelled and its newest retained checkpoint noted");
        return (null, $"{because}, but there is no high-availability metadata: the operator waits");
    }

    /// <summary>How a suspended job comes back: as it was stopped, unless the new spec says stateless.</summary>
    public static (StopMode? Mode, string Why) OfResume(FlinkObject seen, JsonObject after) => after.Map("job").Text("upgradeMode") is null or "stateless"
        ? (StopMode.Stateless, "upgradeMode is stateless, so the start is empty whatever the suspension kept")
        : seen.ReconciledUpgradeMode switch
        {
            "savepoint" => (StopMode.Savepoint, "it was suspended with a snapshot whose path is known"),
            "last-state" => (StopMode.LastState, "it was suspended with its high-availability metadata"),
            "stateless" => (StopMode.Stateless, "it was suspended without its state"),
            _ => (null, "how it was suspended is not known"),
        };

    /// <summary>True where a spec's options keep high-availability metadata.</summary>
    public static bool HasMetadata(IReadOnlyDictionary<string, string?> options) =>
        FlinkConfiguration.Get(options, "high-availability.type") is { } type && !type.Equals("NONE", StringComparison.OrdinalIgnoreCase);

    /// <summary>As it stands in <c>lastReconciledSpec</c> afterwards.</summary>
    public static string Reconciled(StopMode mode) => mode switch
    {
        StopMode.Stateless => "stateless",
        StopMode.LastState => "last-state",
        _ => "savepoint",
    };

    private static string State(FlinkObject seen) => seen.Record.JobState ?? "not running";
}
