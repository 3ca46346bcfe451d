using System.Text.Json.Nodes;
using Sluice.Simulator.ApiServer;

namespace Sluice.Simulator.Churn;

/// <summary>
/// The ordinary changes of one cluster, at a given rate: mostly the operator noting another state size, now and then a new version that is deployed,
/// a TaskManager that is lost, a pipeline more or less. What the operator writes by itself counts.
/// </summary>
internal sealed class ClusterChurn
{
    // An upgrade is about ten changes of the resource, a restart two, a pipeline that comes and goes twelve.
    private const double UpgradesPerChange = 0.10 / 10;
    private const double RestartsPerChange = 0.04 / 2;
    private const double VisitorsPerChange = 0.01 / 12;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);
    private readonly SimulatedCluster _cluster;
    private readonly Surgeon _surgeon;
    private readonly Random _random;
    private readonly Queue<(string Namespace, string Name)> _visitors = new();
    private readonly Func<double> _rate;
    private readonly List<string> _keys;
    private double _last;
    private long _written;
    private long _seen;
    private double _due;
    private double _upgrades;
    private double _restarts;
    private double _arrivals;
    private int _made;

    /// <param name="cluster">The cluster that changes.</param>
    /// <param name="seed">Decides what changes, in which order.</param>
    /// <param name="rate">How many changes a second of simulated time there should be in this cluster now.</param>
    public ClusterChurn(SimulatedCluster cluster, int seed, Func<double> rate)
    {
        (_cluster, _rate, _random, _surgeon) = (cluster, rate, new Random(seed), new Surgeon(cluster));
        _keys = [.. cluster.Store.All(cluster.Catalog.FlinkDeployments).Keys];
        cluster.Store.Changed += (type, _) =>
        {
            if (type.Custom) _written++;
        };
    }

    public long Written => Volatile.Read(ref _written);

    public void Begin()
    {
        _last = _cluster.Clock.Seconds(_cluster.Clock.Now);
        _cluster.Agenda.After(Step, Tick);
    }

    /// <summary>So many changes at once, as after a long silence.</summary>
    public int Burst(int count)
    {
        var before = _written;
        for (var tries = 0; _written - before < count && tries < count * 4; tries++) Resize();
        return (int)(_written - before);
    }

    /// <summary>Deletes as somebody would who has selected them all.</summary>
    public int Delete(int count)
    {
        var deployments = _cluster.Catalog.FlinkDeployments;
        var gone = 0;
        while (gone < count && _keys.Count > 0)
        {
            var key = Take();
            if (_cluster.Store.Find(deployments, key.Namespace, key.Name) is null) continue;
            _cluster.Writer.Delete(deployments, key.Namespace, key.Name, null, false);
            gone++;
        }
        return gone;
    }

    private void Tick()
    {
        var now = _cluster.Clock.Seconds(_cluster.Clock.Now);
        var wanted = _rate() * Math.Clamp(now - _last, 0, 1);
        _last = now;
        Whole(ref _upgrades, wanted * UpgradesPerChange, Upgrade);
        Whole(ref _restarts, wanted * RestartsPerChange, Restart);
        Whole(ref _arrivals, wanted * VisitorsPerChange, Visit);
        // What was written since the last step, by whomever, is taken off what is due.
        _due = Math.Clamp(_due + wanted - (_written - _seen), -_rate() * 5, _rate() * 2 + 1);
        for (var tries = 0; _due >= 1 && tries < 200; tries++) _due -= Resize();
        _seen = _written;
        _cluster.Agenda.After(Step, Tick);
    }

    private static void Whole(ref double due, double more, Action act)
    {
        for (due += more; due >= 1; due--) act();
    }

    /// <summary>1 if something was written.</summary>
    private int Resize()
    {
        if (_keys.Count == 0 || !_cluster.Options.Operator.IsNewest) return 0;
        var key = Split(_keys[_random.Next(_keys.Count)]);
        // One that is awake is looked at by the operator itself.
        if (!_cluster.World.Sleepers.Has(key.Namespace, key.Name)) return 0;
        var deployments = _cluster.Catalog.FlinkDeployments;
        if (_cluster.Store.Find(deployments, key.Namespace, key.Name) is not { } found || StateSize.Read(found.Json) is not { } size) return 0;
        var next = (long)(Math.Max(size, 20_000) * (0.93 + 0.15 * _random.NextDouble())) + 1;
        _cluster.Store.Put(deployments, found, version => StateSize.Write(found.Json, next, version));
        return 1;
    }

    private void Upgrade()
    {
        if (Quiet() is { } key) _surgeon.Spec(key, Surgeon.NextTag);
    }

    private void Restart()
    {
        if (Quiet() is { } key) _cluster.World.Find(key.Namespace, key.Name)?.Tasks.Kill();
    }

    /// <summary>A new pipeline, modelled on one that is there; after some of them the oldest goes again.</summary>
    private void Visit()
    {
        if (_visitors.Count > 3)
        {
            var (home, old) = _visitors.Dequeue();
            if (_cluster.Store.Find(_cluster.Catalog.FlinkDeployments, home, old) is not null) _cluster.Writer.Delete(_cluster.Catalog.FlinkDeployments, home, old, null, false);
            return;
        }
        if (Quiet() is not { } model) return;
        var source = _cluster.Store.Find(_cluster.Catalog.FlinkDeployments, model.Namespace, model.Name)!.ToNode();
        var name = $"{model.Name}-try-{++_made}";
        _cluster.Writer.Create(_cluster.Catalog.FlinkDeployments, model.Namespace, new JsonObject
        {
            ["apiVersion"] = source["apiVersion"]!.DeepClone(),
            ["kind"] = source["kind"]!.DeepClone(),
            ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = source["metadata"]!["labels"]!.DeepClone(), ["annotations"] = source["metadata"]!["annotations"]?.DeepClone() },
            ["spec"] = source["spec"]!.DeepClone(),
        }, new WriteOptions { FieldManager = "deploy-pipeline", FieldValidation = "Ignore" });
        _visitors.Enqueue((model.Namespace, name));
    }

    private (string Namespace, string Name)? Quiet()
    {
        for (var tries = 0; tries < 20 && _keys.Count > 0; tries++)
        {
            var key = Split(_keys[_random.Next(_keys.Count)]);
            if (_cluster.World.Sleepers.Has(key.Namespace, key.Name) && !key.Name.EndsWith("-session", StringComparison.Ordinal)) return key;
        }
        return null;
    }

    private (string Namespace, string Name) Take()
    {
        var i = _random.Next(_keys.Count);
        var key = Split(_keys[i]);
        _keys[i] = _keys[^1];
        _keys.RemoveAt(_keys.Count - 1);
        return key;
    }

    private static (string Namespace, string Name) Split(string key) => key.IndexOf('/', StringComparison.Ordinal) is var at ? (key[..at], key[(at + 1)..]) : default;
}
