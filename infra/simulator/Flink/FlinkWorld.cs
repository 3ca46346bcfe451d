using System.Text.Json.Nodes;
using Sluice.Simulator.ApiServer;
using Sluice.Simulator.Core;
using Sluice.Simulator.Operator;

namespace Sluice.Simulator.Flink;

/// <summary>All Flink clusters of one Kubernetes cluster, the storage they share, and what the outside world does to them.</summary>
internal sealed class FlinkWorld(ObjectStore store, SimClock clock, Seeds seeds, Agenda agenda, EventRecorder events, string cluster, OperatorVersion version)
{
    private readonly Dictionary<(string Namespace, string Name), FlinkProcess> _processes = [];
    private readonly Dictionary<(string Namespace, string Name), JobTraits> _traits = [];
    private readonly DateTimeOffset _topicsSince = clock.Now - TimeSpan.FromDays(30);
    private long _serial;
    private Sleepers? _sleepers;

    public ObjectStore Store => store;
    public SimClock Clock => clock;
    public Seeds Seeds => seeds;
    public Agenda Agenda => agenda;
    public EventRecorder Events => events;
    public string Cluster => cluster;
    public OperatorVersion Version => version;
    public Sleepers Sleepers => _sleepers ??= new Sleepers(this);
    public StateStorage Storage { get; } = new();
    public DateTimeOffset TopicsSince => _topicsSince;
    public IReadOnlyCollection<FlinkProcess> Processes => _processes.Values;

    /// <summary>What is left of a job in its high-availability store: survives the JobManager.</summary>
    public Dictionary<(string Namespace, string Name), HaRecord> HaStore { get; } = [];

    /// <summary>What the runs of each pipeline wrote, the oldest first.</summary>
    public Dictionary<(string Namespace, string Name), List<JobOutput>> Outputs { get; } = [];

    /// <summary>Namespaces whose quota is used up, with the words that the API server says then.</summary>
    public Dictionary<string, string> ExhaustedQuotas { get; } = [];

    /// <summary>Images whose tag nobody has pushed yet.</summary>
    public HashSet<string> LostImages { get; } = [];

    /// <summary>Nodes that reach no registry.</summary>
    public HashSet<string> BrokenNodes { get; } = [];

    /// <summary>Operations that were triggered over REST; null while they run.</summary>
    public Dictionary<string, JsonObject?> Triggers { get; } = [];

    /// <summary>Called when a JobManager's deployment became available, or lost it, or a whole cluster is gone.</summary>
    public event Action<string, string>? Changed;

    public FlinkProcess? Find(string ns, string name) => _processes.GetValueOrDefault((ns, name)) ?? _sleepers?.Wake(ns, name);

    /// <summary>The same for somebody from outside: what they look at stays awake for a while.</summary>
    public FlinkProcess? Ask(string ns, string name)
    {
        var process = Find(ns, name);
        if (process is not null) process.LastAsked = clock.Now;
        return process;
    }

    public void Add(FlinkProcess process) => _processes[(process.Namespace, process.Name)] = process;

    public void Forget(FlinkProcess process) => _processes.Remove((process.Namespace, process.Name));

    public void SetTraits(string ns, string name, JobTraits traits)
    {
        _traits[(ns, name)] = traits;
        foreach (var process in _processes.Values)
            foreach (var job in process.Jobs.Where(j => process.Namespace == ns && (j.Name == name || process.Name == name)))
                job.Traits = traits;
    }

    /// <summary>A share of all jobs whose next start fails; null: none.</summary>
    public StartFailures? StartFailures { get; set; }

    public JobTraits TraitsOf(string ns, string name, SpecView view)
    {
        var traits = ArgumentTraits.Read(_traits.GetValueOrDefault((ns, name)) ?? ArgumentTraits.Guess(seeds, ns, name), view);
        return StartFailures is { } failures && failures.Hit(seeds, cluster, ns, name, view) ? traits with { MainThrows = failures.Message } : traits;
    }

    public JobTraits? FixedTraits(string ns, string name) => _traits.GetValueOrDefault((ns, name));

    public string NextSerial() => (++_serial).ToString(System.Globalization.CultureInfo.InvariantCulture);

    public FlinkProcess Deploy(JsonObject resource, SpecView view, string? jobId, string? restorePath, bool restoreFromHa)
    {
        var process = new FlinkProcess(this, resource, view, jobId, restorePath, restoreFromHa);
        _processes[(process.Namespace, process.Name)] = process;
        process.Start();
        return process;
    }

    public void Gone(FlinkProcess process)
    {
        if (_processes.GetValueOrDefault((process.Namespace, process.Name)) == process) _processes.Remove((process.Namespace, process.Name));
        Notify(process.Namespace, process.Name);
    }

    public void Wrote(string ns, string name, JobOutput output)
    {
        if (!Outputs.TryGetValue((ns, name), out var runs)) Outputs[(ns, name)] = runs = [];
        if (runs.Count == 200) runs.RemoveAt(0);
        runs.Add(output);
    }

    public void Notify(string ns, string name) => Changed?.Invoke(ns, name);
}

/// <summary>So many of a hundred jobs cannot start, always the same ones; with an image, only in versions whose image holds that text.</summary>
internal sealed record StartFailures(double Percent, string Image, string Message)
{
    public bool Hit(Seeds seeds, string cluster, string ns, string name, SpecView view) =>
        view.Image.Contains(Image, StringComparison.Ordinal) && seeds.Unit(cluster, ns, name, "start-failures") * 100 < Percent;
}

/// <summary>The pointer to the last completed checkpoint that high availability keeps.</summary>
internal sealed record HaRecord(string JobId, SavedState? Last);
