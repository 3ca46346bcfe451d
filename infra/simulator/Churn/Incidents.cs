using Sluice.Simulator.Core;

namespace Sluice.Simulator.Churn;

/// <summary>Keeps a share of the fleet wrong: incidents begin somewhere, hit a group of pipelines, are mended after some minutes, and the next begins elsewhere.</summary>
internal sealed class Incidents
{
    private const int Largest = 48;
    private readonly Lock _gate = new();
    private readonly IReadOnlyList<SimulatedCluster> _clusters;
    private readonly Dictionary<SimulatedCluster, Surgeon> _surgeons;
    private readonly List<Incident> _open = [];
    private readonly Random _random;
    private readonly int _pipelines;
    private int _number;

    public Incidents(IReadOnlyList<SimulatedCluster> clusters, int pipelines, Seeds seeds, IncidentMix mix)
    {
        (_clusters, _pipelines, Mix) = (clusters, pipelines, mix);
        _surgeons = clusters.ToDictionary(c => c, c => new Surgeon(c));
        _random = new Random(seeds.Int(int.MaxValue, "incidents"));
    }

    public IncidentMix Mix { get; private set; }

    public IReadOnlyList<Incident> Open { get { lock (_gate) return [.. _open]; } }

    /// <summary>Begins what is missing. Each cluster lives through it in its own time.</summary>
    public void Fill()
    {
        foreach (var kind in IncidentKind.All)
        {
            // Every kind takes its turns alone, so that one share more or less leaves the others as they are.
            for (var missing = Missing(kind); missing > 0; missing = Missing(kind))
                if (Begin(kind, Place(kind), null, missing, null) is null) break;
        }
    }

    public void Change(IncidentMix mix)
    {
        Mix = mix;
        foreach (var incident in Open.Reverse())
            if (Missing(incident.Kind) < -Largest / 2 || Mix[incident.Kind] == 0) End(incident);
        Fill();
    }

    /// <summary>Starts one by hand; null if there is nobody left to hit.</summary>
    public Incident? Begin(IncidentKind kind, SimulatedCluster cluster, string? home, int most, TimeSpan? lasts)
    {
        lock (cluster.Store.Gate)
        {
            Incident incident;
            TimeSpan time;
            lock (_gate)
            {
                var size = lasts is null ? Math.Min(most, 2 + (int)(Largest * Math.Pow(_random.NextDouble(), 2))) : most;
                incident = new(kind, cluster.Options.Name, ++_number, cluster.Clock.Now);
                incident.Victims.AddRange(Victims(cluster, kind.OneTeam, home, size));
                if (incident.Victims.Count == 0) return null;
                time = lasts ?? TimeSpan.FromMinutes(5 + 12 * _random.NextDouble());
                _open.Add(incident);
            }
            kind.Strike(_surgeons[cluster], incident);
            cluster.Agenda.After(time, () => End(incident));
            return incident;
        }
    }

    public void End(Incident incident)
    {
        var cluster = _clusters.First(c => c.Options.Name == incident.Cluster);
        lock (_gate)
            if (!_open.Remove(incident)) return;
        lock (cluster.Store.Gate) incident.Kind.Heal(_surgeons[cluster], incident);
        if (Missing(incident.Kind) <= 0) return;
        var next = Place(incident.Kind);
        // Not from here, where this cluster's lock is held: two clusters that wait for each other would wait for good.
        ThreadPool.QueueUserWorkItem(_ => next.Agenda.After(TimeSpan.FromSeconds(20), () =>
        {
            if (Missing(incident.Kind) is > 0 and var missing) Begin(incident.Kind, next, null, missing, null);
        }));
    }

    private SimulatedCluster Place(IncidentKind kind)
    {
        // Where a webhook stands, an invalid spec does not get in.
        var possible = kind.Name == "invalid-spec" ? _clusters.Where(c => !c.Options.Webhook).ToList() : _clusters;
        lock (_gate) return possible.Count == 0 ? _clusters[0] : possible[_random.Next(possible.Count)];
    }

    private int Missing(IncidentKind kind)
    {
        lock (_gate) return (int)Math.Round(Mix[kind] * _pipelines) - _open.Where(i => i.Kind == kind).Sum(i => i.Victims.Count);
    }

    private List<(string Namespace, string Name)> Victims(SimulatedCluster cluster, bool oneTeam, string? home, int size)
    {
        var well = cluster.World.Sleepers.In(home).Where(k => !k.Name.EndsWith("-session", StringComparison.Ordinal)).OrderBy(k => k.Namespace, StringComparer.Ordinal).ThenBy(k => k.Name, StringComparer.Ordinal).ToList();
        if (well.Count == 0) return [];
        if (oneTeam)
        {
            var team = Team(well[_random.Next(well.Count)].Namespace);
            well = [.. well.Where(k => Team(k.Namespace) == team)];
        }
        var chosen = new List<(string, string)>();
        while (chosen.Count < size && well.Count > 0)
        {
            var i = _random.Next(well.Count);
            chosen.Add(well[i]);
            well.RemoveAt(i);
        }
        return chosen;
    }

    private static string Team(string home) => home.Split("-prod")[0].Split("-batch")[0].Split("-staging")[0];
}
