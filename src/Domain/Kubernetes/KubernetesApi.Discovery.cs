using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.Domain.Kubernetes;

public sealed partial class KubernetesApi
{
    private const string FlinkVersion = "v1beta1";
    private static readonly KubernetesResource SelfSubjectAccessReviews = new("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", false);

    private static readonly (KubernetesResource Resource, string Missing)[] FlinkKinds =
    [
        (KubernetesResource.FlinkDeployments, "FlinkDeployment is not installed: the cluster has no Flink operator, so there are no pipelines to manage. Install the operator's CRDs."),
        (KubernetesResource.FlinkSessionJobs, "FlinkSessionJob is not installed: jobs on session clusters cannot be managed."),
        (KubernetesResource.FlinkStateSnapshots, "FlinkStateSnapshot is not installed: savepoints are taken by nonce (operator before 1.10)."),
        (KubernetesResource.FlinkBlueGreenDeployments, "FlinkBlueGreenDeployment is not installed: blue-green upgrades are not offered (operator before 1.14)."),
    ];

    /// <inheritdoc/>
    public async Task<ClusterCapabilities> DiscoverAsync(CancellationToken cancellationToken)
    {
        var version = await ObjectAsync(new KubernetesRequest(HttpMethod.Get, "/version"), $"read the version of cluster {Cluster}", cancellationToken).ConfigureAwait(false);
        var served = await ServedAsync(cancellationToken).ConfigureAwait(false);
        var missing = new List<string>();
        if (served is null)
            missing.Add(await WhyNotServedAsync(cancellationToken).ConfigureAwait(false));
        else
            missing.AddRange(FlinkKinds.Where(k => !served.Contains(k.Resource.Kind)).Select(static k => k.Missing));
        var schemas = await SchemasAsync(served, missing, cancellationToken).ConfigureAwait(false);
        return new ClusterCapabilities(Text(version["gitVersion"]) ?? "unknown", served ?? [], schemas, missing) { Served = await VersionsAsync(served ?? [], cancellationToken).ConfigureAwait(false) };
    }

    /// <summary>Asks the server whether Sluice's own account may do something.</summary>
    /// <param name="verb">For example <c>watch</c>.</param>
    /// <param name="group">The API group; empty for the core group.</param>
    /// <param name="resource">The plural, with <c>/subresource</c> where it is about one.</param>
    /// <param name="ns">The namespace; null for all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<bool> MayAsync(string verb, string group, string resource, string? ns, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(resource);
        var parts = resource.Split('/', 2);
        var attributes = new JsonObject { ["verb"] = verb, ["group"] = group, ["resource"] = parts[0] };
        if (parts.Length > 1) attributes["subresource"] = parts[1];
        if (ns is not null) attributes["namespace"] = ns;
        var review = new JsonObject { ["apiVersion"] = "authorization.k8s.io/v1", ["kind"] = "SelfSubjectAccessReview", ["spec"] = new JsonObject { ["resourceAttributes"] = attributes } };
        var answer = await ObjectAsync(new KubernetesRequest(HttpMethod.Post, KubernetesPath.Of(SelfSubjectAccessReviews, null)) { Body = Bytes(review) }, $"ask cluster {Cluster} for Sluice's permissions", cancellationToken).ConfigureAwait(false);
        return answer["status"] is JsonObject status && status["allowed"] is JsonValue allowed && allowed.TryGetValue<bool>(out var yes) && yes;
    }

    // Null where the whole group is absent.
    private async Task<HashSet<string>?> ServedAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await KindsAsync(FlinkVersion, cancellationToken).ConfigureAwait(false);
        }
        catch (KubernetesException e) when (e.Error is KubernetesError.NotServed or KubernetesError.NotFound)
        {
            return null;
        }
    }

    private async Task<HashSet<string>> KindsAsync(string version, CancellationToken cancellationToken)
    {
        var list = await ObjectAsync(new KubernetesRequest(HttpMethod.Get, "/apis/flink.apache.org/" + version), $"read the Flink kinds of cluster {Cluster}", cancellationToken).ConfigureAwait(false);
        return list["resources"] is JsonArray resources
            ? [.. resources.OfType<JsonObject>().Where(static r => Text(r["name"])?.Contains('/', StringComparison.Ordinal) == false).Select(static r => Text(r["kind"])).OfType<string>()]
            : [];
    }

    // What Sluice does not use is shown all the same: it explains why an operator of another age finds nothing.
    private async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> VersionsAsync(HashSet<string> known, CancellationToken cancellationToken)
    {
        var served = known.ToDictionary(static k => k, static _ => new List<string> { FlinkVersion });
        foreach (var version in await OtherVersionsAsync(cancellationToken).ConfigureAwait(false))
            foreach (var kind in await KindsAsync(version, cancellationToken).ConfigureAwait(false))
                if (served.TryGetValue(kind, out var versions)) versions.Add(version);
                else served[kind] = [version];
        return served.ToDictionary(static s => s.Key, static s => (IReadOnlyList<string>)s.Value);
    }

    private async Task<IReadOnlyList<string>> OtherVersionsAsync(CancellationToken cancellationToken)
    {
        try
        {
            var group = await ObjectAsync(new KubernetesRequest(HttpMethod.Get, "/apis/flink.apache.org"), $"read the Flink API versions of cluster {Cluster}", cancellationToken).ConfigureAwait(false);
            return group["versions"] is JsonArray list ? [.. list.OfType<JsonObject>().Select(static v => Text(v["version"])).OfType<string>().Where(static v => v != FlinkVersion && KubernetesPath.IsLabel(v)).Take(8)] : [];
        }
        catch (KubernetesException e) when (e.Error is KubernetesError.NotServed or KubernetesError.NotFound or KubernetesError.Forbidden)
        {
            return [];
        }
    }

    private async Task<string> WhyNotServedAsync(CancellationToken cancellationToken)
    {
        var versions = string.Join(", ", await OtherVersionsAsync(cancellationToken).ConfigureAwait(false));
        if (versions.Length > 0) return $"The cluster serves flink.apache.org only as {versions}; Sluice knows {FlinkVersion}. Sluice or the operator is too old for the other.";
        return FlinkKinds[0].Missing;
    }

    private async Task<IReadOnlyDictionary<string, JsonObject>> SchemasAsync(HashSet<string>? served, List<string> missing, CancellationToken cancellationToken)
    {
        var schemas = ImmutableDictionary.CreateBuilder<string, JsonObject>();
        foreach (var (resource, _) in FlinkKinds.Where(k => served?.Contains(k.Resource.Kind) == true))
        {
            try
            {
                var crd = await GetAsync(KubernetesResource.CustomResourceDefinitions, null, $"{resource.Plural}.{resource.Group}", cancellationToken).ConfigureAwait(false);
                if (Schema(crd, resource.Version) is { } schema) schemas[resource.Kind] = schema;
            }
            catch (KubernetesException e) when (e.Error is KubernetesError.Forbidden or KubernetesError.NotFound or KubernetesError.NotServed)
            {
                missing.Add("The CRDs cannot be read (get on customresourcedefinitions): misspelt fields in a spec are found only where the server itself refuses them.");
                break;
            }
        }

        return schemas.ToImmutable();
    }

    private static JsonObject? Schema(JsonObject crd, string version) =>
        ((crd["spec"] as JsonObject)?["versions"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(v => Text(v["name"]) == version)?["schema"] is JsonObject schema
            ? (schema["openAPIV3Schema"] as JsonObject)?.DeepClone() as JsonObject
            : null;

    private static string? Text(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
}
