using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Sluice.Domain.Clusters;
using Sluice.Domain.Flink;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Stores.Operations;
using Sluice.Portal.Workers;
using Sluice.Testing;
using Xunit;

namespace Sluice.Portal.Tests.Operations;

public sealed class OperationsWorkerTests(PostgresFixture database) : IClassFixture<PostgresFixture>
{
    private readonly Counting _kind = new();

    [Fact]
    public async Task ExecuteAsync_OnTwoReplicas_RunsEachStepOnce()
    {
        using var store = new OperationStore(() => database.Source, null);
        using var first = Worker(store, "one");
        using var second = Worker(store, "two");
        await first.StartAsync(default);
        await second.StartAsync(default);

        var ids = new List<Guid>();
        for (var i = 0; i < 20; i++) ids.Add(await AddAsync(store, $"pipeline-{i}"));
        await Until.TrueAsync(async () => (await store.ActiveAsync(default)).Count == 0, "all operations to end", TimeSpan.FromSeconds(60));
        await first.StopAsync(default);
        await second.StopAsync(default);

        foreach (var id in ids) (await store.FindAsync(id, default))!.State.ShouldBe(OperationState.Succeeded);
        _kind.Runs.Count.ShouldBe(40);
        _kind.Runs.Values.ShouldAllBe(n => n == 1);
    }

    [Fact]
    public void IsDeadPredecessor_OfALiveOrForeignProcess_IsFalse()
    {
        var here = new ReplicaIdentity("a");
        var parts = here.Name.Split('/');

        here.IsDeadPredecessor(here.Name).ShouldBeFalse();
        here.IsDeadPredecessor("a@elsewhere/1/2/3").ShouldBeFalse();
        here.IsDeadPredecessor("nonsense").ShouldBeFalse();
        here.IsDeadPredecessor($"{parts[0]}/{parts[1]}/{parts[2]}/1").ShouldBeTrue("the id was used by an earlier process");
    }

    private OperationsWorker Worker(OperationStore store, string name)
    {
        var environment = new OperationEnvironment(
            Stub.Of<IClusterDirectory>((method, _) => method == "Api" ? Stub.Of<IKubernetesApi>((m, _) => throw new NotSupportedException(m)) : throw new NotSupportedException(method)),
            Stub.Of<IJobManagers>((m, _) => throw new NotSupportedException(m)), Stub.Of<IPipelineStore>((m, _) => throw new NotSupportedException(m)), TimeProvider.System, new OperationTiming());
        return new OperationsWorker(
            store, new OperationRunner(store, [_kind], environment, OperationsWorker.Lease), new OperationService(store, [_kind], environment, Guid.NewGuid),
            new ReplicaIdentity(name), TimeProvider.System, NullLogger<OperationsWorker>.Instance);
    }

    private static async Task<Guid> AddAsync(OperationStore store, string name)
    {
        var operation = new Operation
        {
            Id = Guid.NewGuid(),
            Kind = OperationKind.Savepoint,
            Pipeline = new PipelineKey("west", "team-orders", name),
            Actor = "demo",
            State = OperationState.Pending,
            CreatedAt = DateTimeOffset.UtcNow,
            Steps = [new() { Index = 0, Name = "first", Title = "First", State = StepState.Pending }, new() { Index = 1, Name = "second", Title = "Second", State = StepState.Pending }],
        };
        await store.AddAsync(operation, default);
        return operation.Id;
    }

    private sealed class Counting : IOperationKind
    {
        public ConcurrentDictionary<(Guid, string), int> Runs { get; } = new();

        public OperationKind Kind => OperationKind.Savepoint;

        public Task<OperationPlan> PlanAsync(PlanContext context, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IReadOnlyList<StepDefinition> Steps(OperationParameters parameters) => [Step("first"), Step("second")];

        private StepDefinition Step(string name) => new(name, name, TimeSpan.FromMinutes(1), (context, _) =>
        {
            Runs.AddOrUpdate((context.Operation.Id, name), 1, (_, n) => n + 1);
            return Task.FromResult(StepResult.Done(name));
        });
    }
}
