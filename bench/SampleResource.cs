using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.Bench;

/// <summary>FlinkDeployments as an operator leaves them: the spec stands in them three times, twice as a JSON text, with managed fields beside it.</summary>
internal static class SampleResource
{
    public static byte[] Bytes(int number)
    {
        var spec = new JsonObject
        {
            ["image"] = $"registry.example/team-{number % 40}/pipeline:{number % 300}",
            ["flinkVersion"] = "v1_20",
            ["serviceAccount"] = "flink",
            ["flinkConfiguration"] = new JsonObject(Enumerable.Range(0, 30).Select(i => KeyValuePair.Create<string, JsonNode?>($"some.flink.option.number-{i}", $"value {i} of pipeline {number}"))),
            ["jobManager"] = new JsonObject { ["resource"] = new JsonObject { ["memory"] = "2g", ["cpu"] = 1 } },
            ["taskManager"] = new JsonObject { ["resource"] = new JsonObject { ["memory"] = "4g", ["cpu"] = 2 } },
            ["job"] = new JsonObject { ["jarURI"] = "local:///opt/flink/usrlib/job.jar", ["entryClass"] = "example.Main", ["args"] = new JsonArray("--topic", $"topic-{number}"), ["parallelism"] = number % 64 + 1, ["upgradeMode"] = "savepoint", ["state"] = "running" },
        };
        var reconciled = new JsonObject { ["spec"] = spec.DeepClone(), ["resource_metadata"] = new JsonObject { ["apiVersion"] = "flink.apache.org/v1beta1", ["firstDeployment"] = false } }.ToJsonString();
        var resource = new JsonObject
        {
            ["apiVersion"] = "flink.apache.org/v1beta1",
            ["kind"] = "FlinkDeployment",
            ["metadata"] = new JsonObject
            {
                ["name"] = $"pipeline-{number}",
                ["namespace"] = $"team-{number % 40}",
                ["uid"] = $"00000000-0000-0000-0000-{number:000000000000}",
                ["resourceVersion"] = $"{1_000_000 + number}",
                ["generation"] = 3,
                ["labels"] = new JsonObject { ["team"] = $"team-{number % 40}" },
                ["managedFields"] = new JsonArray(new JsonObject { ["manager"] = "kubectl", ["fieldsV1"] = spec.DeepClone() }),
            },
            ["spec"] = spec,
            ["status"] = new JsonObject
            {
                ["lifecycleState"] = "STABLE",
                ["observedGeneration"] = 3,
                ["jobManagerDeploymentStatus"] = "READY",
                ["jobStatus"] = new JsonObject { ["state"] = "RUNNING", ["jobId"] = $"{number:x32}", ["jobName"] = $"pipeline-{number}", ["startTime"] = "1795262650557" },
                ["reconciliationStatus"] = new JsonObject { ["state"] = "DEPLOYED", ["reconciliationTimestamp"] = 1795262650557, ["lastReconciledSpec"] = reconciled, ["lastStableSpec"] = reconciled },
            },
        };
        return JsonSerializer.SerializeToUtf8Bytes(resource);
    }
}
