using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Access;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Pipelines;
using Xunit;

namespace Sluice.Domain.Tests.Operations.Guards;

public sealed class GitAndDriftTests
{
    private static readonly Actor Demo = new("demo");
    private static readonly GitSource Source = new("https://git.example.org/jobs", "orders/order-totals.yaml");

    [Fact]
    public async Task Upgrade_OfWhatIsManagedInGit_IsRefusedAndSaysWhereThePatchIs()
    {
        var world = await InGitAsync();

        var refused = await Should.ThrowAsync<OperationRefusedException>(() => world.StartAsync(Upgrade()));

        (refused.Rule, refused.Field).ShouldBe((GuardRule.Git, "kind"));
        refused.Message.ShouldContain("orders/order-totals.yaml");
        var plan = await world.Service.PlanAsync(Upgrade(), default);
        plan.Guards!.PatchOnly.ShouldBeTrue();
        plan.Problems.ShouldContain(p => p.Contains("managed in Git", StringComparison.Ordinal));
        plan.Change.ShouldContain("+  image: flink:1.19.4");
    }

    [Fact]
    public async Task Patch_OfAnUpgrade_ChangesTheRevisionsText()
    {
        var world = await InGitAsync();

        var file = await world.Service.PatchAsync(Upgrade(), default);

        file.Path.ShouldBe("orders/order-totals.yaml");
        file.Diff.ShouldStartWith("--- a/orders/order-totals.yaml\n+++ b/orders/order-totals.yaml\n@@ -");
        file.Diff.ShouldContain("-  image: flink:1.19.3\n+  image: flink:1.19.4\n");
        file.Manifest.TrimEnd().ShouldBe(OperationWorld.Manifest("flink:1.19.4").TrimEnd());
    }

    [Fact]
    public async Task Patch_OfAScaling_HoldsTheParallelismAndNothingOfTheOperation()
    {
        var world = await InGitAsync();
        await world.RunAsync(OperationKind.Restart);

        var file = await world.Service.PatchAsync(OperationWorld.Request(OperationKind.Scale) with { Scale = new ScaleTarget { Parallelism = 4 } }, default);

        file.Diff.Split('\n').Where(l => l is ['+' or '-', _, ..] and not ['+', '+', ..] and not ['-', '-', '-', ..]).ShouldBe(["-    parallelism: 2", "+    parallelism: 4"], file.Diff);
    }

    [Theory]
    [InlineData(OperationKind.Suspend)]
    [InlineData(OperationKind.Savepoint)]
    public async Task Patch_OfWhatChangesNoSpec_IsRefused(OperationKind kind)
    {
        var world = await InGitAsync();

        (await Should.ThrowAsync<OperationRefusedException>(() => world.Service.PatchAsync(OperationWorld.Request(kind), default))).Field.ShouldBe("kind");
    }

    [Theory]
    [InlineData(OperationKind.Restart, "restartNonce")]
    [InlineData(OperationKind.Suspend, "spec.job.state: suspended")]
    [InlineData(OperationKind.Savepoint, "savepointTriggerNonce")]
    [InlineData(OperationKind.Drain, "drain switch")]
    [InlineData(OperationKind.Delete, "creates it again")]
    public async Task Plan_OfWhatIsDoneAllTheSame_SaysWhatItWrites(OperationKind kind, string words)
    {
        var world = await InGitAsync();

        (await world.Service.PlanAsync(OperationWorld.Request(kind), default)).Cautions.ShouldContain(c => c.Contains(words, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Restart_OfWhatIsManagedInGit_IsDone()
    {
        var world = await InGitAsync();

        (await world.RunAsync(OperationKind.Restart)).State.ShouldBe(OperationState.Succeeded);
    }

    [Fact]
    public async Task TakeOver_OfAForeignEdit_BecomesTheNextRevisionWithoutTracesOfOperations()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        await world.RunAsync(OperationKind.Restart);
        await EditAsync(world);
        var drift = (await world.Registry.DriftAsync(OperationWorld.Key, default))!;
        var writes = world.Cluster.Writes;

        var revision = await world.Registry.TakeOverAsync(OperationWorld.Key, drift.Generation, "the incident of today", Demo, default);

        (revision.Number, revision.Author, revision.Reason).ShouldBe((2, "demo", "the incident of today"));
        revision.Manifest.ShouldContain("image: flink:1.19.9");
        revision.Manifest.ShouldNotContain("restartNonce");
        revision.Manifest.ShouldNotContain("sluice.dev/");
        world.Cluster.Writes.ShouldBe(writes);
        (await world.Registry.DriftAsync(OperationWorld.Key, default))!.Differences.ShouldBeEmpty();
    }

    [Fact]
    public async Task TakeOver_WithoutReasonOrOfAnotherChangeOrOfNothing_IsRefused()
    {
        var world = await new OperationWorld().WithPipelineAsync();

        (await Should.ThrowAsync<RegistryException>(() => world.Registry.TakeOverAsync(OperationWorld.Key, null, " ", Demo, default))).Field.ShouldBe("reason");
        (await Should.ThrowAsync<RegistryException>(() => world.Registry.TakeOverAsync(OperationWorld.Key, null, "why", Demo, default))).Message.ShouldContain("nothing to take over");
        await EditAsync(world);
        (await Should.ThrowAsync<RegistryException>(() => world.Registry.TakeOverAsync(OperationWorld.Key, 0, "why", Demo, default))).Field.ShouldBe("generation");
    }

    [Fact]
    public async Task PutBack_OfAForeignEdit_IsAnUpgradeToTheRevisionWithTheState()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        await EditAsync(world);
        var drift = (await world.Registry.DriftAsync(OperationWorld.Key, default))!;

        var request = await world.Registry.PutBackAsync(OperationWorld.Key, drift.Generation, "", default);
        var plan = await world.Service.PlanAsync(request, default);

        (request.Kind, request.Reason, request.Generation).ShouldBe((OperationKind.Upgrade, "Put back to revision 1", drift.Generation));
        plan.Problems.ShouldBeEmpty();
        plan.Change.ShouldContain("-  image: flink:1.19.9\n+  image: flink:1.19.3\n");
        await world.SettledAsync();

        var done = await world.RunAsync(request);

        done.State.ShouldBe(OperationState.Succeeded, done.Message);
        done.Steps.Single(s => s.Name == "verify").Message.ShouldContain("savepoint");
        ((string?)world.Cluster.Find("FlinkDeployment", OperationWorld.Key.Name)!["spec"]!["image"]).ShouldBe("flink:1.19.3");
        (await world.Registry.DriftAsync(OperationWorld.Key, default))!.Differences.ShouldBeEmpty();
        var revisions = await world.Registry.RevisionsAsync(OperationWorld.Key, default);
        revisions.Select(r => (r.Number, r.OperationId == done.Id)).ShouldBe([(2, true), (1, false)]);
        RegistryService.Diff(revisions[1], revisions[0]).ShouldBeEmpty();
    }

    [Fact]
    public async Task PutBack_AfterAnotherEdit_IsRefusedUntilThatWasLookedAt()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        await EditAsync(world);
        var seen = (await world.Registry.DriftAsync(OperationWorld.Key, default))!.Generation;
        await EditAsync(world, "flink:1.19.8");

        var refused = await Should.ThrowAsync<OperationRefusedException>(async () => await world.StartAsync(await world.Registry.PutBackAsync(OperationWorld.Key, seen, "", default)));

        refused.Message.ShouldContain("Someone changed the deployment");
        ((string?)world.Cluster.Find("FlinkDeployment", OperationWorld.Key.Name)!["spec"]!["image"]).ShouldBe("flink:1.19.8");
    }

    [Theory]
    [InlineData("", "/x", "repository")]
    [InlineData("https://git.example.org/jobs", " ", "path")]
    public async Task Git_Incomplete_NamesTheField(string repository, string path, string field)
    {
        var world = await new OperationWorld().WithPipelineAsync();

        (await Should.ThrowAsync<RegistryException>(() => world.Registry.SetGitAsync(OperationWorld.Key, new GitSource(repository, path), default))).Field.ShouldBe(field);
    }

    private static OperationRequest Upgrade() => OperationWorld.Request(OperationKind.Upgrade, OperationWorld.Manifest("flink:1.19.4"));

    private static async Task<OperationWorld> InGitAsync()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        await world.Registry.SetGitAsync(OperationWorld.Key, Source, default);
        return world;
    }

    private static Task EditAsync(OperationWorld world, string image = "flink:1.19.9") => world.Cluster.PatchAsync(OperationWorld.Key.KubernetesResource, OperationWorld.Key.Namespace, OperationWorld.Key.Name,
        new KubernetesPatch(KubernetesPatchType.Merge, new JsonObject { ["spec"] = new JsonObject { ["image"] = image } }), new KubernetesWrite(), default);
}
