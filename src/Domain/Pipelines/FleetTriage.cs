namespace Sluice.Domain.Pipelines;

/// <summary>What rows can have in common besides their cause.</summary>
public enum TriageTrait
{
    /// <summary>The cluster.</summary>
    Cluster,

    /// <summary>The owning team.</summary>
    Team,

    /// <summary>The namespace.</summary>
    Namespace,

    /// <summary>The image, without its digest.</summary>
    Image,

    /// <summary>The Flink version, as the resource writes it.</summary>
    Flink,

    /// <summary>The node that their waiting pods are on.</summary>
    Node,
}

/// <summary>Something that nearly all rows (most of them, for a node) of a cause share and most of the fleet does not have.</summary>
/// <param name="Trait">What it is.</param>
/// <param name="Value">For example the cluster's name.</param>
/// <param name="Count">How many rows of the cause have it.</param>
public sealed record TriageShare(TriageTrait Trait, string Value, int Count);

/// <summary>One cause and the rows that have it.</summary>
public sealed record TriageLine
{
    /// <summary>The cause.</summary>
    public required FleetCause Cause { get; init; }

    /// <summary>How many rows have it.</summary>
    public required int Count { get; init; }

    /// <summary>The worst health among them.</summary>
    public required HealthState Health { get; init; }

    /// <summary>True where the rows are old: their cluster cannot be reached.</summary>
    public bool Stale { get; init; }

    /// <summary>Since when: nine of ten rows have it since then or later, so that one that is broken for weeks does not hide what began a minute ago.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The most particular thing they share, where there is one.</summary>
    public TriageShare? Shared { get; init; }

    /// <summary>How many of them had their spec changed shortly before.</summary>
    public int AfterChange { get; init; }

    /// <summary>True where most of them had their spec changed shortly before.</summary>
    public bool IsAfterChange => Count > 0 && AfterChange * 10 >= Count * 7;

    /// <summary>What one of the rows says, in full.</summary>
    public string? Example { get; init; }
}

/// <summary>What is wrong in the fleet now, by cause, worst first. Made once for all pages.</summary>
/// <param name="Version">Of the snapshot it was made of.</param>
/// <param name="Wrong">How many rows have a cause.</param>
/// <param name="Lines">The causes.</param>
public sealed record FleetTriage(long Version, int Wrong, IReadOnlyList<TriageLine> Lines)
{
    /// <summary>Nothing is wrong.</summary>
    public static readonly FleetTriage Nothing = new(0, 0, []);
}
