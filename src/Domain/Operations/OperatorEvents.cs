using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations;

/// <summary>What the operator says in events, which is all it says while a stop with savepoint blocks it.</summary>
internal static class OperatorEvents
{
    private static readonly string[] Components = ["Operator", "JobManagerDeployment", "Job", "Snapshot"];

    /// <summary>The newest message of the operator about the pipeline since a time, or null.</summary>
    public static async Task<string?> NewestAsync(StepContext context, DateTimeOffset since, CancellationToken cancellationToken, string? reason = null, string? containing = null)
    {
        var key = context.Pipeline;
        var newest = (await ListAsync(context.Api, key, cancellationToken))
            .Where(e => e.Map("source").Text("component") is { } component && Components.Contains(component) && (reason is null || e.Text("reason") == reason))
            .Select(e => (At: Time(e), Message: $"{e.Text("reason")}: {e.Text("message")}"))
            // Events carry whole seconds.
            .Where(e => e.At is { } at && at >= since - TimeSpan.FromSeconds(1) && (containing is null || e.Message.Contains(containing, StringComparison.Ordinal)))
            .OrderByDescending(e => e.At)
            .FirstOrDefault();
        if (newest.Message is null) return null;
        if (context.Step.Evidence.All(e => e.Source != "event" || e.Text != newest.Message)) await context.NoteAsync("event", newest.Message, cancellationToken);
        return newest.Message;
    }

    /// <summary>All events about what has the pipeline's name.</summary>
    public static async Task<IReadOnlyList<JsonObject>> ListAsync(IKubernetesApi api, PipelineKey key, CancellationToken cancellationToken) =>
        (await api.ListAsync(KubernetesResource.Events, key.Namespace, new KubernetesListQuery(FieldSelector: $"involvedObject.name={key.Name}"), cancellationToken)).Items;

    /// <summary>When an event was said last, in whole seconds of the cluster's clock.</summary>
    public static DateTimeOffset? Time(JsonObject e) =>
        DateTimeOffset.TryParse(e.Text("lastTimestamp") ?? e.Text("eventTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;
}
