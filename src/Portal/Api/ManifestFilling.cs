using System.Text.Json.Nodes;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;

namespace Sluice.Portal.Api;

/// <summary>Fills a manifest with the organisation's defaults as the register page does it. What runs already is not filled again: its defaults were chosen when it was registered.</summary>
public sealed class ManifestFilling(IClusterDirectory clusters, IPipelineStore store, OrganisationDefaults defaults)
{
    /// <summary>Looks at what is on the cluster and fills the manifest accordingly.</summary>
    public async Task<FilledManifest> FillAsync(string cluster, string? team, string manifest, CancellationToken cancellationToken)
    {
        var document = ManifestYaml.Parse(manifest);
        var previous = await PreviousAsync(cluster, document.Root, cancellationToken);
        return await FillAsync(cluster, team, manifest, document, previous, cancellationToken);
    }

    /// <summary>Fills a manifest that is to be new.</summary>
    public Task<FilledManifest> FillNewAsync(string cluster, string? team, string manifest, CancellationToken cancellationToken) =>
        FillAsync(cluster, team, manifest, ManifestYaml.Parse(manifest), null, cancellationToken);

    /// <summary>The address that a manifest is for; false where a part is missing.</summary>
    public static bool TryKey(string cluster, JsonObject manifest, out PipelineKey key)
    {
        var metadata = manifest["metadata"] as JsonObject;
        FlinkResource? resource = Text(manifest, "kind") switch { "FlinkDeployment" => FlinkResource.Deployment, "FlinkSessionJob" => FlinkResource.SessionJob, _ => null };
        key = new(cluster, Text(metadata, "namespace") ?? "", Text(metadata, "name") ?? "", resource ?? FlinkResource.Deployment);
        return resource is not null && key.Namespace.Length > 0 && key.Name.Length > 0;
    }

    private async Task<FilledManifest> FillAsync(string cluster, string? team, string text, ManifestDocument document, JsonObject? previous, CancellationToken cancellationToken)
    {
        var status = clusters.All.FirstOrDefault(c => c.Name == cluster) ?? throw new NoSuchPipelineException($"No cluster named {cluster} is configured.");
        var owner = string.IsNullOrEmpty(team) ? await OwnerAsync(cluster, Text(document.Root["metadata"] as JsonObject, "namespace"), cancellationToken) : team;
        var effective = EffectiveSpec.Compute(document.Root, previous is null ? defaults : OrganisationDefaults.None, new(owner, cluster, status.OperatorVersion));
        var input = new SpecValidationInput(effective.Manifest)
        {
            Schema = Text(document.Root, "kind") is { } kind ? status.Capabilities?.Schemas.GetValueOrDefault(kind) : null,
            Previous = previous,
            Ambiguous = document.Ambiguous,
        };
        return new(text, document, effective, input, status.OperatorVersion);
    }

    private async Task<JsonObject?> PreviousAsync(string cluster, JsonObject manifest, CancellationToken cancellationToken)
    {
        if (!TryKey(cluster, manifest, out var key) || clusters.Api(cluster) is not { } api) return null;
        try
        {
            return await api.GetAsync(key.KubernetesResource, key.Namespace, key.Name, cancellationToken);
        }
        catch (KubernetesException)
        {
            // Not there, or not to be read now: then it is checked as a new one. The dry run says what the cluster thinks.
            return null;
        }
    }

    private async Task<string> OwnerAsync(string cluster, string? ns, CancellationToken cancellationToken) => ns is null
        ? ""
        : (await store.TeamsAsync(cancellationToken)).FirstOrDefault(t => t.Namespaces.Contains(new(cluster, ns)))?.Name ?? "";

    private static string? Text(JsonObject? of, string name) => of?[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}

/// <summary>A manifest with what it is filled with.</summary>
/// <param name="Text">As it was sent to us.</param>
/// <param name="Document">As it was read.</param>
/// <param name="Effective">With the defaults.</param>
/// <param name="Input">What is checked.</param>
/// <param name="OperatorVersion">The cluster's operator, where it is known.</param>
public sealed record FilledManifest(string Text, ManifestDocument Document, EffectiveSpec Effective, SpecValidationInput Input, string? OperatorVersion)
{
    /// <summary>The manifest to send: the text, comments and all, with the defaults.</summary>
    public string EffectiveText => ManifestEditor.Apply(Text, Effective.Manifest);
}
