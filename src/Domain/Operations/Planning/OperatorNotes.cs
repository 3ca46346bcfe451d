using System.Text.Json.Nodes;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;

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
    /// <param name="api">The cluster.</param>
    /// <param name="key">The pipeline.</param>
    /// <param name="uid">Only those about the object of this uid; null for all of its name, of objects that are gone too.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<IReadOnlyList<OperatorNote>?> ReadAsync(IKubernetesApi api, PipelineKey key, string? uid, CancellationToken cancellationToken)
    {
        try
        {
            return [.. (await OperatorEvents.ListAsync(api, key, cancellationToken)).Where(IsAbout).Select(Read).OfType<OperatorNote>()];
        }
        catch (KubernetesException)
        {
            // Events are comfort: without them the outcome says less.
            return null;
        }

        bool IsAbout(JsonObject e) => e.Map("involvedObject") is var about && (about.Text("kind") ?? key.KubernetesResource.Kind) == key.KubernetesResource.Kind && (uid is null || (about.Text("uid") ?? uid) == uid);
    }

    /// <summary>Those that are new or were said again since the given versions, oldest first.</summary>
    public static IReadOnlyList<OperatorNote> Since(IReadOnlyList<OperatorNote> notes, IReadOnlyDictionary<string, string> before) =>
        [.. notes.Where(n => before.GetValueOrDefault(n.Name) != n.Version).OrderBy(n => n.At)];

    private static OperatorNote? Read(JsonObject e) =>
        e.Text("reason") is { } reason && Reasons.Contains(reason) && e.Map("metadata").Text("name") is { } name
            ? new OperatorNote(name, e.Map("metadata").Text("resourceVersion") ?? "", reason, e.Text("message") ?? "", OperatorEvents.Time(e))
            : null;
}
