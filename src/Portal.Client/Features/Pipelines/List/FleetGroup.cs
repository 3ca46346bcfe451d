using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>Rows under one header.</summary>
public sealed class FleetGroup(FleetFacet facet, string key, int first, int length)
{
    private readonly int[] _health = new int[Enum.GetValues<ListedHealth>().Length];

    public FleetFacet Facet { get; } = facet;

    /// <summary>The facet's value; stands in the URL where the group is folded.</summary>
    public string Key { get; } = key;

    public string Label => FleetFacets.Say(Facet, Key);

    /// <summary>The place of its first row among the rows.</summary>
    public int First { get; } = first;

    /// <summary>How many rows stand under the header when it is open.</summary>
    public int Length { get; } = length;

    /// <summary>How many rows it has now; another number than <see cref="Length"/> where some came or went since the order was taken.</summary>
    public int Count => _health.Sum();

    public bool Folded { get; internal set; }

    /// <summary>The line of its header.</summary>
    public int Line { get; internal set; }

    /// <summary>The worst health that a row in it has.</summary>
    public ListedHealth Worst => Enum.GetValues<ListedHealth>().FirstOrDefault(health => Of(health) > 0, ListedHealth.Healthy);

    public int Of(ListedHealth health) => _health[(int)health];

    internal void Add(PipelineRow row, int weight) => _health[(int)FleetFacets.HealthOf(row)] += weight;

    /// <summary>The worst group first, of two the one with more such rows; those where nothing is wrong last.</summary>
    internal static int Compare(FleetGroup a, FleetGroup b)
    {
        var order = (a.Facet == FleetFacet.Cause && a.Key == FleetFacets.None).CompareTo(b.Facet == FleetFacet.Cause && b.Key == FleetFacets.None);
        if (order == 0) order = a.Worst.CompareTo(b.Worst);
        if (order == 0) order = b.Of(a.Worst).CompareTo(a.Of(a.Worst));
        return order == 0 ? string.CompareOrdinal(a.Key, b.Key) : order;
    }
}

/// <summary>A line of the table: the header of a group, or a row.</summary>
/// <param name="Header">Set for a header.</param>
/// <param name="Row">Set for a row.</param>
/// <param name="Gone">True for a row whose pipeline was deleted since the order was taken.</param>
public readonly record struct FleetLine(FleetGroup? Header, PipelineRow? Row, bool Gone);

/// <summary>Where headers and rows stand: folds change it, the order of the rows stays.</summary>
internal sealed class FleetLines
{
    public static readonly FleetLines Flat = new();

    private readonly FleetGroup[] _groups = [];
    private readonly Dictionary<string, FleetGroup> _byKey = [];
    private readonly FleetFacet? _facet;

    private FleetLines()
    {
    }

    private FleetLines(FleetFacet facet, FleetGroup[] groups) => (_facet, _groups, _byKey) = (facet, groups, groups.ToDictionary(g => g.Key, StringComparer.Ordinal));

    public IReadOnlyList<FleetGroup> Groups => _groups;

    public int Lines { get; private set; }

    /// <summary>Puts rows of one group beside each other, in the order that they have, and the groups in order.</summary>
    public static (PipelineRow[] Rows, FleetLines Layout) Of(PipelineRow[] rows, FleetFacet facet)
    {
        var byKey = new Dictionary<string, List<PipelineRow>>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            var key = FleetFacets.ValueOf(facet, row);
            if (!byKey.TryGetValue(key, out var members)) byKey[key] = members = [];
            members.Add(row);
        }

        var sorted = byKey.Select(pair => (Group: Made(facet, pair.Key, 0, pair.Value), Rows: pair.Value)).ToList();
        sorted.Sort(static (a, b) => FleetGroup.Compare(a.Group, b.Group));
        var placed = new PipelineRow[rows.Length];
        var groups = new FleetGroup[sorted.Count];
        var at = 0;
        for (var i = 0; i < groups.Length; i++)
        {
            groups[i] = Made(facet, sorted[i].Group.Key, at, sorted[i].Rows);
            sorted[i].Rows.CopyTo(placed, at);
            at += sorted[i].Rows.Count;
        }

        return (placed, new FleetLines(facet, groups));
    }

    public void Fold(FleetGrouping grouping)
    {
        Lines = 0;
        foreach (var group in _groups)
        {
            group.Folded = grouping.IsFolded(group.Key);
            group.Line = Lines;
            Lines += group.Folded ? 1 : 1 + group.Length;
        }
    }

    /// <summary>The header at a line, or the place of the row that stands there.</summary>
    public (FleetGroup? Header, int Row) At(int line)
    {
        var (low, high) = (0, _groups.Length - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_groups[middle].Line <= line) low = middle;
            else high = middle - 1;
        }

        var group = _groups[low];
        return line == group.Line ? (group, -1) : (null, group.First + line - group.Line - 1);
    }

    public void Count(PipelineRow row, int weight)
    {
        if (_facet is { } facet && _byKey.TryGetValue(FleetFacets.ValueOf(facet, row), out var group)) group.Add(row, weight);
    }

    /// <summary>True where a row would stand in another group.</summary>
    public bool Differ(PipelineRow before, PipelineRow after) => _facet is { } facet && FleetFacets.ValueOf(facet, before) != FleetFacets.ValueOf(facet, after);

    private static FleetGroup Made(FleetFacet facet, string key, int first, List<PipelineRow> rows)
    {
        var group = new FleetGroup(facet, key, first, rows.Count);
        foreach (var row in rows) group.Add(row, 1);
        return group;
    }
}
