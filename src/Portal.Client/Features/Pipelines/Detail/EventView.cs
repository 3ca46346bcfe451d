using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Domain.Access;

namespace Sluice.Portal.Client.Features.Pipelines.Detail;

/// <summary>A Kubernetes event as a line of a table.</summary>
/// <param name="Key">Its uid.</param>
/// <param name="At">When it was seen last.</param>
/// <param name="Warning">True for warnings.</param>
/// <param name="Reason">Its reason, one word.</param>
/// <param name="Message">What it says, without secrets.</param>
/// <param name="About">Kind and name of its object.</param>
/// <param name="Count">How often.</param>
public sealed record EventView(string Key, DateTimeOffset? At, bool Warning, string Reason, string Message, string About, long Count)
{
    /// <summary>The events about a deployment: about the resource itself and about everything whose name begins with its own, as Flink names pods and services.</summary>
    public static IReadOnlyList<EventView> Of(IEnumerable<JsonObject> events, string name) =>
    [
        .. events
            .Where(e => Text(e["involvedObject"], "name") is { } about && (about == name || about.StartsWith(name + "-", StringComparison.Ordinal)))
            .Select(Read)
            .OrderByDescending(e => e.At),
    ];

    private static EventView Read(JsonObject e)
    {
        // Either form of the events API may leave its own times null.
        var at = Time(e["series"], "lastObservedTime") ?? Time(e, "lastTimestamp") ?? Time(e, "eventTime") ?? Time(e["metadata"], "creationTimestamp");
        return new EventView(
            Text(e["metadata"], "uid") ?? Text(e["metadata"], "name") ?? "",
            at,
            Text(e, "type") == "Warning",
            Text(e, "reason") ?? "",
            Redactor.Redact(Text(e, "message") ?? ""),
            $"{Text(e["involvedObject"], "kind")} {Text(e["involvedObject"], "name")}",
            Number(e["series"], "count") ?? Number(e, "count") ?? 1);
    }

    private static string? Text(JsonNode? node, string name) => node is JsonObject o && o[name] is JsonValue v && v.TryGetValue<string>(out var text) ? text : null;

    private static long? Number(JsonNode? node, string name) => node is JsonObject o && o[name] is JsonValue v && v.TryGetValue<long>(out var number) ? number : null;

    private static DateTimeOffset? Time(JsonNode? node, string name) =>
        DateTimeOffset.TryParse(Text(node, name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;
}
