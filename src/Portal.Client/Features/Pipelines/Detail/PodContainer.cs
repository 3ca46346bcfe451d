using System.Text.Json.Nodes;

namespace Sluice.Portal.Client.Features.Pipelines.Detail;

/// <summary>A container whose log can be read.</summary>
/// <param name="Pod">The pod's name.</param>
/// <param name="Container">The container's name.</param>
/// <param name="Text">How the choice is called.</param>
public sealed record PodContainer(string Pod, string Container, string Text)
{
    /// <summary>The value of the choice.</summary>
    public string Id => $"{Pod}/{Container}";

    /// <summary>All containers of the pods: JobManagers first, Flink's own container before its helpers.</summary>
    public static IReadOnlyList<PodContainer> Of(IEnumerable<JsonObject> pods) =>
    [
        .. pods.SelectMany(pod =>
            {
                var name = (string?)pod["metadata"]?["name"] ?? "";
                var component = (string?)pod["metadata"]?["labels"]?["component"] ?? "pod";
                var phase = (string?)pod["status"]?["phase"] ?? "unknown";
                var containers = (pod["spec"]?["initContainers"] as JsonArray ?? []).Concat(pod["spec"]?["containers"] as JsonArray ?? []);
                return containers.Select(c => (string?)c?["name"]).OfType<string>().Select(c => (Component: component, Container: new PodContainer(name, c, $"{name}{(c == "flink-main-container" ? "" : $" / {c}")} ({component}, {phase.ToLowerInvariant()})")));
            })
            .OrderBy(x => x.Component == "jobmanager" ? 0 : 1).ThenBy(x => x.Container.Pod, StringComparer.Ordinal).ThenBy(x => x.Container.Container == "flink-main-container" ? 0 : 1)
            .Select(x => x.Container),
    ];
}
