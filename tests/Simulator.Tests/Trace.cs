using System.Text.Json.Nodes;
using Sluice.Testing;

namespace Sluice.Simulator.Tests;

/// <summary>What a real operator wrote, as recorded, and the form in which it is compared.</summary>
internal sealed class Trace(string version)
{
    private readonly List<JsonObject> _resources = Read(version, "resources.jsonl");
    private readonly List<JsonObject> _events = Read(version, "events.jsonl");

    public JsonNode Created(string name) => _resources.First(r => r["name"]!.ToString() == name && r["type"]!.ToString() == "ADDED")["object"]!;

    public List<string> States(string name) => States(_resources.Where(r => r["name"]!.ToString() == name).Select(r => r["object"]!.AsObject()));

    public List<string> SnapshotStates(string name) => SnapshotStates(_resources.Where(r => r["name"]!.ToString() == name).Select(r => r["object"]!.AsObject()));

    /// <summary>The events of the walk; those from before it were listed first, and are older than the first resource.</summary>
    public List<(string Reason, string Message)> Events(string name)
    {
        var start = _resources[0]["object"]!["metadata"]!["creationTimestamp"]!.ToString();
        return [.. _events.Where(e => e["name"]!.ToString() == name && e["kind"]!.ToString().StartsWith("Flink", StringComparison.Ordinal)
            && string.CompareOrdinal(e["first"]!.ToString(), start) >= 0).Select(e => (e["reason"]!.ToString(), e["message"]!.ToString()))];
    }

    /// <summary>
    /// The states in their order, each once. Left out is what a real cluster shows or not as the looks happen to fall:
    /// a job that is being created, and the moments in which an old deployment is still in the way of the new one.
    /// </summary>
    public static List<string> States(IEnumerable<JsonObject> versions)
    {
        var states = new List<string>();
        foreach (var status in versions.Select(v => v["status"]).OfType<JsonObject>())
        {
            if (status["lifecycleState"]?.ToString() is not { } lifecycle) continue;
            var (jobManager, job) = (status["jobManagerDeploymentStatus"]?.ToString() ?? "-", status["jobStatus"]?["state"]?.ToString() ?? "-");
            var error = status["error"]?.ToString() ?? "";
            if (job is "CREATED" or "INITIALIZING" || jobManager == "READY" && job == "RECONCILING") continue;
            if (error.Contains("Could not create Kubernetes cluster", StringComparison.Ordinal)) continue;
            if (jobManager == "ERROR" && error.Contains("ImagePullBackOff", StringComparison.Ordinal)) continue;
            if (jobManager == "DEPLOYED_NOT_READY" && error.Contains("ImagePullBackOff", StringComparison.Ordinal)) error = "";
            var type = error.Length == 0 ? "-" : JsonNode.Parse(Closed(error))?["type"]?.ToString().Split('.')[^1] ?? error;
            var state = $"{lifecycle} {jobManager} {job} {status["reconciliationStatus"]!["state"]} {type}";
            if (states.Count == 0 || states[^1] != state) states.Add(state);
        }
        return states;
    }

    public static List<string> SnapshotStates(IEnumerable<JsonObject> versions)
    {
        var states = new List<string>();
        foreach (var state in versions.Select(v => v["status"]?["state"]?.ToString() ?? "-"))
            if (states.Count == 0 || states[^1] != state) states.Add(state);
        return states;
    }

    /// <summary>Errors are cut at 2048 characters, in the middle of their JSON.</summary>
    private static string Closed(string error)
    {
        try
        {
            JsonNode.Parse(error);
            return error;
        }
        catch (System.Text.Json.JsonException)
        {
            return error[..error.IndexOf("\",\"message\"", StringComparison.Ordinal)] + "\"}";
        }
    }

    private static List<JsonObject> Read(string version, string file) =>
        [.. File.ReadLines(SharedFolder.Require("operator", "traces", version, file)).Select(l => JsonNode.Parse(l)!.AsObject())];
}
