using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Sluice.Domain.Access;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Tests;

internal sealed class FakeFleet : IFleet
{
    private readonly Channel<FleetChange> _changes = Channel.CreateUnbounded<FleetChange>();

    public FleetSnapshot Current { get; private set; } = Some.Fleet();

    public void Set(FleetSnapshot snapshot) => Current = snapshot;

    public void Publish(FleetChange change)
    {
        Current = change.Snapshot;
        _changes.Writer.TryWrite(change);
    }

    public async IAsyncEnumerable<FleetChange> ChangesAsync(TimeSpan interval, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new FleetChange(Current, Current.Rows.Keys.ToHashSet(), true);
        await foreach (var change in _changes.Reader.ReadAllAsync(cancellationToken)) yield return change;
    }
}

internal sealed class FakeOperations : IOperationService
{
    public List<Operation> All { get; } = [];

    public Exception? Failure { get; set; }

    public OperationPlan? Plan { get; set; }

    public List<OperationRequest> Planned { get; } = [];

    public IReadOnlyDictionary<PipelineKey, ActiveOperation> Active { get; set; } = ImmutableDictionary<PipelineKey, ActiveOperation>.Empty;

    public event Action? ActiveChanged
    {
        add { }
        remove { }
    }

    public Task<OperationPlan> PlanAsync(OperationRequest request, CancellationToken cancellationToken)
    {
        Planned.Add(request);
        return Failure is null ? Task.FromResult(Plan!) : Task.FromException<OperationPlan>(Failure);
    }

    public Task<Operation> StartAsync(OperationRequest request, Actor actor, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<SpecPatchFile> PatchAsync(OperationRequest request, CancellationToken cancellationToken) => Task.FromResult(new SpecPatchFile("orders.yaml", "--- a", "kind: x"));

    public Task<Operation?> FindAsync(Guid id, CancellationToken cancellationToken) => Answer(All.FirstOrDefault(operation => operation.Id == id));

    public Task<IReadOnlyList<Operation>> ListAsync(PipelineKey? pipeline, int limit, CancellationToken cancellationToken) =>
        Answer<IReadOnlyList<Operation>>([.. All.Where(operation => pipeline is null || operation.Pipeline == pipeline).Take(limit)]);

    public Task CancelAsync(Guid id, Actor actor, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RetryAsync(Guid id, Actor actor, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IAsyncEnumerable<Operation> WatchAsync(Guid id, CancellationToken cancellationToken) => throw new NotSupportedException();

    private Task<T> Answer<T>(T value) => Failure is null ? Task.FromResult(value) : Task.FromException<T>(Failure);
}

internal sealed class FakeClusters : IClusterDirectory
{
    public event Action<string>? Changed
    {
        add { }
        remove { }
    }

    public IReadOnlyList<ClusterStatus> All { get; set; } = [];

    public Dictionary<string, ClusterInsight> Insights { get; } = [];

    public ClusterInsight? Insight(string cluster) => Insights.GetValueOrDefault(cluster);

    public IKubernetesApi? Api(string cluster) => null;

    public IResourceFeed<FlinkResourceRecord>? Deployments(string cluster) => null;

    public IResourceFeed<FlinkResourceRecord>? SessionJobs(string cluster) => null;

    public IResourceFeed<StateSnapshotRecord>? Snapshots(string cluster) => null;

    public Task SetAsync(ClusterSettings settings, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RemoveAsync(string cluster, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<ClusterTest> TestAsync(ClusterSettings settings, CancellationToken cancellationToken) => throw new NotSupportedException();
}

internal sealed class FakeAdministration : IClusterAdministration
{
    public HashSet<string> Configured { get; } = [];

    public ClusterUse Use { get; set; } = new(0, 0, 0, []);

    public bool IsConfigured(string cluster) => Configured.Contains(cluster);

    public Task<ClusterTest> TestAsync(ClusterDraft draft, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<ClusterTest> TestAsync(string cluster, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task AddAsync(ClusterDraft draft, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task ChangeAsync(ClusterDraft draft, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task EnableAsync(string cluster, bool enabled, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RemoveAsync(string cluster, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<ClusterUse> UseAsync(string cluster, CancellationToken cancellationToken) => Task.FromResult(Use);
}
