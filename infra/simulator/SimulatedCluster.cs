using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Sluice.Simulator.ApiServer;
using Sluice.Simulator.Core;
using Sluice.Simulator.Flink;
using Sluice.Simulator.Flink.Rest;
using Sluice.Simulator.Operator;

namespace Sluice.Simulator;

/// <summary>One cluster: its objects, its API server, and what lives in it.</summary>
internal sealed class SimulatedCluster : IAsyncDisposable
{
    private readonly LoopbackServer _server;
    private readonly string _scheme;

    public SimulatedCluster(ClusterOptions options, SimClock clock, Seeds seeds, X509Certificate2? certificate, ILogger logger)
    {
        (Options, Clock, Seeds) = (options, clock, seeds);
        Catalog = new ResourceCatalog(options.Operator);
        Store = new ObjectStore(Catalog.All, clock.Time);
        Writer = new ObjectWriter(Store, clock, seeds, options.Name);
        Agenda = new Agenda(clock, Store.Gate, logger);
        Faults = new Faults(clock);
        var events = new EventRecorder(Store, clock, seeds, Agenda);
        World = new FlinkWorld(Store, clock, seeds, Agenda, events, options.Name, options.Operator);
        Operator = new OperatorLoop(new OperatorContext(this, World, events), Agenda);
        Writer.Admission = new OperatorWebhook(this);
        Tokens = new AccessTokens(seeds.Hex(40, options.Name, "token"), seeds.Hex(40, options.Name, "viewer"));
        var door = new ApiFrontDoor(Store, Writer, Catalog, clock, Faults, Tokens, options.KubernetesVersion, new PodLogs(World), new RestServer(World), new RequestWaker(World), logger);
        _server = new LoopbackServer(door.HandleAsync, options.Port, certificate);
        _scheme = certificate is null ? "http" : "https";
        foreach (var type in Catalog.Custom) Writer.Create(ResourceCatalog.Definitions, "", ApiServer.Definitions.Of(type), new WriteOptions());
        foreach (var name in (string[])["default", "kube-system", "flink-operator"]) AddNamespace(name, new Dictionary<string, string>());
    }

    public ClusterOptions Options { get; }
    public SimClock Clock { get; }
    public Seeds Seeds { get; }
    public ResourceCatalog Catalog { get; }
    public ObjectStore Store { get; }
    public ObjectWriter Writer { get; }
    public Agenda Agenda { get; }
    public Faults Faults { get; }
    public AccessTokens Tokens { get; }
    public FlinkWorld World { get; }
    public OperatorLoop Operator { get; }
    public int Port => _server.Port;
    public Uri Url => new($"{_scheme}://127.0.0.1:{Port}");

    public async Task StartAsync()
    {
        Agenda.Start();
        await _server.StartAsync();
    }

    public void AddNamespace(string name, IReadOnlyDictionary<string, string> labels)
    {
        var all = new JsonObject { ["kubernetes.io/metadata.name"] = name };
        foreach (var (key, value) in labels) all[key] = value;
        Writer.Create(ResourceCatalog.Namespaces, "", new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Namespace",
            ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = all },
            ["spec"] = new JsonObject { ["finalizers"] = new JsonArray("kubernetes") },
            ["status"] = new JsonObject { ["phase"] = "Active" },
        }, new WriteOptions());
    }

    /// <summary>The API server goes away for a while: connections break and new ones are refused.</summary>
    public async Task InterruptAsync(TimeSpan time, bool loseHistory, CancellationToken stop)
    {
        await _server.StopAsync();
        if (loseHistory) lock (Store.Gate) Store.ForgetHistory();
        await Task.Delay(time, Clock.Time, stop);
        await _server.StartAsync();
    }

    /// <summary>The clocks of the cluster's machines go wrong by so much more.</summary>
    public void SkewClock(TimeSpan by)
    {
        lock (Store.Gate)
        {
            Clock.Shift(by);
            Agenda.Shift(by);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await Agenda.DisposeAsync();
    }
}
