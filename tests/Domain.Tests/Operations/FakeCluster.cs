using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Domain.Flink;
using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Tests.Operations;

/// <summary>
/// An API server with optimistic locking and a small model of the operator behind it, in both of its generations. Whenever it is asked it first lets the
/// operator do what is due by the clock. It counts what must happen once only.
/// </summary>
internal sealed class FakeCluster(TimeProvider time, bool snapshots) : IKubernetesApi
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Kind, string Name), JsonObject> _objects = [];
    private readonly Dictionary<string, FakeJob> _jobs = [];
    private int _version = 100;

    public string Cluster => "west";

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Off: the operator does nothing at all.</summary>
    public bool OperatorRuns { get; set; } = true;

    /// <summary>The next manual savepoints fail.</summary>
    public int FailSavepoints { get; set; }

    /// <summary>Set: a stop with savepoint fails again and again with this error.</summary>
    public string? StopError { get; set; }

    /// <summary>Set: starts fail with this error.</summary>
    public string? StartError { get; set; }

    /// <summary>Set: versions with this image do not start.</summary>
    public string? BadImage { get; set; }

    /// <summary>What the operator says of them.</summary>
    public string BadImageError { get; set; } = "ErrImagePull";

    /// <summary>Set: the tasks of versions with this image fail right after each start, while the operator calls the job running.</summary>
    public string? CrashingImage { get; set; }

    /// <summary>Set: jobs with that parallelism do not start.</summary>
    public int? BadParallelism { get; set; }

    /// <summary>On: the JobManager tells the job's vertices.</summary>
    public bool TellsVertices { get; set; }

    /// <summary>On: it tells for how long the job has run and which vertex is its source, too.</summary>
    public bool TellsSources { get; set; }

    /// <summary>The state of the source's vertex.</summary>
    public string SourceState { get; set; } = "RUNNING";

    /// <summary>The records that wait before each subtask of the source, null where one does not tell; empty: the source has no such metric.</summary>
    public IReadOnlyList<int?> Pending { get; set; } = [];

    /// <summary>True where its sources are Beam's, which tell bytes.</summary>
    public bool TellsBytes { get; set; }

    /// <summary>Off: no checkpoint has completed yet.</summary>
    public bool HasCheckpoint { get; set; } = true;

    /// <summary>On: the JobManager refuses another parallelism while the job runs.</summary>
    public bool RefusesScaling { get; set; }

    /// <summary>As many subtasks of a vertex find slots.</summary>
    public int MostSubtasks { get; set; } = int.MaxValue;

    /// <summary>Set: jobs are restored from this path whatever was asked for.</summary>
    public string? RestoreFrom { get; set; }

    /// <summary>Set: finalizers are never taken away.</summary>
    public bool DeletionHangs { get; set; }

    /// <summary>Set: finalizers are not taken away while a JobManager stands.</summary>
    public bool JobManagerHoldsDeletion { get; set; }

    /// <summary>Set: Flink has removed each checkpoint that it tells of, because the next is complete.</summary>
    public bool CheckpointsGone { get; set; }

    /// <summary>Thrown by the next calls.</summary>
    public Queue<KubernetesException> Faults { get; } = [];

    /// <summary>Called after each write that was stored, with its number from 1.</summary>
    public Action<int>? AfterWrite { get; set; }

    public int Writes { get; private set; }

    public int ManualSavepoints { get; private set; }

    public int StopSavepoints { get; private set; }

    public int Starts { get; private set; }

    public List<JsonObject> Patches { get; } = [];

    public int Drains { get; private set; }

    /// <summary>Where savepoints were removed, in order.</summary>
    public List<string> Disposed { get; } = [];

    /// <summary>Set: the JobManager fails to dispose with this, and forgets what it was asked before.</summary>
    public string? DisposalError { get; set; }

    private readonly Dictionary<string, TriggerResult> _disposals = [];

    /// <summary>As the JobManager does it: the request is taken, the outcome shows later.</summary>
    public string AskForDisposal(string path)
    {
        lock (_lock)
        {
            var request = (_disposals.Count + 1).ToString("x32", CultureInfo.InvariantCulture);
            var error = DisposalError ?? (Disposed.Contains(path) ? $"java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory '{path}' on file system 'file'." : null);
            if (error is null) Disposed.Add(path);
            _disposals[request] = new TriggerResult(true, null, null, error is null ? null : JavaThrowable.Parse($"org.apache.flink.util.FlinkException: Could not dispose savepoint {path}.\nCaused by: {error}"));
            Wrote();
            return request;
        }
    }

    public TriggerResult Disposal(string request)
    {
        lock (_lock) return _disposals.GetValueOrDefault(request) ?? throw new FlinkException(FlinkError.NotFound, $"No such request: {request}.", 404);
    }

    /// <summary>The JobManager was replaced: it knows no requests.</summary>
    public void ForgetDisposals()
    {
        lock (_lock) _disposals.Clear();
    }

    public string? StartErrorOf(JsonObject? spec) => StartError ?? (BadParallelism is { } bad && (int?)spec?["job"]?["parallelism"] == bad ? "no slots" : null) ?? (BadImage is not null && (string?)spec?["image"] == BadImage ? BadImageError : null);

    public FakeJob Job(string name) => _jobs[name];

    /// <summary>The first checkpoint since the start; null where the tasks never get so far.</summary>
    public Checkpoint? CheckpointOf(string name) => Crashes(name) || !HasCheckpoint ? null
        : new Checkpoint(1, "COMPLETED", false, null, null, time.GetUtcNow(), time.GetUtcNow(), null, null, null, null, null, null, null, $"file:/checkpoints/{name}/chk-1", CheckpointsGone, null, null, new Dictionary<string, CheckpointVertex>());

    public IReadOnlyList<JobException> FailuresOf(string name) => !Crashes(name) ? []
        : [.. Enumerable.Range(0, 3).Select(i => new JobException(time.GetUtcNow() + TimeSpan.FromSeconds(i), JavaThrowable.Parse("java.lang.IllegalStateException: no such table"), null, null, null, new Dictionary<string, string>(), []))];

    public bool Crashes(JsonObject? deployed) => CrashingImage is { } image && (string?)deployed?["image"] == image;

    private bool Crashes(string name) => Crashes(Find("FlinkDeployment", name)?["spec"] as JsonObject);

    public JsonObject? Find(string kind, string name)
    {
        lock (_lock) return _objects.GetValueOrDefault((kind, name));
    }

    public Task<JsonObject> GetAsync(KubernetesResource resource, string? ns, string name, CancellationToken cancellationToken) => DoAsync(() =>
        (JsonObject)Require(resource, name).DeepClone(), cancellationToken);

    public Task<KubernetesList> ListAsync(KubernetesResource resource, string? ns, KubernetesListQuery query, CancellationToken cancellationToken) => DoAsync(() =>
        new KubernetesList([.. _objects.Where(o => o.Key.Kind == resource.Kind && (query.FieldSelector is null || query.FieldSelector == $"involvedObject.name={o.Value["involvedObject"]?["name"]}")).Select(o => (JsonObject)o.Value.DeepClone())], "1"), cancellationToken);

    public Task<JsonObject> CreateAsync(KubernetesResource resource, string? ns, JsonObject body, KubernetesWrite write, CancellationToken cancellationToken) => DoAsync(() =>
    {
        var name = (string)body["metadata"]!["name"]!;
        if (_objects.ContainsKey((resource.Kind, name))) throw new KubernetesException(KubernetesError.AlreadyExists, $"{name} exists already.", 409);
        if ((string?)body["metadata"]!["namespace"] is { } own && own != ns) throw new KubernetesException(KubernetesError.Invalid, $"The namespace of the object ({own}) is not that of the request ({ns}).", 400);
        if (write.DryRun) return body;
        var stored = (JsonObject)body.DeepClone();
        stored["metadata"]!["uid"] = $"uid-{++_version}";
        stored["metadata"]!["generation"] = 1;
        Store(resource.Kind, name, stored);
        Wrote();
        return (JsonObject)stored.DeepClone();
    }, cancellationToken);

    public Task<JsonObject> PatchAsync(KubernetesResource resource, string? ns, string name, KubernetesPatch patch, KubernetesWrite write, CancellationToken cancellationToken) => DoAsync(() =>
    {
        var stored = Require(resource, name);
        var body = (JsonObject)patch.Body;
        if ((string?)body["metadata"]?["resourceVersion"] is { } version && version != (string?)stored["metadata"]!["resourceVersion"])
            throw new KubernetesException(KubernetesError.Conflict, "The object has been modified.", 409);
        var merged = (JsonObject)Merge(stored, body)!;
        // The schema of older operators does not have it.
        if (!snapshots) (merged["spec"]?["job"] as JsonObject)?.Remove("savepointRedeployNonce");
        if (write.DryRun) return merged;
        if (!JsonNode.DeepEquals(merged["spec"], stored["spec"])) merged["metadata"]!["generation"] = (int)stored["metadata"]!["generation"]! + 1;
        Patches.Add((JsonObject)body.DeepClone());
        Store(resource.Kind, name, merged);
        if (_jobs.TryGetValue(name, out var job)) job.ChangedAt = time.GetUtcNow();
        Wrote();
        return (JsonObject)merged.DeepClone();
    }, cancellationToken);

    public Task DeleteAsync(KubernetesResource resource, string? ns, string name, string? uid, KubernetesWrite write, CancellationToken cancellationToken) => DoAsync(() =>
    {
        var stored = Require(resource, name);
        if (uid is not null && uid != (string?)stored["metadata"]!["uid"]) throw new KubernetesException(KubernetesError.Conflict, "The uid differs.", 409);
        if (resource == KubernetesResource.Deployments) return _objects.Remove((resource.Kind, name));
        stored["metadata"]!["deletionTimestamp"] ??= time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
        stored["metadata"]!["finalizers"] = new JsonArray("flinkdeployments.flink.apache.org/finalizer");
        Store(resource.Kind, name, stored);
        Wrote();
        return true;
    }, cancellationToken);

    public IAsyncEnumerable<KubernetesLogLine> ReadLogAsync(string ns, string pod, KubernetesLogQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<HttpResponseMessage> ProxyServiceAsync(HttpMethod method, string ns, string service, int port, string pathAndQuery, HttpContent? content, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<ClusterCapabilities> DiscoverAsync(CancellationToken cancellationToken) => Task.FromResult(Capabilities);

    public ClusterCapabilities Capabilities => new("v1.30.0", snapshots ? new HashSet<string> { "FlinkDeployment", "FlinkStateSnapshot" } : new HashSet<string> { "FlinkDeployment" }, new Dictionary<string, JsonObject>(), []);

    private Task<T> DoAsync<T>(Func<T> call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (Faults.TryDequeue(out var fault)) throw fault;
            if (OperatorRuns) Operate();
            return Task.FromResult(call());
        }
    }

    private void Wrote() => AfterWrite?.Invoke(++Writes);

    private JsonObject Require(KubernetesResource resource, string name) =>
        _objects.GetValueOrDefault((resource.Kind, name)) ?? throw new KubernetesException(KubernetesError.NotFound, $"{name} does not exist.", 404);

    private void Store(string kind, string name, JsonObject stored)
    {
        stored["metadata"]!["resourceVersion"] = (++_version).ToString(CultureInfo.InvariantCulture);
        _objects[(kind, name)] = stored;
    }

    private void Operate()
    {
        foreach (var ((kind, name), stored) in _objects.ToList())
        {
            if (kind == "FlinkStateSnapshot" && stored["metadata"]!["deletionTimestamp"] is not null) Clean(name, stored);
            else if (kind == "FlinkStateSnapshot") Snapshot(name, stored);
            else if (kind == "FlinkDeployment")
            {
                if (!_jobs.TryGetValue(name, out var job)) _jobs[name] = job = new FakeJob(name, time, snapshots) { ChangedAt = time.GetUtcNow() };
                if (stored["metadata"]!["deletionTimestamp"] is not null)
                {
                    if (!DeletionHangs && !(JobManagerHoldsDeletion && _objects.ContainsKey((KubernetesResource.Deployments.Kind, name))) && _objects.Remove((kind, name))) _jobs.Remove(name);
                    continue;
                }
                var before = job.Starts;
                var saved = job.StopSavepoints;
                var manual = job.ManualSavepoints;
                var drains = job.Drains;
                if (!job.Operate(stored, this)) continue;
                Starts += job.Starts - before;
                StopSavepoints += job.StopSavepoints - saved;
                Drains += job.Drains - drains;
                ManualSavepoints += job.ManualSavepoints - manual;
                stored["status"] = job.Status();
                Store(kind, name, stored);
            }
        }
    }

    private void Clean(string name, JsonObject stored)
    {
        if ((bool?)stored["spec"]!["savepoint"]!["disposeOnDelete"] != false)
        {
            if (!_jobs.Values.Any(j => j.State == "RUNNING")) return;
            Disposed.Add((string)stored["status"]!["path"]!);
        }
        _objects.Remove(("FlinkStateSnapshot", name));
    }

    private void Snapshot(string name, JsonObject stored)
    {
        if (stored["status"] is not null) return;
        var failed = FailSavepoints > 0;
        if (failed) FailSavepoints--;
        else ManualSavepoints++;
        stored["status"] = failed
            ? new JsonObject { ["state"] = "FAILED", ["error"] = "the directory cannot be written" }
            : new JsonObject { ["state"] = "COMPLETED", ["path"] = $"file:/savepoints/{name}" };
        Store("FlinkStateSnapshot", name, stored);
    }

    private static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes) return patch?.DeepClone();
        var merged = target is JsonObject map ? (JsonObject)map.DeepClone() : [];
        foreach (var (name, value) in changes)
        {
            if (value is null) merged.Remove(name);
            else merged[name] = Merge(merged[name], value);
        }
        return merged;
    }
}
