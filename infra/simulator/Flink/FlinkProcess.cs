using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Simulator.ApiServer;
using Sluice.Simulator.Operator;

namespace Sluice.Simulator.Flink;

/// <summary>One Flink cluster in Kubernetes: its JobManager, its TaskManagers and its jobs.</summary>
internal sealed class FlinkProcess
{
    private readonly FlinkWorld _world;
    private readonly string? _restorePath;
    private readonly bool _restoreFromHa;
    private string _jobId;
    private string _serial = "";
    private bool _stopping;

    public FlinkProcess(FlinkWorld world, JsonObject resource, SpecView view, string? jobId, string? restorePath, bool restoreFromHa)
    {
        (_world, View, _restorePath, _restoreFromHa) = (world, view, restorePath, restoreFromHa);
        var metadata = resource["metadata"]!;
        (Namespace, Name) = (metadata["namespace"]!.ToString(), metadata["name"]!.ToString());
        Generation = metadata["generation"]?.GetValue<long>() ?? 1;
        _jobId = jobId ?? "";
        Tasks = new TaskManagers(world, this);
        Pod = new JobManagerPod(world, this);
        Objects = new ClusterObjects(world, this, metadata["uid"]!.ToString());
    }

    public string Namespace { get; }
    public string Name { get; }
    public long Generation { get; }
    public SpecView View { get; private set; }
    public List<FlinkJob> Jobs { get; } = [];
    public FlinkJob? MainJob => Jobs.LastOrDefault();
    public JobManagerPod Pod { get; }
    public TaskManagers Tasks { get; }
    public ClusterObjects Objects { get; }

    /// <summary>The deployment has an available replica.</summary>
    public bool Available { get; private set; }

    /// <summary>The JobManager's REST endpoint answers.</summary>
    public bool RestUp { get; private set; }

    public DateTimeOffset RestSince { get; private set; }
    public bool Stopping => _stopping;

    /// <summary>What is wrong with the JobManager's pod, as its waiting container says.</summary>
    public (string Reason, string Message)? Trouble { get; set; }

    /// <summary><c>main()</c> threw: the JobManager answers, with a job that never was.</summary>
    public bool DriverFailed { get; private set; }

    public string Serial => _serial;

    /// <summary>When somebody outside of the simulator last asked for it.</summary>
    public DateTimeOffset LastAsked { get; set; }

    /// <summary>Nothing is going on that would be lost if it went to sleep.</summary>
    public bool IsQuiet => RestUp && !_stopping && Trouble is null && !DriverFailed && Tasks.All.All(t => t.Ready)
        && Jobs.All(j => j.State == "RUNNING" && j.Traits is { FailsAfter: null, CheckpointsTimeOut: false, MainThrows: null });

    public void Start()
    {
        _serial = _world.NextSerial();
        Objects.Create();
        Pod.Start();
    }

    /// <summary>Stands there as it has since long ago.</summary>
    public void Revive(Sleeper sleeper, DateTimeOffset started, IReadOnlyList<(JsonObject Status, SpecView View)> sessionJobs)
    {
        _serial = sleeper.Serial;
        RestSince = started;
        if (sleeper.Jobs is { } known) Jobs.AddRange(known);
        else if (View.Job is not null) ReviveJob(_jobId, View.Get("pipeline.name") ?? Name, View, started);
        else
            foreach (var (status, view) in sessionJobs)
                ReviveJob(status["jobStatus"]!["jobId"]!.ToString(), status["jobStatus"]!["jobName"]!.ToString(), view, Sleepers.Started(status) ?? started);
        Available = RestUp = true;
        var born = started - TimeSpan.FromSeconds(25);
        Objects.Revive(born);
        Pod.Revive(born);
        Tasks.Revive(started - TimeSpan.FromSeconds(10));
    }

    /// <summary>Goes to sleep: its objects are not deleted, only put away.</summary>
    public void Vanish()
    {
        Objects.Vanish();
        _world.Store.Unstock(ResourceCatalog.Pods, Namespace, Pod.Name);
        foreach (var task in Tasks.All) _world.Store.Unstock(ResourceCatalog.Pods, Namespace, task.Name);
        _stopping = true;
        _world.Forget(this);
    }

    private void ReviveJob(string id, string name, SpecView view, DateTimeOffset started)
    {
        var job = NewJob(id, name, view, _world.TraitsOf(Namespace, Name, view), started);
        job.Enter("CREATED", started);
        job.Enter("RUNNING", started + TimeSpan.FromSeconds(2));
        JobOverrides.Apply(job, view);
        Jobs.Add(job);
    }

    public string Address(string part) => $"10.244.{_world.Seeds.Int(250, _world.Cluster, Namespace, Name, part, _serial)}.{2 + _world.Seeds.Int(250, _world.Cluster, Name, part, _serial, "b")}";

    /// <summary>The JobManager's container runs and its probe succeeds.</summary>
    public void BecomeAvailable(bool serves)
    {
        if (_stopping) return;
        Available = true;
        Objects.SetAvailable(true);
        if (serves)
        {
            RestUp = true;
            RestSince = _world.Clock.Now;
            StartJobs();
        }
        _world.Notify(Namespace, Name);
    }

    public void LoseJobManager()
    {
        Available = RestUp = false;
        Objects.SetAvailable(false);
        var now = _world.Clock.Now;
        foreach (var job in Jobs.Where(j => !j.IsTerminal)) job.Enter("SUSPENDED", now);
        _world.Notify(Namespace, Name);
    }

    /// <summary>Takes the cluster down. High-availability data stays unless it is said to go.</summary>
    public void Stop(bool deleteHa)
    {
        if (_stopping) return;
        _stopping = true;
        Remember(deleteHa);
        RestUp = Available = false;
        Pod.Stop();
        Tasks.StopAll();
        Objects.MarkDeleted();
        _world.Agenda.After(TimeSpan.FromSeconds(5 + 3 * _world.Seeds.Unit(Namespace, Name, _serial, "stop")), () =>
        {
            Pod.Remove();
            Tasks.RemoveAll();
            Objects.Remove();
            _world.Gone(this);
        });
    }

    public FlinkJob AddJob(string id, string name, SpecView view, JobTraits traits, string? restorePath, HaRecord? ha)
    {
        var now = _world.Clock.Now;
        var job = NewJob(id, name, view, traits, now);
        if (restorePath is not null && _world.Storage.Find(restorePath) is { } saved) job.Restore(saved, now);
        else if (ha?.Last is { } last) job.Restore(last, now);
        JobOverrides.Apply(job, view);
        Jobs.Add(job);
        _world.Wrote(Namespace, name, job.Output);
        job.Enter("CREATED", now + TimeSpan.FromMilliseconds(10));
        Tasks.Fit();
        return job;
    }

    private FlinkJob NewJob(string id, string name, SpecView view, JobTraits traits, DateTimeOffset at)
    {
        var beam = view.Args.Any(a => a.Contains("FlinkRunner", StringComparison.Ordinal)) || view.EntryClass.Contains("Beam", StringComparison.Ordinal);
        return new FlinkJob(id, name, JobPlan.For(view.EntryClass, name, beam), view.IsReactive ? view.TaskManagers * view.Slots : Math.Max(1, view.Parallelism), traits, _world.Clock, _world.Seeds, _world.Storage, at, _world.TopicsSince)
        {
            CheckpointInterval = view.Duration("execution.checkpointing.interval") ?? (beam ? TimeSpan.FromSeconds(10) : null),
            CheckpointTimeout = View.Duration("execution.checkpointing.timeout") ?? TimeSpan.FromMinutes(10),
            CheckpointDirectory = View.CheckpointDirectory ?? "file:///tmp/checkpoints",
            SavepointDirectory = View.SavepointDirectory,
        };
    }

    /// <summary>Standalone and reactive: other TaskManagers, and the job takes their slots.</summary>
    public void Resize(SpecView view)
    {
        View = view;
        if (MainJob is { IsTerminal: false } job) Tasks.Rescale(job, view.TaskManagers * view.Slots, new Dictionary<string, int>());
    }

    public void RefuseByQuota(string message)
    {
        Trouble = ("FailedCreate", message);
        Objects.RefuseByQuota(message);
        _world.Notify(Namespace, Name);
    }

    public void Notify() => _world.Notify(Namespace, Name);

    private void StartJobs()
    {
        if (View.Job is null)
        {
            if (Jobs.Count > 0) ResumeAfterCrash();
            return;
        }
        if (Jobs.Count > 0)
        {
            ResumeAfterCrash();
            return;
        }
        var traits = _world.TraitsOf(Namespace, Name, View);
        var now = _world.Clock.Now;
        if (traits.MainThrows is { } message)
        {
            DriverFailed = true;
            var driver = new FlinkJob(_jobId, Name, [], 0, traits, _world.Clock, _world.Seeds, _world.Storage, now, _world.TopicsSince) { CheckpointInterval = null };
            Jobs.Add(driver);
            driver.Fail(new JobFailure(traits.FailureClass, message, now, null, null), final: true);
            return;
        }
        _world.HaStore.TryGetValue((Namespace, Name), out var ha);
        AddJob(_jobId, View.Get("pipeline.name") ?? Name, View, traits, _restorePath, _restoreFromHa ? ha : null);
        if (View.HasHa) _world.HaStore[(Namespace, Name)] = new HaRecord(_jobId, ha?.Last);
    }

    /// <summary>With high availability the jobs come back by themselves; without it they are lost.</summary>
    private void ResumeAfterCrash()
    {
        var now = _world.Clock.Now;
        foreach (var job in Jobs.Where(j => !j.IsTerminal).ToList())
        {
            if (!View.HasHa)
            {
                Jobs.Remove(job);
                if (View.Job is not null) AddJob(_world.Seeds.Hex(32, job.Id, _world.NextSerial()), job.Name, View, job.Traits, _restorePath, null);
                continue;
            }
            job.Recover(now);
            job.Enter("CREATED", now);
        }
        Tasks.Fit();
    }

    private void Remember(bool deleteHa)
    {
        var now = _world.Clock.Now;
        // A job that ended for good took its metadata with it.
        if (MainJob is { IsTerminal: false } job)
        {
            job.Advance(now);
            if (View.HasHa && View.Job is not null) _world.HaStore[(Namespace, Name)] = new HaRecord(job.Id, job.LastCheckpoint ?? _world.HaStore.GetValueOrDefault((Namespace, Name))?.Last);
        }
        if (deleteHa) _world.HaStore.Remove((Namespace, Name));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Namespace}/{Name}");
}
