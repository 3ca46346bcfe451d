using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Simulator.ApiServer;

namespace Sluice.Simulator.Flink;

/// <summary>One TaskManager.</summary>
internal sealed class TaskManager(string name, string id)
{
    public string Name { get; } = name;

    /// <summary>What Flink calls it.</summary>
    public string Id { get; } = id;
    public DateTimeOffset? Started { get; set; }
    public bool Ready { get; set; }
}

/// <summary>
/// The TaskManagers of a Flink cluster: asked for when a job needs slots. Jobs run while there are enough of them.
/// </summary>
internal sealed class TaskManagers(FlinkWorld world, FlinkProcess process)
{
    // The largest of our imaginary nodes.
    private const double NodeCpu = 16;
    private const long NodeMemory = 64L << 30;
    private readonly List<TaskManager> _all = [];
    private readonly Dictionary<FlinkJob, (int Parallelism, IReadOnlyDictionary<string, int> Overrides)> _rescales = [];
    private int _attempt;
    private int _made;

    public IReadOnlyList<TaskManager> All => _all;
    public IEnumerable<TaskManager> Ready => _all.Where(t => t.Ready);
    public int FreeSlots => Math.Max(0, Ready.Count() * process.View.Slots - process.Jobs.Where(j => j.State == "RUNNING").Sum(SlotsOf));

    /// <summary>Asks for what is missing, and starts the jobs that have their slots.</summary>
    public void Fit()
    {
        var wanted = process.Jobs.Where(j => !j.IsTerminal).Sum(j => _rescales.TryGetValue(j, out var scale) ? SlotsOf(j, scale.Parallelism, scale.Overrides) : SlotsOf(j));
        var pods = process.View.IsStandalone ? process.View.TaskManagers : (wanted + process.View.Slots - 1) / process.View.Slots;
        if (_all.Count < pods && _attempt == 0) _attempt = 1;
        while (_all.Count < pods) Request();
        StartJobs();
    }

    /// <summary>Takes another parallelism as soon as there are slots for it; until then the job runs on as it is.</summary>
    public void Rescale(FlinkJob job, int parallelism, IReadOnlyDictionary<string, int> overrides)
    {
        _rescales[job] = (parallelism, overrides);
        while (process.View.IsStandalone && _all.Count > process.View.TaskManagers)
        {
            RemovePod(_all[^1]);
            _all.RemoveAt(_all.Count - 1);
        }
        Fit();
    }

    public void Kill(string? name = null)
    {
        var victim = _all.FirstOrDefault(t => name is null ? t.Ready : t.Name == name);
        if (victim is null) return;
        _all.Remove(victim);
        RemovePod(victim);
        var now = world.Clock.Now;
        foreach (var job in process.Jobs.Where(j => j.State == "RUNNING"))
        {
            job.Fail(new JobFailure("org.apache.flink.util.FlinkExpectedException", "The TaskExecutor is shutting down.", now, job.Plan.Count > 0 ? job.Plan[0].Name + " (1/" + job.Parallelism + ")" : null, victim.Id), final: false);
            job.Recover(now);
        }
        _attempt++;
        _made = 0;
        Fit();
    }

    /// <summary>Moves the births of the pods into the past.</summary>
    public void Backdate(TimeSpan by)
    {
        foreach (var task in _all.Where(t => t.Started is not null))
        {
            task.Started -= by;
            if (world.Store.Find(ResourceCatalog.Pods, process.Namespace, task.Name)?.ToNode() is not { } pod) continue;
            PodFactory.Backdate(pod, by);
            world.Store.Put(ResourceCatalog.Pods, pod);
        }
    }

    /// <summary>They have been there since then, as many as the jobs take.</summary>
    public void Revive(DateTimeOffset started)
    {
        var slots = process.Jobs.Where(j => !j.IsTerminal).Sum(SlotsOf);
        _attempt = 1;
        while (_all.Count < (slots + process.View.Slots - 1) / process.View.Slots)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{process.Name}-taskmanager-{_attempt}-{++_made}");
            _all.Add(new TaskManager(name, name) { Started = started, Ready = true });
            var pod = PodFactory.Pod(process, name, true, PodFactory.Owner("apps/v1", "Deployment", process.Name, process.Objects.DeploymentUid));
            pod["spec"]!["nodeName"] = NodeOf(name);
            pod["status"] = PodFactory.Running(started, true, 0, null, process.View.Image, process.Address(name), NodeOf(name));
            process.Objects.Stock(ResourceCatalog.Pods, pod, started);
        }
    }

    private string NodeOf(string name) => "node-" + (1 + world.Seeds.Int(6, process.Namespace, name, "node"));

    public void StopAll()
    {
        var stamp = ObjectWriter.Stamp(world.Clock.Now);
        foreach (var task in _all)
        {
            task.Ready = false;
            if (world.Store.Find(ResourceCatalog.Pods, process.Namespace, task.Name)?.ToNode() is not { } pod) continue;
            pod["metadata"]!["deletionTimestamp"] = stamp;
            world.Store.Put(ResourceCatalog.Pods, pod);
        }
    }

    public void RemoveAll()
    {
        foreach (var task in _all) RemovePod(task);
        _all.Clear();
    }

    /// <summary>Flink lets idle TaskManagers go after a while.</summary>
    public void ReleaseIdle()
    {
        world.Agenda.After(TimeSpan.FromSeconds(30), () =>
        {
            if (!process.Stopping && process.Jobs.All(j => j.IsTerminal)) RemoveAll();
        });
    }

    private static int SlotsOf(FlinkJob job, int parallelism, IReadOnlyDictionary<string, int> overrides) => job.Plan.Count == 0 ? 0 : job.Plan.Max(v => overrides.GetValueOrDefault(v.Id, parallelism));

    private static int SlotsOf(FlinkJob job) => job.Plan.Count == 0 ? 0 : job.Plan.Max(job.ParallelismOf);

    private void Request()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{process.Name}-taskmanager-{_attempt}-{++_made}");
        var task = new TaskManager(name, name);
        _all.Add(task);
        if (world.ExhaustedQuotas.TryGetValue(process.Namespace, out var quota))
        {
            world.Events.Record("v1", "Pod", process.Namespace, name, "", "FailedCreate", $"pods \"{name}\" is forbidden: {quota}", "kubernetes", true);
            After(task, 20, () =>
            {
                _all.Remove(task);
                Fit();
            });
            return;
        }
        var pod = PodFactory.Pod(process, name, true, PodFactory.Owner("apps/v1", "Deployment", process.Name, process.Objects.DeploymentUid));
        var (cpu, memory) = process.View.Resources("taskManager");
        var traits = process.MainJob?.Traits;
        if (cpu > NodeCpu || memory > NodeMemory || traits?.TaskManagersUnschedulable == true)
        {
            var lacking = cpu > NodeCpu ? "Insufficient cpu" : "Insufficient memory";
            pod["status"] = PodFactory.Unschedulable($"0/6 nodes are available: 6 {lacking}. preemption: 0/6 nodes are available: 6 No preemption victims found for incoming pod.", world.Clock.Now);
            process.Objects.SetPod(pod);
            RefuseSchedule(task, pod["status"]!["conditions"]![0]!["message"]!.ToString());
            return;
        }
        var node = NodeOf(name);
        pod["spec"]!["nodeName"] = node;
        pod["status"] = PodFactory.Waiting("ContainerCreating", null, 0, null, process.View.Image);
        process.Objects.SetPod(pod);
        Event(task, "Scheduled", $"Successfully assigned {process.Namespace}/{name} to {node}", "default-scheduler", false);
        var start = traits?.TaskManagerStart ?? TimeSpan.FromSeconds(9);
        After(task, start.TotalSeconds * 0.4, () =>
        {
            task.Started = world.Clock.Now;
            SetStatus(task, PodFactory.Running(world.Clock.Now, true, 0, null, process.View.Image, process.Address(name), node));
            Event(task, "Started", "Started container " + PodFactory.Container, "kubelet", false);
            After(task, start.TotalSeconds * 0.6, () =>
            {
                task.Ready = true;
                StartJobs();
            });
        });
    }

    private void RefuseSchedule(TaskManager task, string message)
    {
        Event(task, "FailedScheduling", message, "default-scheduler", true);
        After(task, 60, () => RefuseSchedule(task, message));
    }

    private void StartJobs()
    {
        if (!process.RestUp || process.Stopping) return;
        foreach (var (job, scale) in _rescales.ToList())
        {
            if (!job.IsTerminal && SlotsOf(job, scale.Parallelism, scale.Overrides) > FreeSlots + (job.State == "RUNNING" ? SlotsOf(job) : 0)) continue;
            _rescales.Remove(job);
            if (!job.IsTerminal) job.Rescale(scale.Parallelism, scale.Overrides, world.Clock.Now);
        }
        var free = FreeSlots;
        foreach (var job in process.Jobs.Where(j => j.State is "CREATED" or "RESTARTING" or "INITIALIZING"))
        {
            if (SlotsOf(job) > free) continue;
            free -= SlotsOf(job);
            var wait = job.State == "RESTARTING" ? Backoff(job) : 0.3;
            var entered = job.State;
            world.Agenda.After(TimeSpan.FromSeconds(wait), () =>
            {
                if (job.State != entered || process.Stopping || !process.RestUp) return;
                job.Enter("RUNNING", world.Clock.Now);
                if (job.Traits.FailsAfter is { } after) FailLater(job, after);
            });
        }
    }

    private static double Backoff(FlinkJob job) => Math.Min(60, Math.Pow(2, Math.Min(job.Restarts, 4)));

    /// <summary>The job throws on some TaskManager, and starts again from its last checkpoint.</summary>
    public void FailNow(FlinkJob job)
    {
        var now = world.Clock.Now;
        var task = job.Plan.Count > 0 ? $"{job.Plan[0].Name} (1/{job.ParallelismOf(job.Plan[0])})" : null;
        job.Fail(new JobFailure(job.Traits.FailureClass, job.Traits.FailureMessage, now, task, Ready.FirstOrDefault()?.Id), final: false);
        job.Recover(now);
        StartJobs();
    }

    private void FailLater(FlinkJob job, TimeSpan after)
    {
        var since = job.RunningSince;
        world.Agenda.After(after, () =>
        {
            if (job.State != "RUNNING" || job.RunningSince != since || process.Stopping) return;
            FailNow(job);
        });
    }

    private void After(TaskManager task, double seconds, Action action) =>
        world.Agenda.After(TimeSpan.FromSeconds(seconds), () =>
        {
            if (_all.Contains(task) && !process.Stopping) action();
        });

    private void RemovePod(TaskManager task) => world.Store.Remove(ResourceCatalog.Pods, process.Namespace, task.Name);

    private void SetStatus(TaskManager task, JsonObject status)
    {
        if (world.Store.Find(ResourceCatalog.Pods, process.Namespace, task.Name)?.ToNode() is not { } pod) return;
        pod["status"] = status;
        world.Store.Put(ResourceCatalog.Pods, pod);
    }

    private void Event(TaskManager task, string reason, string message, string component, bool warning) =>
        world.Events.Record("v1", "Pod", process.Namespace, task.Name,
            world.Store.Find(ResourceCatalog.Pods, process.Namespace, task.Name)?.Uid ?? "", reason, message, component, warning);
}
