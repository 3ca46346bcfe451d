using System.Text.Json.Nodes;
using Sluice.Bench.Rig;
using Sluice.Testing.Processes;

namespace Sluice.Bench.Load;

/// <summary>A pipeline that stands on somebody's screen.</summary>
internal sealed record Target(string Cluster, string Namespace, string Name);

/// <summary>Writes to the clusters as the operator does: a patch of the resource's state.</summary>
internal sealed class ClusterWriter : IDisposable
{
    private readonly Dictionary<string, HttpClient> _clients = [];

    public ClusterWriter(SimulatorProcess simulator)
    {
        foreach (var cluster in simulator.Clusters())
        {
            var client = Simulator.Client(simulator, new Uri((string)cluster!["server"]!));
            client.DefaultRequestHeaders.Authorization = new("Bearer", (string)cluster["token"]!);
            _clients[(string)cluster["name"]!] = client;
        }
    }

    /// <summary>True where the pipeline runs and nothing is wrong with it: then a failure's words are what a page shows of it.</summary>
    public async Task<bool> RunsAsync(Target target)
    {
        var resource = JsonNode.Parse(await _clients[target.Cluster].GetStringAsync(Path(target)))!;
        return (string?)resource["status"]?["jobStatus"]?["state"] == "RUNNING" && (string?)resource["status"]?["error"] is null or ""
            && (string?)resource["status"]?["reconciliationStatus"]?["state"] == "DEPLOYED" && resource["status"]?["jobManagerDeploymentStatus"]?.ToString() == "READY";
    }

    /// <summary>The job has failed, and the reason holds the mark.</summary>
    public async Task MarkAsync(Target target, int mark)
    {
        var error = new JsonObject { ["type"] = "org.apache.flink.util.FlinkException", ["message"] = $"mark-{mark}- the job failed" };
        var body = new JsonObject { ["status"] = new JsonObject { ["jobStatus"] = new JsonObject { ["state"] = "FAILED" }, ["error"] = error.ToJsonString() } };
        using var content = new StringContent(body.ToJsonString(), null, "application/merge-patch+json");
        using var answer = await _clients[target.Cluster].PatchAsync(Path(target) + "/status", content);
        answer.EnsureSuccessStatusCode();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var client in _clients.Values) client.Dispose();
    }

    private static string Path(Target target) => $"apis/flink.apache.org/v1beta1/namespaces/{target.Namespace}/flinkdeployments/{target.Name}";
}
