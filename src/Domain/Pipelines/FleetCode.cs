namespace Sluice.Domain.Pipelines;

/// <summary>
/// What the list counts and narrows by of one row, as numbers in one word. Going through 20,000 rows then reads two plain arrays; the rows themselves are ten places in memory
/// each, which no longer are in the processor's caches when somebody clicks.
/// </summary>
public readonly struct FleetCode : IEquatable<FleetCode>
{
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

    /// <summary>Health and, above its three bits, whether the row is older than its cluster's watch allows (<see cref="ReadHealth"/>).</summary>
    public static FleetField Health { get; } = new(0, 4);

    /// <summary>The phase, of the active operation where there is one.</summary>
    public static FleetField Phase { get; } = new(4, 5);

    /// <summary>The sync state.</summary>
    public static FleetField Sync { get; } = new(9, 2);

    /// <summary>The kind.</summary>
    public static FleetField Kind { get; } = new(11, 4);

    /// <summary>The tier.</summary>
    public static FleetField Tier { get; } = new(15, 2);

    /// <summary>A number of <see cref="Teams"/>.</summary>
    public static FleetField Team { get; } = new(17, 14);

    /// <summary>A number of <see cref="Clusters"/>.</summary>
    public static FleetField Cluster { get; } = new(31, 11);

    /// <summary>A number of <see cref="FlinkVersions"/>.</summary>
    public static FleetField FlinkVersion { get; } = new(42, 9);

    /// <summary>A number of <see cref="Causes"/>.</summary>
    public static FleetField Cause { get; } = new(51, 13);

    /// <summary>The code of a row.</summary>
    public static FleetCode Of(PipelineRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return new FleetCode(
            Health.Put((int)row.State.Health | (row.StaleSince is null ? 0 : 8)) | Phase.Put((int)(row.Operation?.Phase ?? row.State.Phase)) | Sync.Put((int)row.State.Sync)
            | Kind.Put((int)row.Kind) | Tier.Put((int)row.Tier) | Team.Put(Teams.NumberOf(row.Team)) | Cluster.Put(Clusters.NumberOf(row.Key.Cluster))
            | FlinkVersion.Put(FlinkVersions.NumberOf(row.Resource.FlinkVersion)) | Cause.Put(Causes.NumberOf(FleetCauses.Of(row)?.Key)));
    }

    /// <summary>What a number of the field <see cref="Health"/> says.</summary>
    public static (HealthState Health, bool Stale) ReadHealth(int number) => ((HealthState)(number & 7), number >= 8);

    /// <summary>The number that a field holds.</summary>
    public int this[FleetField field] => (int)(_bits >> field.At) & ((1 << field.Bits) - 1);

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
}

/// <summary>A number within a <see cref="FleetCode"/>.</summary>
/// <param name="At">Its lowest bit.</param>
/// <param name="Bits">How many bits it has.</param>
public readonly record struct FleetField(int At, int Bits)
{
    internal ulong Put(int number) => (ulong)number << At;
}
