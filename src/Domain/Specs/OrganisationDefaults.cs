namespace Sluice.Domain.Specs;

/// <summary>Who set a default. Of defaults that may be changed the last of these counts; of enforced ones the first.</summary>
public enum DefaultLevel
{
    /// <summary>For everybody.</summary>
    Organisation,

    /// <summary>For one cluster.</summary>
    Cluster,

    /// <summary>For one team.</summary>
    Team,
}

/// <summary>One value that a manifest gets where it has none.</summary>
/// <param name="Path">Where (<see cref="SpecPath"/>), for example <c>spec.serviceAccount</c>, or <see cref="SpecPath.Flink"/> of an option.</param>
/// <param name="Value">The value as text; may hold <c>{team}</c>, <c>{namespace}</c>, <c>{name}</c> and <c>{cluster}</c>. For <c>spec.podTemplate</c> YAML.</param>
/// <param name="Enforced">True: counts even where the manifest says something else.</param>
public sealed record SpecDefault(string Path, string Value, bool Enforced = false);

/// <summary>The defaults of one level.</summary>
/// <param name="Level">Whose.</param>
/// <param name="Name">The team's or the cluster's name; empty for the organisation.</param>
/// <param name="Values">The defaults.</param>
public sealed record DefaultSet(DefaultLevel Level, string Name, IReadOnlyList<SpecDefault> Values)
{
    /// <summary>As the effective spec names it: <c>organisation</c>, <c>cluster eu-west-1</c>, <c>team orders</c>.</summary>
    public string Words => Level switch { DefaultLevel.Cluster => "cluster " + Name, DefaultLevel.Team => "team " + Name, _ => "organisation" };
}

/// <summary>All defaults of an organisation.</summary>
/// <param name="Sets">By level; sets of other teams and clusters are passed over.</param>
public sealed record OrganisationDefaults(IReadOnlyList<DefaultSet> Sets)
{
    /// <summary>No defaults.</summary>
    public static OrganisationDefaults None { get; } = new([]);

    /// <summary>The default that counts for each path, for a team on a cluster.</summary>
    internal IReadOnlyDictionary<string, (SpecDefault Default, DefaultSet Set)> For(string team, string cluster)
    {
        var counting = new Dictionary<string, (SpecDefault Default, DefaultSet Set)>(StringComparer.Ordinal);
        foreach (var set in Sets.Where(s => s.Level == DefaultLevel.Organisation || s.Name == (s.Level == DefaultLevel.Team ? team : cluster)).OrderBy(s => s.Level))
            foreach (var value in set.Values)
                if (!counting.TryGetValue(value.Path, out var above) || !above.Default.Enforced) counting[value.Path] = (value, set);
        return counting;
    }
}
