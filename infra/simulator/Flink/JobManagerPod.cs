using System.Text.Json.Nodes;
using Sluice.Simulator.ApiServer;

namespace Sluice.Simulator.Flink;

/// <summary>The pod that the JobManager runs in: pulled, started, crashing, killed.</summary>
internal sealed class JobManagerPod(FlinkWorld world, FlinkProcess process)
{
    private string _name = "";
    private string? _node;
    private int _moves;
    private JsonObject? _last;
    private DateTimeOffset? _started;
    private bool _gone;
    private int _life;

    public string Name => _name;
    public int Restarts { get; private set; }
    public DateTimeOffset? Started => _started;
    public DateTimeOffset? PreviousStarted { get; private set; }
    public DateTimeOffset? PreviousEnded { get; private set; }
    public string Node => _node ?? "node-" + (1 + world.Seeds.Int(6, process.Namespace, process.Name, "node"));

    public void Start()
    {
        var hash = Rename();
        if (world.ExhaustedQuotas.TryGetValue(process.Namespace, out var quota))
        {
            After(0.5, () => process.RefuseByQuota($"pods \"{_name}\" is forbidden: {quota}"));
            After(20, RetryQuota);
            return;
        }
        process.Trouble = null;
        var pod = Pod(hash);
        pod["status"] = PodFactory.Waiting("ContainerCreating", null, 0, null, process.View.Image);
        process.Objects.SetPod(pod);
        Event("Scheduled", $"Successfully assigned {process.Namespace}/{_name} to {Node}", "default-scheduler", false);
        After(2, Pull);
    }

    /// <summary>The pod is evicted and comes back on another node.</summary>
    public void MoveTo(string node)
    {
        if (_started is not { } started || _gone || process.Stopping) return;
        _life++;
        Ended(started, 143, "Completed");
        (_started, _last, _node) = (null, null, node);
        Event("Evicted", "The node was drained.", "kubelet", true);
        world.Store.Remove(ResourceCatalog.Pods, process.Namespace, _name);
        process.LoseJobManager();
        _moves++;
        Start();
    }

    private void Pull()
    {
        if (CannotPull) FailPull(false);
        else Run();
    }

    private bool CannotPull => ArgumentTraits.ImageMissing(process.View) || world.LostImages.Contains(process.View.Image) || world.BrokenNodes.Contains(Node);

    /// <summary>Has been running since then.</summary>
    public void Revive(DateTimeOffset started)
    {
        var pod = Pod(Rename());
        _started = started + TimeSpan.FromSeconds(3);
        pod["status"] = PodFactory.Running(_started.Value, true, 0, null, process.View.Image, process.Address("jm"), Node);
        process.Objects.Stock(ResourceCatalog.Pods, pod, started);
    }

    private string Rename()
    {
        var hash = world.Seeds.PodSuffix(10, process.Namespace, process.Name, process.Serial, "rs");
        _name = $"{process.Name}-{hash}-{world.Seeds.PodSuffix(5, process.Namespace, process.Name, process.Serial, _moves == 0 ? "pod" : $"pod{_moves}")}";
        return hash;
    }

    private JsonObject Pod(string hash)
    {
        var pod = PodFactory.Pod(process, _name, false, PodFactory.Owner("apps/v1", "ReplicaSet", $"{process.Name}-{hash}", world.Seeds.Uid(process.Namespace, process.Name, hash)));
        pod["spec"]!["nodeName"] = Node;
        return pod;
    }

    /// <summary>The container ends and Kubernetes starts it again.</summary>
    public void Kill()
    {
        if (_started is not { } started || _gone) return;
        _life++;
        Ended(started, 137, "Error");
        process.LoseJobManager();
        SetStatus(PodFactory.Waiting("ContainerCreating", null, ++Restarts, _last, process.View.Image));
        After(1, Run);
    }

    /// <summary>Moves the pod's birth into the past.</summary>
    public void Backdate(TimeSpan by)
    {
        if (_started is not { } started || Read() is not { } pod) return;
        _started = started - by;
        PodFactory.Backdate(pod, by);
        world.Store.Put(ResourceCatalog.Pods, pod);
    }

    public void Stop()
    {
        _life++;
        if (Read() is not { } pod) return;
        pod["metadata"]!["deletionTimestamp"] = ObjectWriter.Stamp(world.Clock.Now);
        world.Store.Put(ResourceCatalog.Pods, pod);
        if (_started is not null) Event("Killing", "Stopping container " + PodFactory.Container, "kubelet", false);
    }

    public void Remove()
    {
        _gone = true;
        world.Store.Remove(ResourceCatalog.Pods, process.Namespace, _name);
    }

    private void RetryQuota()
    {
        if (!_gone && _started is null) Start();
    }

    private void Run()
    {
        Event("Pulled", $"Container image \"{process.View.Image}\" already present on machine", "kubelet", false);
        Event("Created", "Created container " + PodFactory.Container, "kubelet", false);
        Event("Started", "Started container " + PodFactory.Container, "kubelet", false);
        var started = world.Clock.Now;
        _started = started;
        SetStatus(PodFactory.Running(started, false, Restarts, _last, process.View.Image, process.Address("jm"), Node));
        var cannotStart = ArgumentTraits.CannotStart(process.View);
        if (cannotStart && Restarts > 0)
        {
            // From the second time on it ends before its probe has succeeded once.
            After(5, Crash);
            return;
        }
        After(cannotStart ? 4 : Restarts > 0 ? 3 : 6 + 4 * world.Seeds.Unit(process.Namespace, process.Name, process.Serial, "boot"), () =>
        {
            SetStatus(PodFactory.Running(started, true, Restarts, _last, process.View.Image, process.Address("jm"), Node));
            process.Trouble = null;
            process.BecomeAvailable(serves: !cannotStart);
            if (cannotStart) After(6, Crash);
        });
    }

    private void Crash()
    {
        Ended(_started!.Value, 1, "Error");
        _started = null;
        process.LoseJobManager();
        var pause = Math.Min(300, 10 * Math.Pow(2, Math.Min(Restarts, 5)));
        Restarts++;
        var uid = Read()?["metadata"]?["uid"];
        var message = $"back-off {(int)pause}s restarting failed container={PodFactory.Container} pod={_name}_{process.Namespace}({uid})";
        SetStatus(PodFactory.Waiting("CrashLoopBackOff", message, Restarts, _last, process.View.Image));
        Event("BackOff", "Back-off restarting failed container", "kubelet", true);
        // The kubelet starts it once more before it backs off for long; the operator sees that as a deployment that is coming up.
        process.Trouble = Restarts > 1 ? ("CrashLoopBackOff", message) : null;
        process.Notify();
        After(pause, Run);
    }

    private void FailPull(bool backOff)
    {
        if (!CannotPull)
        {
            Run();
            return;
        }
        var image = process.View.Image;
        var repository = image.Split(':')[0];
        var host = repository.Contains('/', StringComparison.Ordinal) ? repository.Split('/')[0] : "docker.io";
        var message = backOff
            ? $"Back-off pulling image \"{image}\""
            : world.BrokenNodes.Contains(Node)
            ? $"rpc error: code = DeadlineExceeded desc = failed to pull and unpack image \"{image}\": failed to resolve reference \"{image}\": failed to do request: Head \"https://{host}/v2/\": dial tcp: lookup {host} on 10.0.0.2:53: read udp {Node}: i/o timeout"
            : $"rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": failed to resolve reference \"{image}\": {host}/{repository}: not found";
        var reason = backOff ? "ImagePullBackOff" : "ErrImagePull";
        SetStatus(PodFactory.Waiting(reason, message, 0, null, image));
        if (backOff) Event("BackOff", message, "kubelet", false);
        else
        {
            Event("Pulling", $"Pulling image \"{image}\"", "kubelet", false);
            Event("Failed", $"Failed to pull image \"{image}\": {message}", "kubelet", true);
        }
        Event("Failed", "Error: " + reason, "kubelet", true);
        process.Trouble = (reason, message);
        process.Notify();
        After(backOff ? 45 : 14, () => FailPull(!backOff));
    }

    private void Ended(DateTimeOffset started, int code, string reason)
    {
        PreviousStarted = started;
        PreviousEnded = world.Clock.Now;
        _last = PodFactory.Terminated(code, reason, started, world.Clock.Now);
    }

    private void After(double seconds, Action action)
    {
        var life = _life;
        world.Agenda.After(TimeSpan.FromSeconds(seconds), () =>
        {
            if (life == _life && !_gone && !process.Stopping) action();
        });
    }

    private JsonObject? Read() => world.Store.Find(ResourceCatalog.Pods, process.Namespace, _name)?.ToNode();

    private void SetStatus(JsonObject status)
    {
        if (Read() is not { } pod) return;
        pod["status"] = status;
        world.Store.Put(ResourceCatalog.Pods, pod);
    }

    private void Event(string reason, string message, string component, bool warning) =>
        world.Events.Record("v1", "Pod", process.Namespace, _name, Read()?["metadata"]?["uid"]?.ToString() ?? "", reason, message, component, warning);
}
