using System.Globalization;
using System.Text.Json.Nodes;

namespace Sluice.Simulator.Fleet;

/// <summary>Writes the custom resource of a pipeline as its team would have.</summary>
internal static class FleetResource
{
    public static JsonObject Of(FleetPipeline pipeline)
    {
        var spec = pipeline.Kind == "sessionJob"
            ? new JsonObject { ["deploymentName"] = pipeline.SessionCluster, ["job"] = Job(pipeline) }
            : Deployment(pipeline);
        return new()
        {
            ["apiVersion"] = "flink.apache.org/v1beta1",
            ["kind"] = pipeline.Kind == "sessionJob" ? "FlinkSessionJob" : "FlinkDeployment",
            ["metadata"] = new JsonObject
            {
                ["name"] = pipeline.Name,
                ["namespace"] = pipeline.Home,
                ["labels"] = new JsonObject { ["team"] = pipeline.Team, ["app.kubernetes.io/managed-by"] = "deploy-pipeline" },
            },
            ["spec"] = spec,
        };
    }

    private static JsonObject Deployment(FleetPipeline pipeline)
    {
        var place = $"s3://{pipeline.Team}-flink-state/{pipeline.Name}";
        var configuration = new JsonObject
        {
            ["taskmanager.numberOfTaskSlots"] = pipeline.Slots.ToString(CultureInfo.InvariantCulture),
            ["execution.checkpointing.interval"] = pipeline.CheckpointSeconds.ToString(CultureInfo.InvariantCulture) + " s",
            ["state.checkpoints.dir"] = place + "/checkpoints",
            ["state.savepoints.dir"] = place + "/savepoints",
            ["state.backend.type"] = "rocksdb",
            ["high-availability.type"] = "kubernetes",
            ["high-availability.storageDir"] = place + "/ha",
        };
        if (pipeline.Parallelism > 2) configuration["jobmanager.scheduler"] = "adaptive";
        if (pipeline.Traits?.CheckpointsTimeOut == true)
        {
            configuration["execution.checkpointing.timeout"] = "90 s";
            configuration["execution.checkpointing.tolerable-failed-checkpoints"] = "1000000";
        }
        if (pipeline.Traits?.FailsAfter is not null) configuration["restart-strategy.type"] = "exponential-delay";
        var spec = new JsonObject
        {
            ["image"] = pipeline.Image ?? $"registry.example.com/{pipeline.Team}/{(pipeline.Kind == "session" ? "flink" : pipeline.Name)}:{Tag(pipeline)}",
            ["imagePullPolicy"] = "IfNotPresent",
            ["flinkVersion"] = pipeline.FlinkVersion,
            ["serviceAccount"] = "flink",
            ["flinkConfiguration"] = configuration,
            ["jobManager"] = new JsonObject { ["resource"] = new JsonObject { ["memory"] = "1600m", ["cpu"] = 0.5 } },
            ["taskManager"] = new JsonObject { ["resource"] = new JsonObject { ["memory"] = pipeline.TaskMemory, ["cpu"] = 1 } },
        };
        if (pipeline.Kind != "session") spec["job"] = Job(pipeline);
        return spec;
    }

    private static JsonObject Job(FleetPipeline pipeline)
    {
        var beam = pipeline.Kind == "BeamJava";
        var words = string.Concat(pipeline.Name.Split('-').Select(w => char.ToUpperInvariant(w[0]) + w[1..]));
        var args = pipeline.Args ?? (beam
            ? ["--runner=FlinkRunner", "--streaming", "--attachedMode=false", $"--inputTopic={pipeline.Name}-in", $"--checkpointingInterval={pipeline.CheckpointSeconds * 1000:0}"]
            : ["--input", $"{pipeline.Name}-in", "--output", $"{pipeline.Name}-out"]);
        return new()
        {
            ["jarURI"] = pipeline.Kind == "sessionJob" ? $"https://artifacts.example.com/{pipeline.Team}/{pipeline.Name}-1.3.0.jar" : $"local:///opt/flink/usrlib/{pipeline.Name}.jar",
            ["entryClass"] = pipeline.EntryClass ?? $"com.example.{pipeline.Team}.{(beam ? "beam." : "")}{words}",
            ["args"] = new JsonArray([.. args.Select(a => (JsonNode)a)]),
            ["parallelism"] = pipeline.Parallelism,
            ["upgradeMode"] = pipeline.UpgradeMode,
            ["state"] = "running",
        };
    }

    private static string Tag(FleetPipeline pipeline) => string.Create(CultureInfo.InvariantCulture, $"{1 + pipeline.Name.Length % 4}.{pipeline.Name[0] % 10}.{pipeline.Name[^1] % 7}");
}
