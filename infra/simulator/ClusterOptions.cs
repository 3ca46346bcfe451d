using Sluice.Simulator.ApiServer;

namespace Sluice.Simulator;

/// <summary>What one simulated cluster is.</summary>
internal sealed record ClusterOptions(string Name, OperatorVersion Operator)
{
    public string KubernetesVersion { get; init; } = "v1.33.2";
    public bool Webhook { get; init; }
    public int Port { get; init; }

    /// <summary>How often the operator looks at a resource, and how often while something is on its way.</summary>
    public TimeSpan ReconcileInterval { get; init; } = TimeSpan.FromSeconds(15);
    public TimeSpan ProgressInterval { get; init; } = TimeSpan.FromSeconds(5);
}
