namespace Sluice.Domain.Kubernetes;

/// <summary>How leadership is held: client-go's times.</summary>
/// <param name="Namespace">Where the Lease is.</param>
/// <param name="Name">Its name.</param>
/// <param name="Identity">Who this process is; different for every process.</param>
public sealed record LeaseSettings(string Namespace, string Name, string Identity)
{
    /// <summary>How long others wait after they last saw the record change.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long after the last success leadership is given up.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often it is tried.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);
}
