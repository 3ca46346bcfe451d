using System.Runtime.InteropServices;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>
/// The list as one page sees it. The snapshot is shared by all pages; a page keeps only the order of its rows. Rows stay where they are while the fleet changes:
/// a new order is taken on request, so that nothing moves under the pointer.
/// </summary>
public sealed class FleetListModel
{
    private const int LeastRenewed = 32;
    private const int RenewedIn = 32;

    private static readonly TimeSpan AtMostEvery = TimeSpan.FromSeconds(1);

    private readonly HashSet<PipelineKey> _moved = [];
    private FleetSnapshot _snapshot;
    private FleetMatcher _matcher = new(FleetUrlState.Default);
    private PipelineRow[] _order = [];
    private FleetLines _layout = FleetLines.Flat;
    private int _renewed;
    private bool _unplaced;
    private DateTimeOffset? _placedAt;

    public FleetListModel(FleetSnapshot snapshot, FleetUrlState state)
    {
        _snapshot = snapshot;
        State = state;
        Narrow(state);
    }

    public FleetUrlState State { get; private set; }

    /// <summary>What the page has seen of the fleet.</summary>
    public FleetSnapshot Snapshot => _snapshot;

    /// <summary>True where rows came that have no place yet; <see cref="Settle"/> gives it to them.</summary>
    public bool Unsettled => _unplaced;

    /// <summary>Which cells changed a moment ago.</summary>
    public CellMarks Marks { get; } = new();

    public FleetCounts Counts { get; private set; } = FleetCounts.None;

    /// <summary>How many rows the filters let through, in the order on the page.</summary>
    public int Length => _order.Length;

    /// <summary>How many lines the table has: rows, and headers where it is grouped; without the rows of folded groups.</summary>
    public int Lines => Grouped ? _layout.Lines : _order.Length;

    public bool Grouped => State.Grouping.By != FleetGroupBy.None;

    /// <summary>The groups in the order on the page; empty where the list is not grouped.</summary>
    public IReadOnlyList<FleetGroup> Groups => _layout.Groups;

    /// <summary>All pipelines, filtered or not.</summary>
    public int Total => _snapshot.Rows.Count;

    /// <summary>Rows that came, went or would change place in a new order.</summary>
    public int Moved => _unplaced ? 0 : _moved.Count;

    public IReadOnlyDictionary<string, ReflectorState> Clusters => _snapshot.Clusters;

    /// <summary>True until every cluster has been read once or has been given up for now: the list is not whole yet.</summary>
    public bool Loading => IsLoading(_snapshot);

    /// <summary>The clusters that are still being read, by name.</summary>
    public IReadOnlyList<string> BeingRead => [.. Clusters.Where(c => IsBeingRead(c.Value)).Select(c => c.Key).Order(StringComparer.Ordinal)];

    /// <summary>Other filters, groups or another order: the rows are placed anew. Where only folds or columns differ, they stay as they are.</summary>
    public void Narrow(FleetUrlState state)
    {
        var before = State;
        State = state;
        if (Counts != FleetCounts.None && before.SamePlaces(state))
        {
            _layout.Fold(state.Grouping);
            return;
        }

        _matcher = new FleetMatcher(state);
        TakeOrder();
    }

    /// <summary>Places the rows by what they say now.</summary>
    public void TakeOrder()
    {
        (_order, Counts) = FleetQuery.Run(_snapshot, State, _matcher);
        _layout = FleetLines.Flat;
        if (State.Grouping.Facet is { } facet)
        {
            (_order, _layout) = FleetLines.Of(_order, facet);
            _layout.Fold(State.Grouping);
        }

        _unplaced = false;
        _moved.Clear();
        Marks.Clear();
    }

    /// <summary>While the list is being read its rows are placed anew by themselves, but not at every step: it is a second's work of a core for some hundred pages.</summary>
    public void Settle(DateTimeOffset now)
    {
        if (!_unplaced || now - _placedAt < AtMostEvery) return;
        _placedAt = now;
        TakeOrder();
    }

    /// <summary>Takes the newest snapshot; the rows stay in place, except while the list is still being read.</summary>
    /// <returns>True where there is news of anything between <paramref name="first"/> and <paramref name="count"/> lines from there.</returns>
    public bool Apply(FleetChange change, int first, int count, DateTimeOffset now)
    {
        // A page that was slow may be handed what it has already.
        if (change.Snapshot.Version < _snapshot.Version) return false;
        var before = _snapshot;
        _snapshot = change.Snapshot;
        foreach (var key in change.Changed) Note(key, before.Rows.GetValueOrDefault(key), _snapshot.Rows.GetValueOrDefault(key));
        _unplaced |= _moved.Count > 0 && (_order.Length == 0 || IsLoading(before));
        if (_unplaced && !(now - _placedAt < AtMostEvery))
        {
            Settle(now);
            return true;
        }

        Renew();
        var seen = false;
        foreach (var key in InWindow(first, count))
        {
            if (!change.Changed.Contains(key)) continue;
            var (old, row) = (before.Rows.GetValueOrDefault(key), _snapshot.Rows.GetValueOrDefault(key));
            if (old is null || row is null) seen |= old is not null || row is not null;
            else if (CellMarks.Differ(old, row))
            {
                seen |= CellMarks.IsNews(old, row);
                Marks.Note(old, row, now);
            }
        }

        return seen;
    }

    /// <summary>How many rows each image would show, of the rows as they were when they were placed.</summary>
    public void CountImages(Dictionary<string, int> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        // Only where images are chosen are there others to count than those that are shown.
        foreach (var row in State.Filters.ContainsKey(FleetFacet.Image) ? _snapshot.InOrder.Where(row => IsLetBy(row, FleetFacet.Image)) : _order)
            CollectionsMarshal.GetValueRefOrAddDefault(into, FleetFacets.ValueOf(FleetFacet.Image, row), out _)++;
    }

    /// <summary>How many rows would be shown without a facet's own filters.</summary>
    public int CountWithout(FleetFacet facet) => _snapshot.InOrder.Count(row => IsLetBy(row, facet));

    /// <summary>The row at a place, and whether it still exists: a deleted one stays visible until the next order.</summary>
    public PipelineRow At(int index, out bool gone)
    {
        gone = !_snapshot.Rows.TryGetValue(_order[index].Key, out var row);
        return row ?? _order[index];
    }

    /// <summary>The pipelines on these lines.</summary>
    public PipelineKey[] KeysAt(int first, int count) => [.. InWindow(first, count)];

    /// <summary>What stands on a line.</summary>
    public FleetLine LineAt(int line)
    {
        var (header, place) = Grouped ? _layout.At(line) : (null, line);
        if (header is not null) return new FleetLine(header, null, false);
        return new FleetLine(null, At(place, out var gone), gone);
    }

    /// <summary>The addresses of all rows that the filters let through, in the order on the page, without those deleted since.</summary>
    public IEnumerable<PipelineKey> Keys => _order.Select(row => row.Key).Where(_snapshot.Rows.ContainsKey);

    /// <summary>How many rows the filters alone would let through.</summary>
    public int LengthWithoutSearch => _snapshot.Rows.Values.Count(row => _matcher.Misses(row, out _) == 0);

    /// <summary>False for a pipeline that was deleted.</summary>
    public bool Exists(PipelineKey key) => _snapshot.Rows.ContainsKey(key);

    /// <summary>True where search and filters let the row through as it is now.</summary>
    public bool Lets(PipelineKey key) => _snapshot.Rows.TryGetValue(key, out var row) && _matcher.Matches(row);

    /// <summary>The clusters whose rows cannot be trusted to be new, with how many rows each has.</summary>
    public IEnumerable<(string Name, ReflectorState State, int Rows)> Unreachable() =>
        _snapshot.Clusters.Where(cluster => cluster.Value is { Phase: ReflectorPhase.Stale or ReflectorPhase.Denied } or { Phase: ReflectorPhase.Starting, Why: not null })
            .OrderBy(cluster => cluster.Key, StringComparer.Ordinal)
            .Select(cluster => (cluster.Key, cluster.Value, Counts.PerCluster.GetValueOrDefault(cluster.Key)));

    // A cluster that was given up for now says why; it may stay so for hours, in which the list is as whole as it can be.
    private static bool IsBeingRead(ReflectorState cluster) => cluster.Phase == ReflectorPhase.Listing || cluster is { Phase: ReflectorPhase.Starting, Why: null };

    private static bool IsLoading(FleetSnapshot snapshot) => snapshot.Clusters.Values.Any(IsBeingRead);

    /// <summary>True where search and all filters but those of the facet let the row through.</summary>
    private bool IsLetBy(PipelineRow row, FleetFacet except) =>
        _matcher.MatchesSearch(row) && _matcher.Misses(row, out var missed) is var misses && (misses == 0 || (misses == 1 && missed == except));

    private IEnumerable<PipelineKey> InWindow(int first, int count)
    {
        for (var line = Math.Max(0, first); line < Math.Min(Lines, first + count); line++)
            if ((Grouped ? _layout.At(line).Row : line) is >= 0 and var place) yield return _order[place].Key;
    }

    private void Note(PipelineKey key, PipelineRow? before, PipelineRow? after)
    {
        if (ReferenceEquals(before, after)) return;
        var was = before is not null && Counts.Add(before, _matcher, -1);
        var isNow = after is not null && Counts.Add(after, _matcher, 1);
        if (was) _layout.Count(before!, -1);
        if (isNow) _layout.Count(after!, 1);
        if (was != isNow || (was && (FleetOrder.Differ(State.Sort, before!, after!) || _layout.Differ(before!, after!)))) _moved.Add(key);
    }

    /// <summary>The order holds rows as they were when it was taken; with each change a part of them is exchanged for the newest, so that no page keeps many old ones alive.</summary>
    private void Renew()
    {
        for (var i = Math.Min(_order.Length, Math.Max(LeastRenewed, _order.Length / RenewedIn)); i > 0; i--)
        {
            _renewed = _renewed < _order.Length - 1 ? _renewed + 1 : 0;
            if (_snapshot.Rows.TryGetValue(_order[_renewed].Key, out var row)) _order[_renewed] = row;
        }
    }
}
