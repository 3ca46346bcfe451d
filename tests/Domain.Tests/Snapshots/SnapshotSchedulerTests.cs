using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;
using Sluice.Domain.Tests.Operations;
using Xunit;

namespace Sluice.Domain.Tests.Snapshots;

public sealed class SnapshotSchedulerTests
{
    private static readonly SnapshotSchedule Hourly = new("0 * * * *", null, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task LookAsync_TurnHasCome_StartsOneSavepointByTheTimetable()
    {
        var (world, keys) = await PrepareAsync();

        await Scheduler(world).LookAsync(keys, 10, Token);
        await world.WorkAsync();

        var operation = (await ScheduledAsync(world)).Single();
        operation.State.ShouldBe(OperationState.Succeeded, operation.Message);
        world.Cluster.ManualSavepoints.ShouldBe(1);
        var policy = await world.Snapshots.PolicyAsync(keys.Keys.Single(), Token);
        policy.ShouldSatisfyAllConditions(p => p.Claimed.ShouldBeNull(), p => p.LastRun!.Started.ShouldBeTrue(), p => p.LastRun!.Operation.ShouldBe(operation.Id), p => p.Next!.Planned.ShouldBeGreaterThan(world.Time.GetUtcNow().AddMinutes(-5)));
    }

    [Fact]
    public async Task LookAsync_TwoReplicasAtOnce_StartOneOperation()
    {
        for (var run = 0; run < 20; run++)
        {
            var (world, keys) = await PrepareAsync();

            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Scheduler(world).LookAsync(keys, 10, Token), Token)));
            while (await world.WorkAsync())
            {
                // One after another.
            }

            (await ScheduledAsync(world)).Count.ShouldBe(1);
            world.Cluster.ManualSavepoints.ShouldBe(1);
            (await world.Snapshots.PolicyAsync(keys.Keys.Single(), Token)).LastRun!.Started.ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task LookAsync_KilledBeforeAWrite_TheSuccessorTakesTheTurnOnce(int write)
    {
        var (world, keys) = await PrepareAsync();
        var before = world.Snapshots.PolicyWrites;
        world.Snapshots.BeforePolicyWrite = number =>
        {
            if (number == before + write) throw new OperationCanceledException("This replica is dead.");
        };
        await Should.ThrowAsync<OperationCanceledException>(() => Scheduler(world).LookAsync(keys, 10, Token));
        world.Snapshots.BeforePolicyWrite = null;
        // Even where the first one's operation is done by then.
        if (write == 2) await world.WorkAsync();

        await Scheduler(world).LookAsync(keys, 10, Token);
        await world.WorkAsync();

        (await ScheduledAsync(world)).Count.ShouldBe(1);
        world.Cluster.ManualSavepoints.ShouldBe(1);
        (await world.Snapshots.PolicyAsync(keys.Keys.Single(), Token)).ShouldSatisfyAllConditions(p => p.Claimed.ShouldBeNull(), p => p.LastRun!.Started.ShouldBeTrue());
    }

    [Fact]
    public async Task LookAsync_JobDoesNotRun_LeavesTheTurnOutAndSaysWhy()
    {
        var (world, keys) = await PrepareAsync();
        (await world.RunAsync(OperationKind.Suspend)).State.ShouldBe(OperationState.Succeeded);

        await Scheduler(world).LookAsync(keys, 10, Token);

        (await ScheduledAsync(world)).ShouldBeEmpty();
        (await world.Snapshots.PolicyAsync(keys.Keys.Single(), Token)).LastRun.ShouldNotBeNull().ShouldSatisfyAllConditions(r => r.Started.ShouldBeFalse(), r => r.Words.ShouldContain("not RUNNING"));
    }

    [Fact]
    public async Task LookAsync_AnotherOperationIsActive_LeavesTheTurnOutAndNamesIt()
    {
        var (world, keys) = await PrepareAsync();
        var other = await world.StartAsync(OperationKind.Savepoint);

        await Scheduler(world).LookAsync(keys, 10, Token);

        var run = (await world.Snapshots.PolicyAsync(keys.Keys.Single(), Token)).LastRun.ShouldNotBeNull();
        run.Started.ShouldBeFalse();
        run.Operation.ShouldBe(other.Id);
        run.Words.ShouldContain("active");
    }

    [Fact]
    public async Task LookAsync_AfterAWeekAway_TakesOneSavepointOnly()
    {
        var (world, keys) = await PrepareAsync(since: TimeSpan.FromDays(7));

        await Scheduler(world).LookAsync(keys, 10, Token);
        await world.WorkAsync();
        await Scheduler(world).LookAsync(keys, 10, Token);

        (await ScheduledAsync(world)).Count.ShouldBe(1);
    }

    private static SnapshotScheduler Scheduler(OperationWorld world) => new(world.Snapshots, world.Service, world.Time);

    private static async Task<IReadOnlyList<Operation>> ScheduledAsync(OperationWorld world) =>
        [.. (await world.Store.ListAsync(OperationWorld.Key, 100, Token)).Where(o => o.Actor == SnapshotSources.ScheduleActor)];

    private static async Task<(OperationWorld World, IReadOnlyDictionary<Guid, PipelineKey> Keys)> PrepareAsync(TimeSpan? since = null)
    {
        var world = await new OperationWorld().WithPipelineAsync();
        var pipeline = (await world.Pipelines.FindAsync(OperationWorld.Key, Token))!;
        var due = world.Time.GetUtcNow() - (since ?? TimeSpan.FromSeconds(1));
        await world.Snapshots.ChangePolicyAsync(pipeline.Id, p => p with { Schedule = Hourly, Next = new SnapshotTurn(due, due) }, Token);
        return (world, new Dictionary<Guid, PipelineKey> { [pipeline.Id] = pipeline.Key });
    }
}
