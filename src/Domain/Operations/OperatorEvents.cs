using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Operations;

/// <summary>What the operator says in events, which is all it says while a stop with savepoint blocks it.</summary>
internal static class OperatorEvents
{
    private static readonly string[] Components = ["Operator", "JobManagerDeployment", "Job", "Snapshot"];

    /// <summary>The newest message of the operator about the pipeline since a time, or null.</summary>
    public static async Task<string?> NewestAsync(StepContext context, DateTimeOffset since, CancellationToken cancellationToken, string? reason = null, string? containing = null)
    {
        var key = context.Operation.Pipeline;
        var list = await context.Api.ListAsync(KubernetesResource.Events, key.Namespace, new KubernetesListQuery(FieldSelector: $"involvedObject.name={key.Name}"), cancellationToken);
        var newest = list.Items
            .Where(e => Text(e["source"]?["component"]) is { } component && Components.Contains(component) && (reason is null || Text(e["reason"]) == reason))
            .Select(e => (At: Time(e), Message: $"{Text(e["reason"])}: {Text(e["message"])}"))
            // Events carry whole seconds.
            .Where(e => e.At is { } at && at >= since - TimeSpan.FromSeconds(1) && (containing is null || e.Message.Contains(containing, StringComparison.Ordinal)))
            .OrderByDescending(e => e.At)
            .FirstOrDefault();
        if (newest.Message is null) return null;
        if (context.Step.Evidence.All(e => e.Source != "event" || e.Text != newest.Message)) await context.NoteAsync("event", newest.Message, cancellationToken);
        return newest.Message;
    }

    private static DateTimeOffset? Time(JsonObject e) =>
        DateTimeOffset.TryParse(Text(e["lastTimestamp"]) ?? Text(e["eventTime"]), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
