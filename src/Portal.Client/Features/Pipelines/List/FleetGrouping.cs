using System.Collections.Immutable;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>What the list can be grouped by. The names in lower case stand in the URL.</summary>
public enum FleetGroupBy
{
    None,
    Team,
    Cluster,
    Cause,
}

/// <summary>How the list is grouped and which groups are folded, as it stands in the URL: <c>fold=a,b</c>, <c>fold=*</c> for all, <c>unfold=a,b</c> for all but these.</summary>
public sealed record FleetGrouping
{
    public const string Every = "*";

    private const int MostNamed = 500;

    private static readonly ImmutableSortedSet<string> Nobody = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    public static readonly FleetGrouping Off = new();

    public FleetGroupBy By { get; init; }

    /// <summary>True where groups are folded unless they are among <see cref="Except"/>.</summary>
    public bool Folds { get; init; }

    /// <summary>The groups that differ from what <see cref="Folds"/> says.</summary>
    public ImmutableSortedSet<string> Except { get; init; } = Nobody;

    /// <summary>The facet whose values are the groups.</summary>
    public FleetFacet? Facet => By switch
    {
        FleetGroupBy.Team => FleetFacet.Team,
        FleetGroupBy.Cluster => FleetFacet.Cluster,
        FleetGroupBy.Cause => FleetFacet.Cause,
        _ => null,
    };

    public bool IsFolded(string group) => By != FleetGroupBy.None && Folds != Except.Contains(group);

    /// <summary>Folds an open group, opens a folded one.</summary>
    public FleetGrouping Toggle(string group)
    {
        var without = Except.Remove(group);
        if (without.Count < Except.Count) return this with { Except = without };
        return Except.Count < MostNamed ? this with { Except = Except.Add(group) } : this;
    }

    public FleetGrouping FoldAll() => this with { Folds = true, Except = Nobody };

    public FleetGrouping UnfoldAll() => this with { Folds = false, Except = Nobody };

    public FleetGrouping Naming(bool folds, IEnumerable<string> groups)
    {
        var named = groups.Where(group => group.Length is > 0 and <= 253).Take(MostNamed).ToImmutableSortedSet(StringComparer.Ordinal);
        return !folds ? this with { Folds = true, Except = named } : named.Contains(Every) ? FoldAll() : this with { Folds = false, Except = named };
    }

    /// <summary>The parts of the query, written.</summary>
    public IEnumerable<(string Name, string Value)> ToQuery()
    {
        if (By == FleetGroupBy.None) yield break;
        yield return ("group", By.ToString().ToLowerInvariant());
        var named = string.Join(',', Except.Select(Uri.EscapeDataString));
        if (Folds) yield return Except.IsEmpty ? ("fold", Every) : ("unfold", named);
        else if (!Except.IsEmpty) yield return ("fold", named);
    }

    public bool Equals(FleetGrouping? other) => other is not null && By == other.By && Folds == other.Folds && Except.SetEquals(other.Except);

    public override int GetHashCode() => HashCode.Combine(By, Folds, Except.Count);
}
