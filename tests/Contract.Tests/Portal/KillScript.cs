using System.Text.Json.Nodes;

namespace Sluice.Contract.Tests.Portal;

/// <summary>One operation of the script.</summary>
/// <param name="Kind">What it is, as the API names it.</param>
/// <param name="Body">What it is asked with; the path is that of the script's first savepoint.</param>
/// <param name="Runs">Whether a job runs afterwards.</param>
/// <param name="GoesBack">Whether it is an upgrade that cannot start.</param>
/// <param name="Beside">What follows the script's name in the name of the pipeline it is about.</param>
/// <param name="Moves">What follows it afterwards, where that differs.</param>
internal sealed record KillAct(string Kind, Func<string, object> Body, bool Runs = true, bool GoesBack = false, string Beside = "", string? Moves = null)
{
    /// <summary>What follows the script's name where the pipeline is afterwards.</summary>
    public string After => Moves ?? Beside;
}

/// <summary>The life of a pipeline that has every kind of operation in it. Two of one kind never follow each other, so that a kill names one of them.</summary>
internal static class KillScript
{
    public const string Namespace = "kills";

    /// <summary>Asked for in the catalogue: the portal begins it by itself, under an identity that is known beforehand.</summary>
    public const string Disposal = "disposesnapshot";

    public static IReadOnlyList<KillAct> Acts(string cluster, string pipeline) =>
    [
        new("deploy", _ => new { manifest = Manifest(pipeline, "100"), team = "kills", pipelineKind = "flinkJar" }),
        new("savepoint", _ => new { }),
        new("suspend", _ => new { }, Runs: false),
        new("resume", _ => new { }),
        new("upgrade", _ => new { manifest = Manifest(pipeline, "101") }),
        new("restart", _ => new { }),
        new("scale", _ => new { scale = new { parallelism = 3 } }),
        new("rollback", _ => new { revision = 1 }),
        new("fork", _ => new { source = $"{cluster}/{Namespace}/{pipeline}" }, Beside: "-fork"),
        new("cancel", _ => new { }, Runs: false),
        new("resume", _ => new { }),
        new("golive", _ => new { manifest = Manifest(pipeline, "102"), goLive = new { runsForSeconds = 1 } }),
        new("redeploy", path => new { snapshotPath = path, allowNonRestoredState = true }),
        new("rollback", path => new { revision = 2, snapshotPath = path }),
        new("upgrade", _ => new { manifest = Manifest(pipeline, "none") }, GoesBack: true),
        new("drain", _ => new { }, Runs: false),
        new("redeploy", path => new { snapshotPath = path }),
        new("cancel", _ => new { discardState = true }, Runs: false),
        new("redeploy", path => new { snapshotPath = path }),
        new(Disposal, _ => new { }),
        new("sidebyside", _ => new { }, Moves: "-g2"),
        new("delete", _ => new { savepointBeforeDelete = true }, Runs: false, Beside: "-g2"),
    ];

    /// <summary>A number of keys that is no number makes <c>main()</c> throw.</summary>
    public static string Manifest(string pipeline, string keys) => $$$"""
        apiVersion: flink.apache.org/v1beta1
        kind: FlinkDeployment
        metadata:
          name: {{{pipeline}}}
          namespace: {{{Namespace}}}
        spec:
          image: registry.example/kills/{{{pipeline}}}:1.0
          flinkVersion: v1_19
          serviceAccount: flink
          flinkConfiguration:
            taskmanager.numberOfTaskSlots: "2"
            execution.checkpointing.interval: 30 s
            state.checkpoints.dir: s3://state/checkpoints/{{{pipeline}}}
            state.savepoints.dir: s3://state/savepoints/{{{pipeline}}}
            high-availability.type: kubernetes
            high-availability.storageDir: s3://state/ha/{{{pipeline}}}
          jobManager: {resource: {memory: 1g, cpu: 1}}
          taskManager: {resource: {memory: 1g, cpu: 1}}
          job:
            jarURI: local:///opt/flink/usrlib/job.jar
            entryClass: example.Job
            args: ["--rate", "100", "--keys", "{{{keys}}}"]
            parallelism: 2
            upgradeMode: savepoint
            state: running
        """;

    /// <summary>The path in what a savepoint's step remembered.</summary>
    public static string? PathOf(JsonNode operation) => ((string?)operation["message"] ?? "").Split(' ').FirstOrDefault(w => w.StartsWith("s3://", StringComparison.Ordinal))?.TrimEnd('.');
}
