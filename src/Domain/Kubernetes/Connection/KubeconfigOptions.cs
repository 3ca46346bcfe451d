namespace Sluice.Domain.Kubernetes;

/// <summary>What reading a kubeconfig depends on, apart from the files themselves.</summary>
public sealed class KubeconfigOptions
{
    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// The credential plugins (<c>users[].user.exec.command</c>) that may be run, as absolute paths. Empty by default: a kubeconfig that names a
    /// command would otherwise be code that Sluice runs.
    /// </summary>
    public IReadOnlyCollection<string> AllowedPlugins { get; init; } = [];

    /// <summary>How long a credential plugin may take.</summary>
    public TimeSpan PluginTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Environment variables.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;
}
