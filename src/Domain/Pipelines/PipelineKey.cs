using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Pipelines;

/// <summary>Which of the operator's kinds runs a pipeline.</summary>
public enum FlinkResource
{
    /// <summary>A FlinkDeployment: an application, or a session cluster.</summary>
    Deployment,

    /// <summary>A FlinkSessionJob.</summary>
    SessionJob,
}

/// <summary>The address of a pipeline: where its custom resource is. The URL of its page is made of it.</summary>
/// <param name="Cluster">The cluster's name in Sluice.</param>
/// <param name="Namespace">The namespace.</param>
/// <param name="Name">The custom resource's name.</param>
/// <param name="Resource">The kind of the custom resource: two kinds may use one name.</param>
public readonly record struct PipelineKey(string Cluster, string Namespace, string Name, FlinkResource Resource = FlinkResource.Deployment)
{
    /// <summary>The custom resource's kind.</summary>
    public KubernetesResource KubernetesResource => Resource == FlinkResource.Deployment ? KubernetesResource.FlinkDeployments : KubernetesResource.FlinkSessionJobs;

    /// <summary>The path of the pipeline's page and, below <c>/api/v1</c>, of its API.</summary>
    public string Path => Resource == FlinkResource.Deployment ? $"/pipelines/{Cluster}/{Namespace}/{Name}" : $"/pipelines/{Cluster}/{Namespace}/{Name}?resource=session-job";

    /// <inheritdoc/>
    public override string ToString() => Resource == FlinkResource.Deployment ? $"{Cluster}/{Namespace}/{Name}" : $"{Cluster}/{Namespace}/{Name} (session job)";
}
