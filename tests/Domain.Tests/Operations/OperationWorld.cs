using System.Globalization;
using Shouldly;
using Sluice.Domain.Access;
using Sluice.Domain.Clusters;
using Sluice.Domain.Flink;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;
using Sluice.Domain.Tests.Operations.Guards;
using Sluice.Testing;
using Xunit;

namespace Sluice.Domain.Tests.Operations;

/// <summary>A cluster, a record, and replicas that can be killed.</summary>
internal sealed class OperationWorld
{
    public static readonly PipelineKey Key = new("west", "team-orders", "order-totals");
    private readonly IReadOnlyList<IOperationKind> _kinds;

    public OperationWorld(bool snapshots = true, GuardPolicy? guards = null)
    {
        Cluster = new FakeCluster(Time, snapshots);
        var clusters = Stub.Of<IClusterDirectory>((method, args) => method switch
        {
            "get_All" => new[] { new ClusterStatus(new ClusterSettings("west", null, null), new ReflectorState(ReflectorPhase.Synced, Time.GetUtcNow()), Cluster.Capabilities, null) },
            "Api" => (string?)args[0] == "west" ? Cluster : null,
            "Deployments" => Deployments,
            "SessionJobs" => null,
            _ => throw new NotSupportedException(method),
        });
        Freezes = new FreezeService(FreezeStore, Pipelines, clusters, Time, Guid.NewGuid);
        Environment = new OperationEnvironment(clusters, new FakeJobManagers(Cluster), Pipelines, Time, new OperationTiming()) { Snapshots = Snapshots, Guards = (guards ?? new GuardPolicy()) with { Freezes = Freezes } };
        _kinds = OperationKinds.All(Environment.Timing);
        Service = new OperationService(Store, _kinds, Environment, Guid.NewGuid);
        Gate = new OperationGate(Store, Service, Environment);
        Registry = new RegistryService(Pipelines, Environment.Clusters, Time, Guid.NewGuid);
    }

    /// <summary>What the index knows of all deployments; only where a test needs it.</summary>
    public IResourceFeed<FlinkResourceRecord>? Deployments { get; set; }

    public FastTime Time { get; } = new();

    public FakeStore Store { get; } = new();

    public FakePipelines Pipelines { get; } = new();

    public FakeSnapshots Snapshots { get; } = new();

    public FakeCluster Cluster { get; }

    public OperationEnvironment Environment { get; }

    public OperationService Service { get; }

    public OperationGate Gate { get; }

    public FakeFreezes FreezeStore { get; } = new();

    public FreezeService Freezes { get; }

    public RegistryService Registry { get; }

    public static string Manifest(string image = "flink:1.19.3", string extra = "") => $$"""
        apiVersion: flink.apache.org/v1beta1
        kind: FlinkDeployment
        metadata:
          name: order-totals
          namespace: team-orders
        spec:
          image: {{image}}
          flinkVersion: v1_19
          flinkConfiguration:
            state.savepoints.dir: file:///savepoints
        {{extra}}
          job:
            jarURI: local:///opt/job.jar
            parallelism: 2
            upgradeMode: last-state
            state: running
        """;

    public static OperationRequest Request(OperationKind kind, string? manifest = null) => new(kind, Key, "test", manifest, "orders", PipelineKind.FlinkJar);

    public Task<Operation> StartAsync(OperationKind kind, string? manifest = null, bool savepointBeforeDelete = true) =>
        StartAsync(Request(kind, manifest) with { SavepointBeforeDelete = savepointBeforeDelete });

    public Task<Operation> StartAsync(OperationRequest request) => Service.StartAsync(request, new Actor("demo"), TestContext.Current.CancellationToken);

    /// <summary>Claims what there is and works on it, until it ends, waits, or this replica is killed.</summary>
    public async Task<bool> WorkAsync(Kill? kill = null)
    {
        var claimed = await Store.ClaimAsync("replica", TimeSpan.FromMinutes(10), [], TestContext.Current.CancellationToken);
        if (claimed is null) return false;
        using var life = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Cluster.AfterWrite = number => kill?.AtWrite(number, life);
        var runner = new OperationRunner(Store, _kinds, Environment, TimeSpan.FromMinutes(10))
        {
            Boundary = (_, step, boundary, _) =>
            {
                kill?.AtBoundary($"{step}:{boundary}", life);
                return Task.CompletedTask;
            },
        };
        try
        {
            await runner.RunAsync(claimed, life.Token);
        }
        catch (OperationCanceledException) when (kill?.Happened == true)
        {
            // The replica is dead.
        }
        return true;
    }

    public async Task<Operation> RunAsync(OperationKind kind, string? manifest = null, bool savepointBeforeDelete = true)
    {
        var operation = await StartAsync(kind, manifest, savepointBeforeDelete);
        await WorkAsync();
        return await FindAsync(operation.Id);
    }

    public async Task<Operation> RunAsync(OperationRequest request)
    {
        var operation = await StartAsync(request);
        await WorkAsync();
        return await FindAsync(operation.Id);
    }

    public async Task<Operation> FindAsync(Guid id) => (await Store.FindAsync(id, TestContext.Current.CancellationToken))!;

    /// <summary>Waits until the operator has made a running job of what somebody changed.</summary>
    public async Task SettledAsync()
    {
        while (new FlinkObject(await Cluster.GetAsync(Key.KubernetesResource, Key.Namespace, Key.Name, TestContext.Current.CancellationToken)) is not { TakenUp: true, Runs: true }) await Task.Delay(TimeSpan.FromSeconds(1), Time, TestContext.Current.CancellationToken);
    }

    /// <summary>A running pipeline, or a suspended one.</summary>
    public async Task<OperationWorld> WithPipelineAsync(bool suspended = false)
    {
        (await RunAsync(OperationKind.Deploy, Manifest())).State.ShouldBe(OperationState.Succeeded);
        if (suspended) (await RunAsync(OperationKind.Suspend)).State.ShouldBe(OperationState.Succeeded);
        return this;
    }

    /// <summary>A running pipeline under the adaptive scheduler, whose JobManager tells its vertices.</summary>
    public async Task<OperationWorld> WithScalablePipelineAsync(string scheduler = "adaptive")
    {
        Cluster.TellsVertices = true;
        (await RunAsync(OperationKind.Deploy, Manifest(extra: $"    jobmanager.scheduler: {scheduler}"))).State.ShouldBe(OperationState.Succeeded);
        return this;
    }

    /// <summary>A savepoint that was taken and whose quarantine has ended, with newer ones behind it.</summary>
    public async Task<Snapshot> WithQuarantinedAsync()
    {
        var token = TestContext.Current.CancellationToken;
        (await RunAsync(OperationKind.Savepoint)).State.ShouldBe(OperationState.Succeeded);
        var newer = await RunAsync(OperationKind.Savepoint);
        newer.State.ShouldBe(OperationState.Succeeded);
        var pipeline = (await Pipelines.FindAsync(Key, token))!;
        var known = SnapshotHistory.Of(await Store.ListAsync(Key, 10, token));
        var snapshots = known.Select((k, i) => new Snapshot
        {
            Id = OperationNamesFor(i),
            PipelineId = pipeline.Id,
            Path = k.Path,
            Kind = SnapshotKind.Savepoint,
            Origin = SnapshotOrigin.Operation,
            TakenAt = k.At,
            ObjectName = Cluster.Capabilities.HasSnapshots ? SnapshotPath.Name(k.Path) : null,
        }).OrderBy(s => s.TakenAt).ToList();
        await Snapshots.NoteAsync(snapshots, token);
        return (await Snapshots.ChangeAsync(snapshots[0].Id, s => s with { State = SnapshotState.Quarantined, QuarantinedBy = "demo", QuarantineUntil = Time.GetUtcNow() }, token))!;
    }

    private static Guid OperationNamesFor(int number) => new(number + 1, 0, 0, new byte[8]);

    private sealed class FakeJobManagers(FakeCluster cluster) : IJobManagers
    {
        public IJobManager Of(PipelineKey key, string deployment) => Stub.Of<IJobManager>((method, args) => method switch
        {
            "CheckpointsAsync" => Task.FromResult(new CheckpointStatistics(1, 0, 1, 0, 1, cluster.CheckpointOf(deployment), null, null,
                cluster.Job(deployment).RestoredFrom is { } path ? new RestoredCheckpoint(1, null, true, path.Replace("file:/", "file:///", StringComparison.Ordinal)) : null,
                cluster.CheckpointOf(deployment) is { } checkpoint ? [checkpoint] : [], null!)),
            "ExceptionsAsync" => Task.FromResult(new JobExceptions(cluster.FailuresOf(deployment), false)),
            "MetricNamesAsync" when cluster.TellsSources => Task.FromResult<IReadOnlyList<string>>(cluster.Pending.Count > 0 ? ["numRecordsOutPerSecond", "Source__orders.pendingRecords"] : cluster.TellsBytes ? ["numRecordsOutPerSecond", "Source__orders.pendingBytes"] : ["numRecordsOutPerSecond"]),
            "MetricsAsync" when cluster.TellsSources => Task.FromResult(new MetricValues(cluster.Pending.Select((p, i) => (Name: $"{i}.Source__orders.pendingRecords", p)).Where(m => m.p is not null).ToDictionary(m => m.Name, m => m.p!.Value.ToString(CultureInfo.InvariantCulture)))),
            "AggregatesAsync" when cluster.TellsSources => Task.FromResult<IReadOnlyDictionary<string, MetricAggregate>>(new Dictionary<string, MetricAggregate>()),
            "JobAsync" when cluster.TellsVertices || cluster.TellsSources => Task.FromResult(Job(cluster.Job(deployment))),
            "DisposeSavepointAsync" => Task.FromResult(cluster.AskForDisposal((string)args[0]!)),
            "DisposalAsync" => Task.FromResult(cluster.Disposal((string)args[0]!)),
            _ => throw new FlinkException(FlinkError.Unreachable, "It answers nothing else."),
        });

        private FlinkJob Job(FakeJob job) => new(job.JobId, "order-totals", job.State, null, null, null, cluster.TellsSources ? cluster.Now - job.StartedAt : null, null, null, new Dictionary<string, DateTimeOffset>(), new Dictionary<string, int>(),
            [.. job.Vertices.Select(v => Vertex(v.Key, v.Key == FakeJob.Totals ? "totals" : "source", Math.Min(v.Value, cluster.MostSubtasks), v.Key == FakeJob.Source ? cluster.SourceState : "RUNNING"))],
            new JobPlan(null, cluster.TellsSources ? [new PlanNode(FakeJob.Source, null, "source", []), new PlanNode(FakeJob.Totals, null, "totals", [new PlanInput(FakeJob.Source, 0, null, null)])] : []));

        private static JobVertex Vertex(string id, string name, int subtasks, string state) =>
            new(id, name, state, subtasks, 128, null, null, null, new Dictionary<string, int> { ["RUNNING"] = subtasks }, new VertexIo(0, 0, 0, 0, true, null, null, null), null);
    }
}

/// <summary>Ends a replica at one moment: the token stands for the process, and nothing is done or written after it.</summary>
internal sealed class Kill(string? boundary = null, int? write = null)
{
    public bool Happened { get; private set; }

    public void AtBoundary(string at, CancellationTokenSource life)
    {
        if (at == boundary) Die(life);
    }

    public void AtWrite(int number, CancellationTokenSource life)
    {
        if (number == write) Die(life);
    }

    private void Die(CancellationTokenSource life)
    {
        Happened = true;
        life.Cancel();
        throw new OperationCanceledException(life.Token);
    }
}
