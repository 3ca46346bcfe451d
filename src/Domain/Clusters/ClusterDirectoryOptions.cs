using System.Text.Json;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Clusters;

/// <summary>What the cluster directory works with.</summary>
public sealed class ClusterDirectoryOptions
{
    /// <summary>Reads a FlinkDeployment or FlinkSessionJob into its record.</summary>
    public Func<JsonElement, FlinkResource, FlinkResourceRecord?> Read { get; init; } = FlinkResourceReader.Read;

    /// <summary>How kubeconfigs are read, and which credential plugins may be run.</summary>
    public KubeconfigOptions Kubeconfig { get; init; } = new();

    /// <summary>The times that watches work by.</summary>
    public ReflectorOptions Reflector { get; init; } = new();

    /// <summary>How it is noticed that a server does not answer any more.</summary>
    public PulseOptions Pulse { get; init; } = new();

    /// <summary>How often it is looked again what a cluster is and can do, and a kubeconfig that was missing or wrong is read again.</summary>
    public TimeSpan ProbeEvery { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a trial connection may take: somebody waits for it.</summary>
    public TimeSpan TestLimit { get; init; } = TimeSpan.FromSeconds(20);

    internal TimeProvider Time => Kubeconfig.Time;
}
