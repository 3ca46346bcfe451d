namespace Sluice.Domain.Clusters;

/// <summary>How a server that stopped answering is noticed: an open watch on it just stays silent.</summary>
public sealed record PulseOptions
{
    /// <summary>How long after an answer it is asked again; after a failure half as long.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long an answer may take.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long there may be no answer until nothing counts as fresh any more; one late answer alone is no reason.</summary>
    public TimeSpan After { get; init; } = TimeSpan.FromSeconds(5);
}
