using System.Globalization;
using System.Text.Json.Nodes;

namespace Sluice.Domain.Diagnosis;

/// <summary>Reads pods and events as an API server sends them; what is absent or of another type is not there.</summary>
internal static class KubernetesFacts
{
    private const string MainContainer = "flink-main-container";

    public static PodFact Pod(JsonObject pod)
    {
        var (metadata, status) = (pod["metadata"], pod["status"]);
        var conditions = Objects(status?["conditions"]).ToList();
        var unscheduled = conditions.FirstOrDefault(static c => Text(c["type"]) == "PodScheduled" && Text(c["status"]) == "False");
        var containers = Objects(status?["initContainerStatuses"]).Concat(Objects(status?["containerStatuses"])).ToList();
        var waiting = containers.Select(static c => c["state"]?["waiting"] as JsonObject).FirstOrDefault(static w => w is not null);
        var ended = containers.Select(static c => (c["state"]?["terminated"] ?? c["lastState"]?["terminated"]) as JsonObject).LastOrDefault(static t => t is not null);
        var main = Objects(pod["spec"]?["containers"]).FirstOrDefault(static c => Text(c["name"]) == MainContainer) ?? Objects(pod["spec"]?["containers"]).FirstOrDefault();
        return new PodFact(
            Text(metadata?["name"]) ?? "", Text(metadata?["labels"]?["component"]) == "jobmanager", Text(status?["phase"]) ?? "Unknown",
            conditions.Any(static c => Text(c["type"]) == "Ready" && Text(c["status"]) == "True"), Time(metadata?["creationTimestamp"]),
            unscheduled is null ? null : Text(unscheduled["message"]) ?? Text(unscheduled["reason"]) ?? "not scheduled",
            Text(waiting?["reason"]), Text(waiting?["message"]), Text(ended?["reason"]), Time(ended?["finishedAt"]), (int?)Number(ended?["exitCode"]),
            (int)containers.Sum(static c => Number(c["restartCount"]) ?? 0), Text(main?["image"]));
    }

    public static EventFact Event(JsonObject e) => new(
        Time(e["lastTimestamp"]) ?? Time(e["series"]?["lastObservedTime"]) ?? Time(e["eventTime"]) ?? Time(e["firstTimestamp"]),
        Text(e["type"]) == "Warning", Text(e["reason"]) ?? "", Text(e["message"]) ?? "",
        Text(e["involvedObject"]?["kind"]) ?? "", Text(e["involvedObject"]?["name"]) ?? "", (int)Math.Clamp(Number(e["count"]) ?? 1, 1, int.MaxValue));

    public static IReadOnlyList<string> Finalizers(JsonObject resource) =>
        resource["metadata"]?["finalizers"] is JsonArray list ? [.. list.Select(Text).OfType<string>()] : [];

    private static IEnumerable<JsonObject> Objects(JsonNode? node) => node is JsonArray list ? list.OfType<JsonObject>() : [];

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;

    private static long? Number(JsonNode? node) => node is JsonValue value && value.TryGetValue<long>(out var number) ? number : null;

    private static DateTimeOffset? Time(JsonNode? node) =>
        Text(node) is { } text && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
