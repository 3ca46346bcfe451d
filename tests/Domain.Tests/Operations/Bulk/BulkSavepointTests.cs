using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Bulk;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;
using Xunit;

namespace Sluice.Domain.Tests.Operations.Bulk;

/// <summary>Runs that begin from savepoints, or leave other pipelines behind than they began with.</summary>
public sealed class BulkSavepointTests
{
    private static readonly BulkWaves NoCanary = new() { Canary = 0 };

    [Fact]
    public async Task Redeploy_ToAMoment_BeginsEachFromItsNewestOfThenAndLeavesOutWhoHasNone()
    {
        var world = new BulkWorld(4);
        var noon = world.Time.GetUtcNow();
        await world.SaveAsync(0, "s3://s/0-early", noon.AddHours(-5));
        await world.SaveAsync(0, "s3://s/0-late", noon.AddHours(-1));
        await world.SaveAsync(0, "s3://s/0-after", noon.AddHours(1));
        await world.SaveAsync(1, "s3://s/1-good", noon.AddHours(-3));
        await world.SaveAsync(1, "s3://s/1-drained", noon.AddHours(-2), drained: true);
        await world.SaveAsync(1, "s3://s/1-leaving", noon.AddHours(-1), state: SnapshotState.Quarantined);
        await world.SaveAsync(2, "s3://s/2-after", noon.AddMinutes(1));
        var (requests, order) = (Requests(world), new BulkOrder { Kind = OperationKind.Redeploy, SavepointBefore = noon, Waves = NoCanary });

        var plan = await world.Service.PlanAsync(world.Request(order), BulkWorld.Token);
        plan.Taken.ShouldBe(2);
        plan.LeftOut.ShouldHaveSingleItem().ShouldSatisfyAllConditions(l => l.Reason.ShouldBe("They have no savepoint of that time that they can begin from"), l => l.Pipelines.ShouldBe(2));
        plan.Cautions.ShouldContain("Their savepoints were taken from 2026-11-21 07:00 UTC (team-a/p001) to 2026-11-21 09:00 UTC. What the jobs did after them is given up, and read again where their sources still have it.");

        await world.RunAsync(await world.CreateAsync(order));
        requests.OrderBy(r => r.Pipeline.Name, StringComparer.Ordinal).Select(r => (r.Kind, r.Pipeline.Name, r.ChosenSnapshot)).ShouldBe([(OperationKind.Redeploy, "p000", "s3://s/0-late"), (OperationKind.Redeploy, "p001", "s3://s/1-good")]);
    }

    [Fact]
    public async Task Redeploy_OfOneWhoseSavepointIsGoneAtItsTurn_IsSkippedAndSaysSo()
    {
        var world = new BulkWorld(1);
        await world.SaveAsync(0, "s3://s/a", world.Time.GetUtcNow());
        var requests = Requests(world);
        var id = await world.CreateAsync(new BulkOrder { Kind = OperationKind.Redeploy, Waves = NoCanary });
        var saved = (await world.Snapshots.ListAsync(world.Snapshots.Pipelines.Keys.Single(), BulkWorld.Token)).Single();
        await world.Snapshots.ChangeAsync(saved.Id, s => s with { State = SnapshotState.Quarantined }, BulkWorld.Token);

        await world.RunAsync(id);

        requests.ShouldBeEmpty();
        world.Store.Items(id).Single().ShouldSatisfyAllConditions(i => i.State.ShouldBe(BulkItemState.Skipped), i => i.Message.ShouldBe("It has no savepoint that it can begin from."));
    }

    [Fact]
    public async Task Plan_WithSavepointsOfOtherRevisions_SaysHowMany()
    {
        var world = new BulkWorld(3);
        foreach (var (i, revision) in new (int, int?)[] { (0, 1), (1, 2), (2, null) })
        {
            world.Put(BulkWorld.Row(BulkWorld.Key(i)) with { Revision = 2 });
            await world.SaveAsync(i, $"s3://s/{i}", world.Time.GetUtcNow(), revision: revision);
        }

        var plan = await world.Service.PlanAsync(world.Request(new BulkOrder { Kind = OperationKind.Redeploy, Waves = NoCanary }), BulkWorld.Token);

        plan.Cautions.ShouldContain("1 of these savepoints is of another revision than that of now: whether the program of now can read it shows when it starts. A rollback can take the revision back as well.");
    }

    [Fact]
    public async Task Rollback_WithTheStateOfThen_TakesAnUnchangedVersionBackAsWell()
    {
        var world = new BulkWorld(2);
        var noon = world.Time.GetUtcNow();
        await world.ReviseAsync(0, ("a", noon.AddHours(-3), null), ("b", noon.AddHours(1), null));
        await world.ReviseAsync(1, ("a", noon.AddHours(-3), null));
        foreach (var i in new[] { 0, 1 }) await world.SaveAsync(i, $"s3://s/{i}", noon.AddHours(-1));
        var requests = Requests(world);

        await world.RunAsync(await world.CreateAsync(new BulkOrder { Kind = OperationKind.Rollback, InForceAt = noon, SavepointBefore = noon, Waves = NoCanary }));

        requests.OrderBy(r => r.Pipeline.Name, StringComparer.Ordinal).Select(r => (r.Pipeline.Name, r.Revision, r.ChosenSnapshot)).ShouldBe([("p000", 1, "s3://s/0"), ("p001", 1, "s3://s/1")]);
    }

    [Fact]
    public async Task Fork_OfMany_DeploysEachUnderItsNewNameWithTheChange()
    {
        var world = new BulkWorld(2);
        await world.ReviseAsync(0, ("one:1", default, null), ("one:2", default, null));
        await world.ReviseAsync(1, ("two:1", default, null));
        var (requests, order) = (Requests(world), new BulkOrder { Kind = OperationKind.Fork, Fork = new BulkFork("-staging", "team-b", "b"), Change = new BulkChange { ImageTag = "9" }, Waves = NoCanary });

        await world.RunAsync(await world.CreateAsync(order));

        requests.OrderBy(r => r.Pipeline.Name, StringComparer.Ordinal).Select(r => (r.Pipeline.ToString(), r.Source?.ToString(), r.Team, r.ChosenSnapshot)).ShouldBe(
            [("cluster-0/team-b/p000-staging", "cluster-0/team-a/p000", "b", null), ("cluster-1/team-b/p001-staging", "cluster-1/team-a/p001", "b", null)]);
        requests.Single(r => r.Source == BulkWorld.Key(0)).Manifest!.ShouldSatisfyAllConditions(m => m.ShouldContain("image: one:9"), m => m.ShouldContain("name: p000-staging"), m => m.ShouldContain("namespace: team-b"));
    }

    [Fact]
    public async Task Fork_WithoutAChange_LeavesTheManifestToTheOperationAndWarnsOfSharedSinks()
    {
        var world = new BulkWorld(1);
        await world.SaveAsync(0, "s3://s/0", world.Time.GetUtcNow().AddHours(-1));
        var suspended = BulkWorld.Row(BulkWorld.Key(0));
        world.Put(suspended with { Resource = suspended.Resource with { DesiredState = "suspended" } });
        var (requests, order) = (Requests(world), new BulkOrder { Kind = OperationKind.Fork, Fork = new BulkFork("-2"), Waves = NoCanary });

        (await world.Service.PlanAsync(world.Request(order), BulkWorld.Token)).LeftOut.ShouldHaveSingleItem().Reason.ShouldContain("name a moment");
        order = order with { SavepointBefore = world.Time.GetUtcNow() };
        (await world.Service.PlanAsync(world.Request(order), BulkWorld.Token)).Cautions.ShouldContain(c => c.Contains("the same sinks", StringComparison.Ordinal));
        await world.RunAsync(await world.CreateAsync(order));

        requests.ShouldHaveSingleItem().ShouldSatisfyAllConditions(r => r.Manifest.ShouldBeNull(), r => r.ChosenSnapshot.ShouldBe("s3://s/0"), r => r.Pipeline.Name.ShouldBe("p000-2"));
    }

    [Fact]
    public async Task SideBySide_OfMany_SendsEachItsSpecAndJudgesTheOneThatTookItsPlace()
    {
        var world = new BulkWorld(2, clusters: 1);
        foreach (var i in new[] { 0, 1 }) world.Specs[BulkWorld.Key(i, 1).Name] = new JsonObject { ["image"] = "app:1" };
        var requests = Requests(world);
        var id = await world.CreateAsync(new BulkOrder
        {
            Kind = OperationKind.SideBySide, Change = new BulkChange { ImageTag = "2" }, Waves = new BulkWaves { Canary = 1 }, Halt = new BulkHaltRules { Health = new BulkHealthRule { After = TimeSpan.FromSeconds(1), Most = 0 } },
        });
        await world.RunAsync(id);
        requests.ShouldHaveSingleItem().ShouldSatisfyAllConditions(r => r.Kind.ShouldBe(OperationKind.SideBySide), r => r.Manifest!.ShouldContain("image: app:2"), r => r.Generation.ShouldBe(1));
        world.Put(BulkWorld.Row(BulkWorld.Key(0, 1) with { Name = "p000-g2" }, HealthState.Failed));

        world.Time.Advance(TimeSpan.FromSeconds(2));
        await world.RunAsync(id);

        world.Store.Run(id).State.ShouldBe(BulkState.Halted);
        world.Store.Run(id).Message.ShouldContain("(1 failed)");
    }

    [Fact]
    public void Check_OfWhatForksAndSavepointsNeed_NamesTheField()
    {
        Fields(new BulkOrder { Kind = OperationKind.Fork }).ShouldBe(["fork"]);
        Fields(new BulkOrder { Kind = OperationKind.Fork, Fork = new BulkFork("-Staging!", "Team B") }).ShouldBe(["fork.suffix", "fork.namespace"]);
        Fields(new BulkOrder { Kind = OperationKind.Fork, Fork = new BulkFork("-staging") }).ShouldBeEmpty();
        Fields(new BulkOrder { Kind = OperationKind.Fork, Fork = new BulkFork("-staging"), Change = new BulkChange { Parallelism = 0 } }).ShouldBe(["change.parallelism"]);
        Fields(new BulkOrder { Kind = OperationKind.SideBySide }).ShouldBe(["change"]);
        Fields(new BulkOrder { Kind = OperationKind.Restart, Fork = new BulkFork("-x"), SavepointBefore = DateTimeOffset.UnixEpoch }).ShouldBe(["fork", "savepointBefore"]);

        static IEnumerable<string> Fields(BulkOrder order) => BulkCheck.Problems(new BulkRequest(order, [BulkWorld.Key(1)])).Select(p => p.Field);
    }

    [Fact]
    public void Against_WhatCannotBeDone_IsLeftOutWithItsReason()
    {
        var row = BulkWorld.Row(BulkWorld.Key(1));
        var sessionJob = row with { Key = row.Key with { Resource = FlinkResource.SessionJob } };
        var longest = row with { Key = row.Key with { Name = new string('p', 40) } };

        BulkPreconditions.Against(new BulkOrder { Kind = OperationKind.SideBySide }, sessionJob)!.ShouldContain("session jobs");
        BulkPreconditions.Against(new BulkOrder { Kind = OperationKind.SideBySide }, row with { Resource = row.Resource with { DesiredState = "suspended" } })!.ShouldContain("suspended");
        BulkPreconditions.Against(new BulkOrder { Kind = OperationKind.Fork, Fork = new BulkFork("-staging") }, longest)!.ShouldContain("longer than 45");
        BulkPreconditions.Against(new BulkOrder { Kind = OperationKind.Fork, Fork = new BulkFork("-2") }, longest).ShouldBeNull();
    }

    private static List<OperationRequest> Requests(BulkWorld world)
    {
        var requests = new List<OperationRequest>();
        world.Operations.Before = requests.Add;
        return requests;
    }
}
