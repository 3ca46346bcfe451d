using System.Collections.Immutable;
using System.Globalization;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>A column on the page; without a width it takes its usual one.</summary>
public readonly record struct FleetColumnChoice(FleetColumn Column, int? Width = null)
{
    public override string ToString() => Column.ToString().ToLowerInvariant() + (Width is { } width ? string.Create(CultureInfo.InvariantCulture, $":{width}") : "");
}

/// <summary>
/// How the list is laid out: which columns, in which order, how wide, which of them stay in sight, and how high a row is.
/// In the URL as <c>cols=name,health,cause:320</c>, <c>pin=name,health</c> and <c>rows=roomy</c>.
/// </summary>
public sealed class FleetTableLayout : IEquatable<FleetTableLayout>
{
    public const int Narrowest = 36;
    public const int Widest = 900;
    public const int MostPinned = 4;

    /// <summary>What everybody sees at first. Short: on a narrow screen the last ones go first.</summary>
    public static readonly ImmutableArray<FleetColumnChoice> Usual =
    [
        new(FleetColumn.Name), new(FleetColumn.Health), new(FleetColumn.Cause), new(FleetColumn.Sync), new(FleetColumn.Phase), new(FleetColumn.Checkpoint), new(FleetColumn.Restarts),
        new(FleetColumn.Parallelism), new(FleetColumn.Flink), new(FleetColumn.Revision), new(FleetColumn.Team), new(FleetColumn.Cluster), new(FleetColumn.Kind),
    ];

    public static readonly FleetTableLayout Default = new();

    private static readonly Dictionary<string, FleetColumn> Names = Enum.GetValues<FleetColumn>().ToDictionary(column => column.ToString().ToLowerInvariant(), StringComparer.Ordinal);

    /// <summary>In the order on the page, pinned ones first. The name is always among them: without it nobody knows what a row is about.</summary>
    public ImmutableArray<FleetColumnChoice> Columns { get; private init; } = Usual;

    /// <summary>Stay in sight where the table is wider than its place.</summary>
    public ImmutableArray<FleetColumn> Pinned { get; private init; } = [];

    public bool Roomy { get; private init; }

    /// <summary>True where somebody chose columns: all of them are then shown, whatever the width of the screen.</summary>
    public bool Chosen => !Columns.SequenceEqual(Usual);

    public bool Shows(FleetColumn column) => IndexOf(column) >= 0;

    public FleetTableLayout WithRoomy(bool roomy) => new() { Columns = Columns, Pinned = Pinned, Roomy = roomy };

    /// <summary>The columns and pins as at first; the height of the rows stays.</summary>
    public FleetTableLayout Reset() => new() { Roomy = Roomy };

    public FleetTableLayout Toggle(FleetColumn column) =>
        Make(Shows(column) ? Columns.RemoveAll(c => c.Column == column) : Columns.Add(new(column)), Pinned.Remove(column));

    public FleetTableLayout TogglePin(FleetColumn column)
    {
        if (Pinned.Contains(column)) return Make(Columns, Pinned.Remove(column));
        return Pinned.Length < MostPinned && Shows(column) ? Make(Columns, Pinned.Add(column)) : this;
    }

    public FleetTableLayout Resize(FleetColumn column, int? width) => IndexOf(column) is var at and >= 0
        ? Make(Columns.SetItem(at, new(column, width is { } w ? Math.Clamp(w, Narrowest, Widest) : null)), Pinned)
        : this;

    /// <summary>One place to the left or right, among its like: pinned columns stay before the others.</summary>
    public FleetTableLayout Step(FleetColumn column, int by)
    {
        var at = IndexOf(column);
        var to = Math.Clamp(at + by, 0, Columns.Length - 1);
        return at < 0 || at == to ? this : Make(Columns.RemoveAt(at).Insert(to, Columns[at]), Pinned);
    }

    /// <summary>To the place before another column, or to the end.</summary>
    public FleetTableLayout Move(FleetColumn column, FleetColumn? before)
    {
        var at = IndexOf(column);
        if (at < 0 || column == before) return this;
        var rest = Columns.RemoveAt(at);
        var to = rest.Select(c => c.Column).ToList().FindIndex(c => c == before);
        return Make(rest.Insert(to < 0 ? rest.Length : to, Columns[at]), Pinned);
    }

    /// <summary>The parts of a URL that say something about the layout.</summary>
    public IEnumerable<KeyValuePair<string, string>> ToQuery()
    {
        if (Chosen) yield return new("cols", string.Join(',', Columns));
        if (!Pinned.IsEmpty) yield return new("pin", string.Join(',', Pinned.Select(column => column.ToString().ToLowerInvariant())));
        if (Roomy) yield return new("rows", "roomy");
    }

    /// <summary>Takes up one part of a URL.</summary>
    /// <param name="name">The part's name.</param>
    /// <param name="value">Its value, decoded.</param>
    /// <param name="doubts">Gets what in it makes no sense.</param>
    /// <returns>Null where the part is about something else.</returns>
    public FleetTableLayout? With(string name, string value, ICollection<string> doubts)
    {
        var parts = value.Split(',', StringSplitOptions.RemoveEmptyEntries);
        switch (name)
        {
            case "cols":
                var columns = Read(parts, doubts, part => $"cols={part}").DistinctBy(c => c.Column).ToImmutableArray();
                return columns.IsEmpty ? this : Make(columns, Pinned);
            case "pin":
                return Make(Columns, [.. Read(parts, doubts, part => $"pin={part}").Select(c => c.Column).Distinct().Take(MostPinned)]);
            case "rows":
                if (value is not ("roomy" or "dense")) doubts.Add($"rows={value}");
                return WithRoomy(value == "roomy");
            default:
                return null;
        }
    }

    public bool Equals(FleetTableLayout? other) => other is not null && Roomy == other.Roomy && Columns.SequenceEqual(other.Columns) && Pinned.SequenceEqual(other.Pinned);

    public override bool Equals(object? obj) => Equals(obj as FleetTableLayout);

    public override int GetHashCode() => HashCode.Combine(Roomy, Columns.Length, Pinned.Length);

    private int IndexOf(FleetColumn column)
    {
        for (var i = 0; i < Columns.Length; i++)
            if (Columns[i].Column == column) return i;
        return -1;
    }

    private FleetTableLayout Make(ImmutableArray<FleetColumnChoice> columns, ImmutableArray<FleetColumn> pinned)
    {
        if (columns.All(c => c.Column != FleetColumn.Name)) columns = columns.Insert(0, new(FleetColumn.Name));
        // A pin that comes before its column in the URL counts once the column is there.
        return new() { Columns = [.. columns.OrderBy(c => pinned.Contains(c.Column) ? 0 : 1)], Pinned = pinned, Roomy = Roomy };
    }

    private static IEnumerable<FleetColumnChoice> Read(string[] parts, ICollection<string> doubts, Func<string, string> say)
    {
        foreach (var part in parts)
        {
            var colon = part.IndexOf(':', StringComparison.Ordinal);
            var name = colon < 0 ? part : part[..colon];
            if (!Names.TryGetValue(name, out var column))
            {
                doubts.Add(say(part));
                continue;
            }

            if (colon < 0) yield return new(column);
            else if (int.TryParse(part.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var width) && width is >= Narrowest and <= Widest) yield return new(column, width);
            else
            {
                doubts.Add(say(part));
                yield return new(column);
            }
        }
    }
}
