using Microsoft.AspNetCore.Mvc;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Api;

/// <summary>A pipeline's address as it stands in a URL.</summary>
public readonly record struct PipelineAddress(
    [property: FromRoute(Name = "cluster")] string Cluster,
    [property: FromRoute(Name = "namespace")] string Namespace,
    [property: FromRoute(Name = "name")] string Name,
    [property: FromQuery(Name = "resource")] string? Resource)
{
    /// <exception cref="BadHttpRequestException">The resource is neither of the two.</exception>
    public PipelineKey Key => new(Cluster, Namespace, Name, Parse(Resource));

    public static FlinkResource Parse(string? resource) => resource switch
    {
        null or "" or "deployment" => FlinkResource.Deployment,
        "session-job" => FlinkResource.SessionJob,
        _ => throw new BadHttpRequestException("resource is 'deployment' (also when left out) or 'session-job'."),
    };

    /// <summary>Reads <c>cluster/namespace/name</c>.</summary>
    public static PipelineKey ParsePath(string path, string? resource) => path.Split('/') is [{ Length: > 0 } cluster, { Length: > 0 } ns, { Length: > 0 } name]
        ? new(cluster, ns, name, Parse(resource))
        : throw new BadHttpRequestException("pipeline is written as cluster/namespace/name.");
}
