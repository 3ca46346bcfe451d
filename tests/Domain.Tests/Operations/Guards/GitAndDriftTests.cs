using System.Diagnostics;
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
    public async Task Patch_OfAnUpgrade_ChangesTheRevisionsTextAndAppliesWithGit()
    {
        var world = await InGitAsync();

        var file = await world.Service.PatchAsync(Upgrade(), default);

        file.Path.ShouldBe("orders/order-totals.yaml");
        file.Diff.ShouldStartWith("--- a/orders/order-totals.yaml\n+++ b/orders/order-totals.yaml\n@@ -");
        file.Diff.ShouldContain("-  image: flink:1.19.3\n+  image: flink:1.19.4\n");
        file.Manifest.TrimEnd().ShouldBe(OperationWorld.Manifest("flink:1.19.4").TrimEnd());
        (await ApplyAsync(OperationWorld.Manifest(), file)).TrimEnd().ShouldBe(file.Manifest.TrimEnd());
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
    public async Task PutBack_OfAForeignEdit_IsAnUpgradeToTheRevision()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        await EditAsync(world);
        var drift = (await world.Registry.DriftAsync(OperationWorld.Key, default))!;

        var request = await world.Registry.PutBackAsync(OperationWorld.Key, drift.Generation, "", default);
        var plan = await world.Service.PlanAsync(request, default);

        (request.Kind, request.Reason, request.Generation).ShouldBe((OperationKind.Upgrade, "Put back to revision 1", drift.Generation));
        plan.Problems.ShouldBeEmpty();
        plan.Change.ShouldContain("-  image: flink:1.19.9\n+  image: flink:1.19.3\n");
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

    private static Task EditAsync(OperationWorld world) => world.Cluster.PatchAsync(OperationWorld.Key.KubernetesResource, OperationWorld.Key.Namespace, OperationWorld.Key.Name,
        new KubernetesPatch(KubernetesPatchType.Merge, new JsonObject { ["spec"] = new JsonObject { ["image"] = "flink:1.19.9" } }), new KubernetesWrite(), default);

    /// <summary>What git makes of the patch.</summary>
    private static async Task<string> ApplyAsync(string before, SpecPatchFile file)
    {
        var folder = Directory.CreateTempSubdirectory("sluice-patch");
        try
        {
            var target = Path.Combine(folder.FullName, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            await File.WriteAllTextAsync(target, before.TrimEnd() + "\n");
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "change.patch"), file.Diff);
            using var git = Process.Start(new ProcessStartInfo("git", ["apply", "change.patch"]) { WorkingDirectory = folder.FullName, RedirectStandardError = true })!;
            var said = await git.StandardError.ReadToEndAsync();
            await git.WaitForExitAsync();
            git.ExitCode.ShouldBe(0, said + file.Diff);
            return await File.ReadAllTextAsync(target);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
