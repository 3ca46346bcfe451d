using System.Text.Json.Nodes;
using Sluice.Simulator.ApiServer;
using Sluice.Simulator.Operator;

namespace Sluice.Simulator.Flink;

/// <summary>What is kept of a Flink cluster while nobody looks at it; the jobs only of one that has been looked at before.</summary>
internal sealed record Sleeper(string Serial, IReadOnlyList<FlinkJob>? Jobs = null);

/// <summary>
/// Flink clusters that run quietly exist only as their resource: pods, services, jobs and the operator's looks at them appear when somebody asks for them,
/// as if they had been there all the time, and go again some minutes later. Twenty thousand that are awake would take a machine of their own.
/// All members are called under the cluster's lock.
/// </summary>
internal sealed class Sleepers(FlinkWorld world)
{
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AwakeFor = TimeSpan.FromMinutes(3);
    private readonly Dictionary<(string Namespace, string Name), Sleeper> _asleep = [];
    private ResourceType? _deployments;
    private ResourceType? _sessionJobs;

    public int Count => _asleep.Count;

    /// <summary>Called when one has woken: the operator looks at it again from then on.</summary>
    public event Action<string, string>? Woken;

    /// <summary>Asked before one falls asleep; false keeps it awake.</summary>
    public Func<string, string, bool> MayForget { get; set; } = (_, _) => true;

    /// <summary>From now on clusters that are quiet fall asleep.</summary>
    public void Begin(ResourceCatalog catalog)
    {
        (_deployments, _sessionJobs) = (catalog.FlinkDeployments, catalog.FlinkSessionJobs);
        world.Agenda.After(Sweep, SweepOnce);
    }

    public void Add(string ns, string name, Sleeper sleeper) => _asleep[(ns, name)] = sleeper;

    public FlinkProcess? Wake(string ns, string name)
    {
        if (_asleep.Count == 0 || !_asleep.Remove((ns, name), out var sleeper)) return null;
        if (world.Store.Find(_deployments!, ns, name)?.ToNode() is not { } resource) return null;
        var status = resource["status"]!;
        var spec = SpecText.Spec(status["reconciliationStatus"]!["lastReconciledSpec"]!.ToString())!;
        var process = new FlinkProcess(world, resource, new SpecView(spec), status["jobStatus"]?["jobId"]?.ToString(), null, false);
        var started = Started(status) ?? DateTimeOffset.Parse(resource["metadata"]!["creationTimestamp"]!.ToString(), System.Globalization.CultureInfo.InvariantCulture);
        world.Add(process);
        process.Revive(sleeper, started, process.View.Job is null ? SessionJobs(ns, name) : []);
        process.LastAsked = world.Clock.Now;
        Woken?.Invoke(ns, name);
        return process;
    }

    /// <summary>Wakes all that a request for pods and the like may mean; null for no limit.</summary>
    public IReadOnlyList<(string Namespace, string Name)> In(string? ns) =>
        _asleep.Count == 0 ? [] : [.. _asleep.Keys.Where(k => string.IsNullOrEmpty(ns) || k.Namespace == ns)];

    public bool Has(string ns, string name) => _asleep.ContainsKey((ns, name));

    private List<(JsonObject Status, SpecView View)> SessionJobs(string ns, string session) =>
        [.. world.Store.All(_sessionJobs!).Values.Where(j => j.Namespace == ns).Select(j => j.ToNode())
            .Where(j => j["spec"]?["deploymentName"]?.ToString() == session && j["status"]?["jobStatus"]?["state"]?.ToString() == "RUNNING")
            .Select(j => (j["status"]!.AsObject(), new SpecView(SpecText.Spec(j["status"]!["reconciliationStatus"]!["lastReconciledSpec"]!.ToString())!)))];

    internal static DateTimeOffset? Started(JsonNode status) =>
        long.TryParse(status["jobStatus"]?["startTime"]?.ToString(), out var milliseconds) ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;

    private void SweepOnce()
    {
        var before = world.Clock.Now - world.Clock.Scale(AwakeFor);
        foreach (var process in world.Processes.Where(p => p.LastAsked < before && p.IsQuiet).ToList())
            if (IsSettled(process) && MayForget(process.Namespace, process.Name)) Sleep(process);
        world.Agenda.After(Sweep, SweepOnce);
    }

    private bool IsSettled(FlinkProcess process)
    {
        if (world.Store.Find(_deployments!, process.Namespace, process.Name)?.ToNode() is not { } resource) return false;
        var status = resource["status"];
        return resource["metadata"]!["deletionTimestamp"] is null
            && status?["lifecycleState"]?.ToString() == "STABLE" && status["jobManagerDeploymentStatus"]?.ToString() == "READY" && status["error"] is null
            && (process.View.Job is null || status["jobStatus"]?["state"]?.ToString() == "RUNNING")
            && JsonNode.DeepEquals(SpecText.Full((JsonObject)resource["spec"]!, world.Version, false), SpecText.Full(process.View.Spec, world.Version, false));
    }

    private void Sleep(FlinkProcess process)
    {
        _asleep[(process.Namespace, process.Name)] = new Sleeper(process.Serial, [.. process.Jobs]);
        process.Vanish();
    }
}
