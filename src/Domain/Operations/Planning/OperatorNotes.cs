using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations.Planning;

/// <summary>One of the operator's events about a pipeline.</summary>
/// <param name="Name">The event object's name; the same text again keeps it.</param>
/// <param name="Version">Its resource version: another one means that it was said again.</param>
/// <param name="Reason">For example <c>SpecChanged</c>.</param>
/// <param name="Message">What it says.</param>
/// <param name="At">When it was said last, in whole seconds of the cluster's clock.</param>
internal sealed record OperatorNote(string Name, string Version, string Reason, string Message, DateTimeOffset? At)
{
    /// <summary>UPGRADE of <c>UPGRADE change(s) detected …</c>; null for any other event.</summary>
    public string? Term => Reason == "SpecChanged" && Message.IndexOf(" change(s) detected", StringComparison.Ordinal) is > 0 and var end ? Message[..end] : null;
}

/// <summary>The operator's events about a pipeline.</summary>
internal static class OperatorNotes
{
    private static readonly string[] Reasons = ["SpecChanged", "Suspended", "Scaling", "Submit"];

    /// <summary>All that there are; null where they cannot be read.</summary>
    public static async Task<IReadOnlyList<OperatorNote>?> ReadAsync(IKubernetesApi api, PipelineKey key, CancellationToken cancellationToken)
    {
        try
        {
            var list = await api.ListAsync(KubernetesResource.Events, key.Namespace, new KubernetesListQuery(FieldSelector: $"involvedObject.name={key.Name}"), cancellationToken);
            return [.. list.Items.Where(e => Text(e["involvedObject"]?["kind"]) is null || Text(e["involvedObject"]?["kind"]) == key.KubernetesResource.Kind).Select(Read).OfType<OperatorNote>()];
        }
        catch (KubernetesException)
        {
            // Events are comfort: without them the outcome says less.
            return null;
        }
    }

    /// <summary>Those that are new or were said again since the given versions, oldest first.</summary>
    public static IReadOnlyList<OperatorNote> Since(IReadOnlyList<OperatorNote> notes, IReadOnlyDictionary<string, string> before) =>
        [.. notes.Where(n => before.GetValueOrDefault(n.Name) != n.Version).OrderBy(n => n.At)];

    private static OperatorNote? Read(JsonObject e) =>
        Text(e["reason"]) is { } reason && Reasons.Contains(reason) && Text(e["metadata"]?["name"]) is { } name
            ? new OperatorNote(name, Text(e["metadata"]?["resourceVersion"]) ?? "", reason, Text(e["message"]) ?? "", Time(e))
            : null;

    private static DateTimeOffset? Time(JsonObject e) =>
        DateTimeOffset.TryParse(Text(e["lastTimestamp"]) ?? Text(e["eventTime"]), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
