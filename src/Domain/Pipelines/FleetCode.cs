namespace Sluice.Domain.Pipelines;

/// <summary>
/// What the list counts and narrows by of one row, as numbers in one word. Going through 20,000 rows then reads two plain arrays; the rows themselves are ten places in memory
/// each, which no longer are in the processor's caches when somebody clicks.
/// </summary>
public readonly struct FleetCode : IEquatable<FleetCode>
{
    private const int HealthAt = 0, StaleAt = 3, PhaseAt = 4, SyncAt = 9, KindAt = 11, TierAt = 15, TeamAt = 17, ClusterAt = 31, FlinkAt = 42, CauseAt = 51;

    private readonly ulong _bits;

    private FleetCode(ulong bits) => _bits = bits;

    /// <summary>The teams that rows had since the start of the portal.</summary>
    public static TextNumbers Teams { get; } = new(14);

    /// <summary>The clusters.</summary>
    public static TextNumbers Clusters { get; } = new(11);

    /// <summary>The versions of Flink, as the resources write them.</summary>
    public static TextNumbers FlinkVersions { get; } = new(9);

    /// <summary>The keys of causes (<see cref="FleetCauses"/>).</summary>
    public static TextNumbers Causes { get; } = new(13);

    /// <summary>The row's health, also where the row is stale.</summary>
    public HealthState Health => (HealthState)Read(HealthAt, 3);

    /// <summary>True where the row is older than its cluster's watch allows.</summary>
    public bool Stale => Read(StaleAt, 1) == 1;

    /// <summary>The phase, of the active operation where there is one.</summary>
    public PipelinePhase Phase => (PipelinePhase)Read(PhaseAt, 5);

    /// <summary>The sync state.</summary>
    public SyncState Sync => (SyncState)Read(SyncAt, 2);

    /// <summary>The kind.</summary>
    public PipelineKind Kind => (PipelineKind)Read(KindAt, 4);

    /// <summary>The tier.</summary>
    public PipelineTier Tier => (PipelineTier)Read(TierAt, 2);

    /// <summary>The team's number in <see cref="Teams"/>.</summary>
    public int Team => Read(TeamAt, Teams.Bits);

    /// <summary>The cluster's number in <see cref="Clusters"/>.</summary>
    public int Cluster => Read(ClusterAt, Clusters.Bits);

    /// <summary>The version's number in <see cref="FlinkVersions"/>.</summary>
    public int FlinkVersion => Read(FlinkAt, FlinkVersions.Bits);

    /// <summary>The cause's number in <see cref="Causes"/>.</summary>
    public int Cause => Read(CauseAt, Causes.Bits);

    /// <summary>The code of a row.</summary>
    public static FleetCode Of(PipelineRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return new FleetCode(
            ((ulong)row.State.Health << HealthAt) | ((row.StaleSince is null ? 0UL : 1UL) << StaleAt) | ((ulong)(row.Operation?.Phase ?? row.State.Phase) << PhaseAt)
            | ((ulong)row.State.Sync << SyncAt) | ((ulong)row.Kind << KindAt) | ((ulong)row.Tier << TierAt) | ((ulong)Teams.NumberOf(row.Team) << TeamAt) | ((ulong)Clusters.NumberOf(row.Key.Cluster) << ClusterAt)
            | ((ulong)FlinkVersions.NumberOf(row.Resource.FlinkVersion) << FlinkAt) | ((ulong)Causes.NumberOf(FleetCauses.Of(row)?.Key) << CauseAt));
    }

    /// <inheritdoc/>
    public bool Equals(FleetCode other) => _bits == other._bits;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is FleetCode other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _bits.GetHashCode();

    /// <summary>Same numbers.</summary>
    public static bool operator ==(FleetCode left, FleetCode right) => left.Equals(right);

    /// <summary>Other numbers.</summary>
    public static bool operator !=(FleetCode left, FleetCode right) => !left.Equals(right);

    private int Read(int at, int bits) => (int)(_bits >> at) & ((1 << bits) - 1);
}
