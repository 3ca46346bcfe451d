using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Access;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Pipelines;
using Xunit;

namespace Sluice.Domain.Tests.Operations.Guards;

public sealed class ApprovalTests
{
    private static readonly Actor Demo = new("demo");
    private static readonly Actor Ada = new("ada");

    [Fact]
    public async Task Start_OfACriticalPipelineWithoutAReason_NamesTheField()
    {
        var world = await CriticalAsync();

        var refused = await Should.ThrowAsync<OperationRefusedException>(() => world.StartAsync(OperationWorld.Request(OperationKind.Suspend) with { Reason = " " }));

        (refused.Rule, refused.Field).ShouldBe((GuardRule.Approval, "reason"));
    }

    [Fact]
    public async Task Start_OfACriticalPipeline_WaitsForSomebodyElseAndBeginsThen()
    {
        var world = await CriticalAsync();

        var asked = await world.StartAsync(OperationKind.Suspend);
        await world.Gate.AdvanceAsync(default);

        (await world.FindAsync(asked.Id)).State.ShouldBe(OperationState.AwaitingApproval);
        asked.Plan!.Guards!.Approval.ShouldNotBeNull();
        (await world.WorkAsync()).ShouldBeFalse();

        await world.Service.ApproveAsync(asked.Id, "go on", Ada, default);
        await world.Gate.AdvanceAsync(default);
        await world.WorkAsync();

        var done = await world.FindAsync(asked.Id);
        done.State.ShouldBe(OperationState.Succeeded);
        (done.Guards!.Approval!.By, done.Guards.Approval.Comment, done.Actor).ShouldBe(("ada", "go on", "demo"));
    }

    [Theory]
    [InlineData("demo")]
    [InlineData("token:demo")]
    [InlineData("Demo")]
    public async Task Approve_ByThePersonWhoAsked_IsRefused(string name)
    {
        var world = await CriticalAsync();
        var asked = await world.StartAsync(OperationKind.Suspend);

        var refused = await Should.ThrowAsync<OperationRefusedException>(() => world.Service.ApproveAsync(asked.Id, "", new Actor(name), default));

        refused.Message.ShouldContain("Somebody else has to decide");
        (await world.FindAsync(asked.Id)).State.ShouldBe(OperationState.AwaitingApproval);
    }

    [Fact]
    public async Task Decline_EndsItWithoutAChange()
    {
        var world = await CriticalAsync();
        var asked = await world.StartAsync(OperationKind.Suspend);

        var declined = await world.Service.DeclineAsync(asked.Id, "not before Monday", Ada, default);

        declined.State.ShouldBe(OperationState.NotStarted);
        declined.Message.ShouldContain("not before Monday");
        (await Should.ThrowAsync<OperationRefusedException>(() => world.Service.ApproveAsync(asked.Id, "", Ada, default))).Message.ShouldContain("does not wait for an approval");
    }

    [Fact]
    public async Task Approve_AfterTheTimeForIt_IsRefusedAndItEnds()
    {
        var world = await CriticalAsync(new GuardPolicy { ApprovalWithin = TimeSpan.FromMinutes(10) });
        var asked = await world.StartAsync(OperationKind.Suspend);
        world.Time.Advance(TimeSpan.FromMinutes(11));

        (await Should.ThrowAsync<OperationRefusedException>(() => world.Service.ApproveAsync(asked.Id, "", Ada, default))).Message.ShouldContain("Ask for it again");
        await world.Gate.AdvanceAsync(default);

        (await world.FindAsync(asked.Id)).State.ShouldBe(OperationState.NotStarted);
    }

    [Fact]
    public async Task Approve_AfterSomebodyChangedTheSpec_DoesNotBegin()
    {
        var world = await CriticalAsync();
        var asked = await world.StartAsync(OperationWorld.Request(OperationKind.Upgrade, OperationWorld.Manifest("flink:1.19.4")));
        await world.Cluster.PatchAsync(OperationWorld.Key.KubernetesResource, OperationWorld.Key.Namespace, OperationWorld.Key.Name,
            new KubernetesPatch(KubernetesPatchType.Merge, new JsonObject { ["spec"] = new JsonObject { ["image"] = "flink:1.19.9" } }), new KubernetesWrite(), default);
        await world.SettledAsync();
        await world.Service.ApproveAsync(asked.Id, "", Ada, default);

        await world.Gate.AdvanceAsync(default);

        var ended = await world.FindAsync(asked.Id);
        ended.State.ShouldBe(OperationState.NotStarted);
        ended.Message.ShouldContain("is not the one that was shown any more");
    }

    [Fact]
    public async Task BreakGlass_StartsAtOnceAndIsRecorded()
    {
        var world = await CriticalAsync();

        var started = await world.StartAsync(OperationWorld.Request(OperationKind.Suspend) with { BreakGlass = true });
        await world.WorkAsync();

        var done = await world.FindAsync(started.Id);
        done.State.ShouldBe(OperationState.Succeeded);
        done.Guards!.BrokeGlass.ShouldBeTrue();
    }

    [Fact]
    public async Task BreakGlass_WhereItIsSwitchedOff_IsRefused()
    {
        var world = await CriticalAsync(new GuardPolicy { BreakGlass = false });

        var refused = await Should.ThrowAsync<OperationRefusedException>(() => world.StartAsync(OperationWorld.Request(OperationKind.Suspend) with { BreakGlass = true }));

        (refused.Rule, refused.Field).ShouldBe((GuardRule.Approval, "breakGlass"));
    }

    [Fact]
    public async Task Savepoint_OfACriticalPipeline_NeedsNobody()
    {
        var world = await CriticalAsync();

        (await world.RunAsync(OperationWorld.Request(OperationKind.Savepoint) with { Reason = "" })).State.ShouldBe(OperationState.Succeeded);
    }

    [Fact]
    public async Task Tier_FromCritical_TakesTwoPersons()
    {
        var world = await CriticalAsync();
        (await Should.ThrowAsync<RegistryException>(() => SetAsync(world, Demo, ""))).Field.ShouldBe("reason");

        (await SetAsync(world, Demo, "a test now")).Tier.ShouldBe(PipelineTier.Critical);
        await Should.ThrowAsync<RegistryException>(() => SetAsync(world, new Actor("token:demo"), "a test now"));
        var changed = await SetAsync(world, Ada, "");

        changed.Tier.ShouldBe(PipelineTier.Standard);
        changed.Proposal.ShouldBeNull();
    }

    private static Task<Pipeline> SetAsync(OperationWorld world, Actor actor, string reason) => world.Registry.SetTierAsync(OperationWorld.Key, PipelineTier.Standard, reason, actor, default);

    private static async Task<OperationWorld> CriticalAsync(GuardPolicy? policy = null)
    {
        var world = await new OperationWorld(guards: policy).WithPipelineAsync();
        await world.Registry.SetTierAsync(OperationWorld.Key, PipelineTier.Critical, "", Demo, default);
        return world;
    }
}
