using System.Globalization;
using System.Text.Json.Nodes;

namespace Sluice.Simulator.Fleet.Large;

/// <summary>Makes the resource of a pipeline as long as those of a company are: labels, a pod template, and a page of configuration.</summary>
internal static class LargeSpec
{
    private static readonly string[] Tiers = ["tier-1", "tier-2", "tier-2", "tier-3"];

    // What people write into free text: other scripts, signs and markup must arrive as they are.
    private static readonly string[] Notes =
    [
        "Owner changed in Q3, runbook: https://runbooks.example.com/", "نظام كشف الاحتيال — لا توقفه بدون إذن", "🔥 hot path 🚨 page first, ask later", "<b>do not touch</b> <script>alert('x')</script> & \"quotes\"",
        "チェックポイントは5分以内", "זרם ראשי (v2) של התשלומים",
    ];

    public static JsonObject Of(LargePipeline pipeline)
    {
        var resource = FleetResource.Of(pipeline.Of);
        var metadata = resource["metadata"]!.AsObject();
        var (one, number) = (pipeline.Of, pipeline.Variety);
        var labels = metadata["labels"]!.AsObject();
        labels["app.kubernetes.io/name"] = one.Name;
        labels["app.kubernetes.io/version"] = pipeline.Tag;
        labels["app.kubernetes.io/part-of"] = one.Team;
        labels["tier"] = Tiers[number % Tiers.Length];
        labels["cost-center"] = string.Create(CultureInfo.InvariantCulture, $"cc-{4000 + one.Team.Length * 37 % 900}");
        metadata["annotations"] = new JsonObject
        {
            ["example.com/owner"] = pipeline.Owner,
            ["example.com/repository"] = $"git@git.example.com:{one.Team}/{one.Name}.git",
            ["example.com/commit"] = (number * 2654435761L & 0xffffffff).ToString("x8", CultureInfo.InvariantCulture) + number.ToString("x8", CultureInfo.InvariantCulture),
        };
        if (number % 150 == 0) metadata["annotations"]!["example.com/note"] = Notes[number / 150 % Notes.Length];
        if (one.Kind == "sessionJob") return resource;
        var spec = resource["spec"]!.AsObject();
        Configuration(spec["flinkConfiguration"]!.AsObject(), pipeline);
        spec["podTemplate"] = PodTemplate(pipeline);
        return resource;
    }

    private static void Configuration(JsonObject configuration, LargePipeline pipeline)
    {
        var (one, number) = (pipeline.Of, pipeline.Variety);
        configuration["execution.checkpointing.min-pause"] = (one.CheckpointSeconds / 2).ToString(CultureInfo.InvariantCulture) + " s";
        configuration["execution.checkpointing.timeout"] = number % 5 == 0 ? "20 min" : "10 min";
        configuration["execution.checkpointing.mode"] = number % 7 == 0 ? "AT_LEAST_ONCE" : "EXACTLY_ONCE";
        configuration["execution.checkpointing.externalized-checkpoint-retention"] = "RETAIN_ON_CANCELLATION";
        configuration["execution.checkpointing.tolerable-failed-checkpoints"] = "10000";
        if (number % 3 == 0) configuration["execution.checkpointing.unaligned.enabled"] = "true";
        configuration["state.backend.incremental"] = "true";
        configuration["state.backend.rocksdb.memory.managed"] = "true";
        configuration["taskmanager.memory.managed.fraction"] = number % 4 == 0 ? "0.6" : "0.4";
        configuration["restart-strategy.type"] = "exponential-delay";
        configuration["restart-strategy.exponential-delay.max-backoff"] = "2 min";
        configuration["metrics.reporters"] = "prom";
        configuration["metrics.reporter.prom.factory.class"] = "org.apache.flink.metrics.prometheus.PrometheusReporterFactory";
        configuration["metrics.reporter.prom.port"] = "9249";
        configuration["kubernetes.operator.savepoint.history.max.count"] = "5";
        configuration["pipeline.max-parallelism"] = number % 2 == 0 ? "720" : "360";
        configuration["s3.endpoint.region"] = one.Cluster;
    }

    private static JsonObject PodTemplate(LargePipeline pipeline) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["annotations"] = new JsonObject { ["prometheus.io/scrape"] = "true", ["prometheus.io/port"] = "9249", ["vault.hashicorp.com/role"] = "flink-" + pipeline.Of.Team },
            ["labels"] = new JsonObject { ["team"] = pipeline.Of.Team, ["tier"] = Tiers[pipeline.Variety % Tiers.Length] },
        },
        ["spec"] = new JsonObject
        {
            ["containers"] = new JsonArray(new JsonObject
            {
                ["name"] = "flink-main-container",
                ["env"] = new JsonArray(
                    Variable("KAFKA_BROKERS", $"kafka-{pipeline.Variety % 4}.{pipeline.Of.Cluster}.example.com:9093"), Variable("SCHEMA_REGISTRY", $"https://schemas.{pipeline.Of.Cluster}.example.com"),
                    Variable("ENVIRONMENT", "production"), Variable("OTEL_SERVICE_NAME", pipeline.Of.Name)),
                ["envFrom"] = new JsonArray(new JsonObject { ["secretRef"] = new JsonObject { ["name"] = pipeline.Of.Team + "-kafka" } }),
                ["volumeMounts"] = new JsonArray(new JsonObject { ["name"] = "rocksdb", ["mountPath"] = "/opt/flink/rocksdb" }),
            }),
            ["nodeSelector"] = new JsonObject { ["example.com/pool"] = pipeline.Variety % 6 == 0 ? "flink-highmem" : "flink" },
            ["tolerations"] = new JsonArray(new JsonObject { ["key"] = "dedicated", ["operator"] = "Equal", ["value"] = "flink", ["effect"] = "NoSchedule" }),
            ["volumes"] = new JsonArray(new JsonObject { ["name"] = "rocksdb", ["emptyDir"] = new JsonObject { ["sizeLimit"] = "40Gi" } }),
        },
    };

    private static JsonObject Variable(string name, string value) => new() { ["name"] = name, ["value"] = value };
}
