using System.Collections.Immutable;
using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Pipelines;

/// <summary>One line of the pipelines list. Immutable; replaced when anything in it changes.</summary>
public sealed record PipelineRow
{
    private SearchText _search;

    /// <summary>The address.</summary>
    public required PipelineKey Key { get; init; }

    /// <summary>The three states.</summary>
    public required PipelineState State { get; init; }

    /// <summary>The trimmed custom resource.</summary>
    public required FlinkResourceRecord Resource { get; init; }

    /// <summary>What the resource is.</summary>
    public required PipelineKind Kind { get; init; }

    /// <summary>The owning team, or null for a deployment that nobody registered.</summary>
    public string? Team { get; init; }

    /// <summary>True where a team registered or adopted it.</summary>
    public bool Registered { get; init; }

    /// <summary>The newest revision's number, where registered.</summary>
    public int? Revision { get; init; }

    /// <summary>How much care a change needs.</summary>
    public PipelineTier Tier { get; init; }

    /// <summary>Where its manifest is kept, where that is Git.</summary>
    public GitSource? Git { get; init; }

    /// <summary>The active operation, where there is one.</summary>
    public ActiveOperation? Operation { get; init; }

    /// <summary>When the last checkpoint completed, by the newest sample; null where none is known. Missing is not zero.</summary>
    public DateTimeOffset? LastCheckpointAt { get; init; }

    /// <summary>How often the job restarted, by the newest sample; null where not known.</summary>
    public long? Restarts { get; init; }

    /// <summary>When checkpoint and restarts were sampled.</summary>
    public DateTimeOffset? SampledAt { get; init; }

    /// <summary>Set where the row is older than its cluster's watch allows: since when.</summary>
    public DateTimeOffset? StaleSince { get; init; }

    /// <summary>Since when it has the cause that it has (<see cref="FleetCauses"/>); null where nothing is wrong.</summary>
    public DateTimeOffset? WrongSince { get; init; }

    /// <summary>When its spec was last seen to change after the first deployment; null where it never was.</summary>
    public DateTimeOffset? ChangedAt { get; init; }

    /// <summary>Address, team, cause, image, the operator's error and labels, on lines of their own: what a search looks into.</summary>
    public string Searched => _search.Of(this);
}

/// <summary>The active operation, as far as a table cell shows it.</summary>
/// <param name="Id">The operation's id.</param>
/// <param name="Phase">What it does.</param>
/// <param name="Step">The step it is at, from 1.</param>
/// <param name="Steps">How many steps it has.</param>
public sealed record ActiveOperation(Guid Id, PipelinePhase Phase, int Step, int Steps);

/// <summary>All pipelines of all clusters at one moment. Immutable.</summary>
/// <param name="Version">Grows with every change.</param>
/// <param name="Rows">The rows by address.</param>
/// <param name="Clusters">How far each cluster's rows can be trusted.</param>
public sealed record FleetSnapshot(long Version, ImmutableDictionary<PipelineKey, PipelineRow> Rows, ImmutableDictionary<string, ReflectorState> Clusters)
{
    private OrderedRows? _inOrder;

    /// <summary>The rows in the order of their addresses; the quick way through all of them.</summary>
    public FleetRowCollection InOrder
    {
        // A copy made by "with" may have other rows than those that were put in order.
        get => (_inOrder is { } known && ReferenceEquals(known.Of, Rows) ? known : _inOrder = new(Rows, FleetRowCollection.Of(Rows.Values))).Rows;
        internal init => _inOrder = new(Rows, value);
    }

    private sealed record OrderedRows(ImmutableDictionary<PipelineKey, PipelineRow> Of, FleetRowCollection Rows);
}

/// <summary>What changed in the fleet since this consumer's last change.</summary>
/// <param name="Snapshot">The newest snapshot.</param>
/// <param name="Changed">The addresses whose row was added, changed or removed.</param>
/// <param name="ClustersChanged">True where a cluster's state changed.</param>
public sealed record FleetChange(FleetSnapshot Snapshot, IReadOnlySet<PipelineKey> Changed, bool ClustersChanged);

/// <summary>How somebody who looks at a few pipelines of many wants to hear of the fleet: of those at once, of the others now and then.</summary>
/// <param name="Frame">The least time between two elements that tell of something in view.</param>
/// <param name="Rest">How long other changes wait at most.</param>
/// <param name="InView">What is looked at now. Called from any thread.</param>
public sealed record FleetPace(TimeSpan Frame, TimeSpan Rest, Func<IReadOnlyList<PipelineKey>> InView);

/// <summary>Every FlinkDeployment and FlinkSessionJob of every cluster, live.</summary>
public interface IFleet
{
    /// <summary>The newest snapshot.</summary>
    FleetSnapshot Current { get; }

    /// <summary>What is wrong now, by cause; at most a second older than <see cref="Current"/>, and the same for whoever asks.</summary>
    FleetTriage Triage => FleetTriageReader.Read(Current);

    /// <summary>Changes from now on, coalesced; the first element is the current snapshot with every key.</summary>
    /// <param name="interval">The least time between two elements; changes in between are merged.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    IAsyncEnumerable<FleetChange> ChangesAsync(TimeSpan interval, CancellationToken cancellationToken);

    /// <summary>Changes after a snapshot that the consumer has, coalesced: the next change at once, those after it with at least the interval between.</summary>
    /// <param name="since">What the consumer has seen.</param>
    /// <param name="interval">The least time between two elements; changes in between are merged.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    IAsyncEnumerable<FleetChange> ChangesAsync(FleetSnapshot since, TimeSpan interval, CancellationToken cancellationToken) => ChangesAsync(interval, cancellationToken);

    /// <summary>Changes after a snapshot that the consumer has: those of what is in view, and of the reach of clusters, at once; all others together, merged.</summary>
    /// <param name="since">What the consumer has seen.</param>
    /// <param name="pace">What is in view, and how often to tell.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    IAsyncEnumerable<FleetChange> ChangesAsync(FleetSnapshot since, FleetPace pace, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pace);
        return ChangesAsync(since, pace.Frame, cancellationToken);
    }
}
