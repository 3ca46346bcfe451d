using Shouldly;
using Sluice.Domain.Access;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Pipelines;
using Xunit;

namespace Sluice.Domain.Tests.Operations.Guards;

public sealed class FreezeTests
{
    private static readonly Actor Demo = new("demo");
    private static readonly Actor Ada = new("ada");

    [Fact]
    public async Task Start_DuringAWindow_IsRefusedWithItsNameItsEndAndWhoMayLiftIt()
    {
        var world = await WorldAsync();
        await FreezeAsync(world);

        var refused = await Should.ThrowAsync<OperationRefusedException>(() => world.StartAsync(OperationKind.Restart));

        refused.Rule.ShouldBe(GuardRule.Freeze);
        refused.Message.ShouldContain("Holidays");
        refused.Message.ShouldContain("UTC");
        refused.Message.ShouldContain("the platform team");
        (await world.Service.PlanAsync(OperationWorld.Request(OperationKind.Restart), default)).Problems.ShouldContain(p => p.Contains("Holidays", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Savepoint_DuringAWindow_IsTaken()
    {
        var world = await WorldAsync();
        await FreezeAsync(world);

        (await world.RunAsync(OperationKind.Savepoint)).State.ShouldBe(OperationState.Succeeded);
    }

    [Fact]
    public async Task Override_WhereTheWindowAllowsIt_IsRecorded()
    {
        var world = await WorldAsync();
        await FreezeAsync(world, mayPass: true);
        (await Should.ThrowAsync<OperationRefusedException>(() => world.StartAsync(OperationKind.Restart))).Field.ShouldBe("freezeOverride");

        var done = await world.RunAsync(OperationWorld.Request(OperationKind.Restart) with { FreezeOverride = "an outage" });

        done.State.ShouldBe(OperationState.Succeeded);
        var passed = done.Guards!.PassedFreezes.ShouldHaveSingleItem();
        (passed.Name, passed.Reason).ShouldBe(("Holidays", "an outage"));
    }

    [Fact]
    public async Task Override_WhereTheWindowDoesNotAllowIt_IsRefused()
    {
        var world = await WorldAsync();
        await FreezeAsync(world);

        (await Should.ThrowAsync<OperationRefusedException>(() => world.StartAsync(OperationWorld.Request(OperationKind.Restart) with { FreezeOverride = "an outage" }))).Rule.ShouldBe(GuardRule.Freeze);
    }

    [Theory]
    [InlineData("west", null, null, true)]
    [InlineData("east", null, null, false)]
    [InlineData(null, "orders", null, true)]
    [InlineData(null, "payments", null, false)]
    [InlineData(null, null, PipelineTier.Critical, false)]
    [InlineData(null, null, PipelineTier.Standard, true)]
    [InlineData("west", "payments", null, false)]
    public async Task Window_OfAClusterTeamOrTier_HoldsOnlyThose(string? cluster, string? team, PipelineTier? tier, bool holds)
    {
        var world = await WorldAsync();
        await FreezeAsync(world, cluster: cluster, team: team, tier: tier);

        var plan = await world.Service.PlanAsync(OperationWorld.Request(OperationKind.Restart), default);

        (plan.Guards is { Freezes.Count: > 0 }).ShouldBe(holds);
    }

    [Fact]
    public async Task Approved_WhenAWindowBegins_WaitsVisiblyAndBeginsAfterIt()
    {
        var world = await WorldAsync();
        await world.Registry.SetTierAsync(OperationWorld.Key, PipelineTier.Critical, "", Demo, default);
        var asked = await world.StartAsync(OperationKind.Restart);
        await world.Service.ApproveAsync(asked.Id, "", Ada, default);
        var window = await FreezeAsync(world);

        await world.Gate.AdvanceAsync(default);
        var waits = await world.FindAsync(asked.Id);
        waits.State.ShouldBe(OperationState.Queued);
        waits.Message.ShouldContain("Holidays");
        await world.Freezes.EndAsync(window.Id, "all is done", Ada, default);
        await world.Gate.AdvanceAsync(default);

        (await world.FindAsync(asked.Id)).State.ShouldBe(OperationState.Pending);
    }

    [Fact]
    public async Task Change_OfAnOldVersionOrOfAnEndedOne_IsRefused()
    {
        var world = await WorldAsync();
        var window = await FreezeAsync(world);
        var draft = new FreezeDraft("Holidays", window.Times, MayPass: true);
        (await world.Freezes.ChangeAsync(window.Id, 1, draft, Ada, default)).Version.ShouldBe(2);

        (await Should.ThrowAsync<FreezeRefusedException>(() => world.Freezes.ChangeAsync(window.Id, 1, draft, Demo, default))).Reason.ShouldBe(FreezeRefusal.Changed);
        (await Should.ThrowAsync<FreezeRefusedException>(() => world.Freezes.EndAsync(window.Id, " ", Demo, default))).Problems.ShouldHaveSingleItem().Field.ShouldBe("why");
        (await world.Freezes.EndAsync(window.Id, "done", Demo, default)).EndedBy.ShouldBe("demo");
        (await Should.ThrowAsync<FreezeRefusedException>(() => world.Freezes.ChangeAsync(window.Id, null, draft, Demo, default))).Reason.ShouldBe(FreezeRefusal.Changed);
        (await Should.ThrowAsync<FreezeRefusedException>(() => world.Freezes.EndAsync(Guid.Empty, "done", Demo, default))).Reason.ShouldBe(FreezeRefusal.Unknown);
    }

    [Fact]
    public async Task Add_WithSeveralMistakes_NamesEachField()
    {
        var world = await WorldAsync();
        var over = new FreezeTimes { From = new DateTime(2020, 1, 1), Until = new DateTime(2020, 1, 2) };

        (await Should.ThrowAsync<FreezeRefusedException>(() => world.Freezes.AddAsync(new FreezeDraft(" ", new FreezeTimes { Zone = "Nowhere" }, Cluster: "north", Team: "nobody"), Demo, default)))
            .Problems.Select(p => p.Field).ShouldBe(["times.zone", "times.from", "times.until", "name", "cluster", "team"]);
        (await Should.ThrowAsync<FreezeRefusedException>(() => world.Freezes.AddAsync(new FreezeDraft("Over", over), Demo, default))).Problems.ShouldHaveSingleItem().Message.ShouldContain("over already");
    }

    private static async Task<OperationWorld> WorldAsync() => await new OperationWorld().WithPipelineAsync();

    private static Task<FreezeWindow> FreezeAsync(OperationWorld world, bool mayPass = false, string? cluster = null, string? team = null, PipelineTier? tier = null)
    {
        var now = world.Time.GetUtcNow().UtcDateTime;
        var window = new FreezeWindow
        {
            Id = Guid.NewGuid(),
            Name = "Holidays",
            Times = new FreezeTimes { From = DateTime.SpecifyKind(now.AddDays(-1), DateTimeKind.Unspecified), Until = DateTime.SpecifyKind(now.AddDays(5), DateTimeKind.Unspecified) },
            MayLift = "the platform team",
            MayPass = mayPass,
            Cluster = cluster,
            Team = team,
            Tier = tier,
            CreatedBy = "demo",
            CreatedAt = now,
            UpdatedBy = "demo",
            UpdatedAt = now,
        };
        world.FreezeStore.Windows.Add(window);
        return Task.FromResult(window);
    }
}

internal sealed class FakeFreezes : IFreezeStore
{
    public List<FreezeWindow> Windows { get; } = [];

    /// <summary>What the record answers with, where it is broken.</summary>
    public Exception? Fault { get; set; }

    public Task<IReadOnlyList<FreezeWindow>> AllAsync(CancellationToken cancellationToken) => Fault is { } fault ? Task.FromException<IReadOnlyList<FreezeWindow>>(fault) : Task.FromResult<IReadOnlyList<FreezeWindow>>([.. Windows]);

    public Task AddAsync(FreezeWindow window, CancellationToken cancellationToken)
    {
        Windows.Add(window);
        return Task.CompletedTask;
    }

    public Task<bool> ChangeAsync(FreezeWindow window, CancellationToken cancellationToken)
    {
        var index = Windows.FindIndex(w => w.Id == window.Id && w.Version == window.Version - 1 && w.EndedAt is null);
        if (index >= 0) Windows[index] = window;
        return Task.FromResult(index >= 0);
    }
}
