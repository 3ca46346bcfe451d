using Sluice.Testing;
using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Domain.Access;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Bulk;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;
using Sluice.Domain.Tests.Pipelines;
using Xunit;

namespace Sluice.Domain.Tests.Operations.Bulk;

/// <summary>A fleet, its operations, and replicas that advance runs over it.</summary>
internal sealed class BulkWorld
{
    public static readonly Actor Me = new("demo");

    public BulkWorld(int pipelines = 10, int clusters = 2)
    {
        Store = new FakeBulkStore(Operations);
        foreach (var i in Enumerable.Range(0, pipelines)) Put(Row(Key(i, clusters)));
        var composer = new BulkComposer(Operations, Stub.Of<IClusterDirectory>((method, args) => method == "Api" ? Api : throw new NotSupportedException(method)), Pipelines, Stub.Of<ISnapshotService>((method, args) => method == "ReadAsync" ? CatalogueAsync((PipelineKey)args[0]!) : throw new NotSupportedException(method)));
        Starter = new BulkStarter(Operations, composer, Time);
        Service = new BulkService(Store, Operations, composer, Snapshots, Fleet, Time, Guid.NewGuid);
    }

    public SetTime Time { get; } = new();

    public FakeOperations Operations { get; } = new();

    public FakeBulkStore Store { get; }

    public FakePipelines Pipelines { get; } = new();

    public FakeSnapshots Snapshots { get; } = new();

    public BulkStarter Starter { get; }

    public BulkService Service { get; }

    public FakeFleet Fleet { get; } = new();

    /// <summary>The specs on the clusters, by name.</summary>
    public Dictionary<string, JsonObject> Specs { get; } = [];

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    private IKubernetesApi Api => Stub.Of<IKubernetesApi>((method, args) => method == "GetAsync" ? Task.FromResult(Resource((string)args[1]!, (string)args[2]!)) : throw new NotSupportedException(method));

    public static PipelineKey Key(int i, int clusters = 2) => new($"cluster-{i % clusters}", "team-a", string.Create(CultureInfo.InvariantCulture, $"p{i:000}"));

    public static PipelineRow Row(PipelineKey key, HealthState health = HealthState.Healthy, string? team = "a") => new()
    {
        Key = key,
        Kind = PipelineKind.FlinkJar,
        Team = team,
        Registered = true,
        State = new PipelineState(SyncState.InSync, health, PipelinePhase.None, null),
        Resource = new FlinkResourceRecord { ObjectKey = new ObjectKey(key.Namespace, key.Name), Uid = key.Name, ResourceVersion = "1", Generation = 1, Resource = FlinkResource.Deployment, HasJob = true, Image = "app:1" },
    };

    public void Put(PipelineRow row) => Fleet.Current = Fleet.Current with { Rows = Fleet.Current.Rows.SetItem(row.Key, row), Clusters = Fleet.Current.Clusters.SetItem(row.Key.Cluster, new ReflectorState(ReflectorPhase.Synced, Time.GetUtcNow())) };

    public BulkRequest Request(BulkOrder? order = null) => new(order ?? new BulkOrder { Kind = OperationKind.Restart }, [.. Fleet.Current.Rows.Keys.OrderBy(k => k.Name, StringComparer.Ordinal)]);

    public async Task<Guid> CreateAsync(BulkOrder? order = null) => (await Service.CreateAsync(Request(order), Me, start: true, key: null, Token)).Id;

    /// <summary>A replica takes the run and advances it until nothing more can be done now.</summary>
    public async Task AdvanceAsync(Guid id)
    {
        var fence = (await Store.TakeAsync(id, Token))!.Fence;
        var engine = new BulkEngine(Store, Starter, Fleet, Time);
        int before;
        do
        {
            before = Store.Writes;
            await engine.AdvanceAsync(id, fence, Token);
        }
        while (Store.Writes != before);
    }

    /// <summary>Advances and lets every operation end, until the run rests.</summary>
    public async Task RunAsync(Guid id, Func<PipelineKey, bool>? fails = null)
    {
        for (var i = 0; i < 1000; i++)
        {
            await AdvanceAsync(id);
            if (!Operations.Running.Any(o => o.State != OperationState.Waiting)) return;
            Operations.EndAll(fails);
        }
    }

    /// <summary>Registers a pipeline with its revisions, the oldest first: a word that stands for the spec, when, and the operation that wrote it.</summary>
    public async Task ReviseAsync(int i, params (string Image, DateTimeOffset At, Guid? Operation)[] revisions)
    {
        var pipeline = new Pipeline(Guid.NewGuid(), Key(i), "a", PipelineKind.FlinkJar, false, Me.Name, Time.GetUtcNow());
        await Pipelines.AddAsync(pipeline, new Revision(pipeline.Id, 1, Manifest(revisions[0].Image), Me.Name, "", revisions[0].At, revisions[0].Operation), Token);
        foreach (var (image, at, operation) in revisions.Skip(1))
        {
            Pipelines.Now = at;
            await Pipelines.AddRevisionAsync(pipeline.Id, Manifest(image), Me, "", operation, Token);
        }
        Specs[Key(i).Name] = new JsonObject { ["image"] = revisions[^1].Image };
    }

    /// <summary>A pipeline's savepoint in the catalogue; registers it where <see cref="ReviseAsync"/> did not.</summary>
    public async Task SaveAsync(int i, string path, DateTimeOffset at, bool drained = false, SnapshotState state = SnapshotState.Available, int? revision = null)
    {
        if (await Pipelines.FindAsync(Key(i), Token) is null) await ReviseAsync(i, ("app:1", at, null));
        var pipeline = (await Pipelines.FindAsync(Key(i), Token))!.Id;
        Snapshots.Pipelines[pipeline] = Key(i);
        await Snapshots.NoteAsync([new Snapshot { Id = Guid.NewGuid(), PipelineId = pipeline, Path = path, Kind = SnapshotKind.Savepoint, TakenAt = at, Drained = drained, State = state, Revision = revision }], Token);
    }

    private async Task<SnapshotCatalogue?> CatalogueAsync(PipelineKey key) => await Pipelines.FindAsync(key, Token) is not { } pipeline ? null
        : new SnapshotCatalogue(key, [.. (await Snapshots.ListAsync(pipeline.Id, Token)).Select(s => new SnapshotEntry(s, null, null))], new SnapshotPolicy { PipelineId = pipeline.Id }, [], []);

    private static string Manifest(string image) => $"apiVersion: flink.apache.org/v1beta1\nkind: FlinkDeployment\nspec:\n  image: {image}\n";

    private JsonObject Resource(string ns, string name) => Specs.TryGetValue(name, out var spec)
        ? new JsonObject { ["apiVersion"] = "flink.apache.org/v1beta1", ["kind"] = "FlinkDeployment", ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = ns, ["generation"] = 1L }, ["spec"] = spec.DeepClone() }
        : throw new KubernetesException(KubernetesError.NotFound, "It is not there.");
}

/// <summary>A clock that a test sets.</summary>
internal sealed class SetTime : TimeProvider
{
    private DateTimeOffset _now = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => _now;

    public void Advance(TimeSpan by) => _now += by;
}
