using Sluice.Simulator.ApiServer;
using Sluice.Simulator.Core;

namespace Sluice.Simulator.Operator;

/// <summary>The operator's work queue: looks at a resource when its spec changes, when its cluster changes, and again and again.</summary>
internal sealed class OperatorLoop
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(60);
    private readonly Dictionary<(string Kind, string Namespace, string Name), ResourceHandle> _handles = [];
    private readonly OperatorContext _context;
    private readonly Agenda _agenda;
    private readonly DeploymentReconciler _deployments;
    private readonly SessionJobReconciler _sessionJobs;
    private readonly SnapshotReconciler? _snapshots;

    public OperatorLoop(OperatorContext context, Agenda agenda)
    {
        (_context, _agenda) = (context, agenda);
        var snapshots = new SnapshotObjects(context);
        _deployments = new DeploymentReconciler(context, snapshots);
        _sessionJobs = new SessionJobReconciler(context, snapshots);
        if (context.Version.HasSnapshots) _snapshots = new SnapshotReconciler(context);
        context.Again = Schedule;
        context.Store.Changed += OnChanged;
        context.World.Changed += OnWorldChanged;
        context.World.Sleepers.Woken += OnWoken;
        context.World.Sleepers.MayForget = Forget;
    }

    /// <summary>False while the operator is scaled to nothing.</summary>
    public bool Running { get; private set; } = true;

    public void Stop() => Running = false;

    public void Start()
    {
        Running = true;
        foreach (var handle in _handles.Values) Schedule(handle, Soon);
    }

    /// <summary>Looks at everything at once without waiting; for fleets that existed before.</summary>
    public void RunNow(string kind, string ns, string name) => Run(Handle(kind, ns, name));

    private void OnChanged(ResourceType type, WatchEntry entry)
    {
        // Somebody deletes a JobManager.
        if (type == ResourceCatalog.Deployments && (entry.Kind == WatchKind.Deleted || entry.Object.ToNode()["metadata"]?["deletionTimestamp"] is not null)) _context.World.Processes.FirstOrDefault(p => p.Namespace == entry.Object.Namespace && p.Name == entry.Object.Name)?.Stop(deleteHa: false);
        if (!type.Custom || type.Kind == "FlinkBlueGreenDeployment") return;
        if (entry.Kind == WatchKind.Deleted)
        {
            _handles.Remove((type.Kind, entry.Object.Namespace, entry.Object.Name));
            // Somebody took the finalizer away: owner references take the cluster along.
            if (type.Kind == "FlinkDeployment") _context.World.Find(entry.Object.Namespace, entry.Object.Name)?.Stop(deleteHa: false);
            return;
        }
        if (entry.Kind == WatchKind.Added || SpecOrDeletion(entry)) Schedule(Handle(type.Kind, entry.Object.Namespace, entry.Object.Name), Soon);
    }

    private void OnWorldChanged(string ns, string name)
    {
        if (_handles.TryGetValue(("FlinkDeployment", ns, name), out var deployment)) Schedule(deployment, Soon);
    }

    private void OnWoken(string ns, string name)
    {
        if (_handles.ContainsKey(("FlinkDeployment", ns, name))) return;
        Schedule(Handle("FlinkDeployment", ns, name), _context.Interval * _context.World.Seeds.Unit(ns, name, "look"));
    }

    /// <summary>A resource that sleeps is not looked at; not while something of it is still to be done.</summary>
    private bool Forget(string ns, string name)
    {
        if (!_handles.TryGetValue(("FlinkDeployment", ns, name), out var handle)) return true;
        if (handle.Redeploying || handle.Settling > 0 || handle.NonceRunning is not null) return false;
        handle.Appointment++;
        return _handles.Remove(("FlinkDeployment", ns, name));
    }

    private static bool SpecOrDeletion(WatchEntry entry)
    {
        using var before = System.Text.Json.JsonDocument.Parse(entry.Previous!.Json);
        using var after = System.Text.Json.JsonDocument.Parse(entry.Object.Json);
        return Generation(before) != Generation(after);
    }

    private static long Generation(System.Text.Json.JsonDocument document) =>
        document.RootElement.GetProperty("metadata").TryGetProperty("generation", out var value) ? value.GetInt64() : 0;

    private ResourceHandle Handle(string kind, string ns, string name)
    {
        if (!_handles.TryGetValue((kind, ns, name), out var handle)) _handles[(kind, ns, name)] = handle = new ResourceHandle(kind, ns, name);
        return handle;
    }

    private void Schedule(ResourceHandle handle, TimeSpan delay)
    {
        var appointment = ++handle.Appointment;
        _agenda.After(delay, () =>
        {
            if (appointment == handle.Appointment) Run(handle);
        });
    }

    private void Run(ResourceHandle handle)
    {
        if (!Running) return;
        if (_context.Read(handle) is not { } resource)
        {
            _handles.Remove((handle.Kind, handle.Namespace, handle.Name));
            return;
        }
        switch (handle.Kind)
        {
            case "FlinkDeployment":
                _deployments.Reconcile(handle, resource);
                break;
            case "FlinkSessionJob":
                _sessionJobs.Reconcile(handle, resource);
                break;
            case "FlinkStateSnapshot":
                _snapshots!.Reconcile(handle, resource);
                break;
        }
    }
}
