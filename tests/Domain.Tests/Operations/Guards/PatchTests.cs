using System.Diagnostics;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;
using Xunit;

namespace Sluice.Domain.Tests.Operations.Guards;

/// <summary>A patch of each kind that changes a spec: both tools that apply patches make the manifest of it that the operation would have left.</summary>
public sealed class PatchTests
{
    private const string Path = "orders/order-totals.yaml";

    // With a comment, and an empty line at the end, as people write files.
    private static readonly string File = OperationWorld.Manifest().Replace("  flinkVersion", "  # As the platform has it.\n  flinkVersion", StringComparison.Ordinal) + "\n\n";

    public static TheoryData<OperationKind> Kinds => [.. Enum.GetValues<OperationKind>().Where(k => OperationKinds.All(new OperationTiming()).Single(o => o.Kind == k).ChangesSpec)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Patch_OfEachKindThatChangesTheSpec_MakesTheManifestThatTheOperationWouldHaveLeft(OperationKind kind)
    {
        var file = await (await WorldAsync(git: true)).Service.PatchAsync(Ask(kind), default);

        file.Path.ShouldBe(Path);
        file.Diff.ShouldNotBeEmpty();
        (await ApplyAsync("git", "apply change.patch", file)).ShouldBe(file.Manifest);
        if (System.IO.File.Exists("/usr/bin/patch")) (await ApplyAsync("patch", "-p1 -s -i change.patch", file)).ShouldBe(file.Manifest);
        file.Manifest.ShouldContain("# As the platform has it.");

        // The same operation where nothing is managed in Git.
        var other = await WorldAsync(git: false);
        var done = await other.RunAsync(Ask(kind));
        done.State.ShouldBe(OperationState.Succeeded, done.Message);
        var pipeline = (await other.Pipelines.AllAsync(default)).ShouldHaveSingleItem();
        var revision = Read((await other.Pipelines.RevisionsAsync(pipeline.Id, default)).MaxBy(r => r.Number)!.Manifest);
        var patched = Read(file.Manifest);
        patched["metadata"]!["name"]!.GetValue<string>().ShouldBe(revision["metadata"]!["name"]!.GetValue<string>());
        SpecComparison.Compare((JsonObject)patched["spec"]!, (JsonObject)revision["spec"]!).ShouldBeEmpty(file.Diff);
    }

    [Fact]
    public async Task Patch_OfASideBySideUpgrade_StartsFromTheNewestSavepoint()
    {
        var world = await WorldAsync(git: true);
        var newest = (string)JsonNode.Parse((await world.RunAsync(OperationKind.Savepoint)).Steps.Single(s => s.Name == "await-savepoint").Data)!["path"]!;

        var file = await world.Service.PatchAsync(Ask(OperationKind.SideBySide), default);

        ((string?)Read(file.Manifest)["spec"]!["job"]!["initialSavepointPath"]).ShouldBe(newest);
        file.Diff.ShouldContain("-  name: order-totals\n+  name: order-totals-g2\n");
    }

    [Fact]
    public async Task Patch_OfASideBySideUpgradeWithoutASavepoint_IsRefused()
    {
        var world = await new OperationWorld().WithPipelineAsync();

        (await Should.ThrowAsync<OperationRefusedException>(() => world.Service.PatchAsync(Ask(OperationKind.SideBySide), default))).Message.ShouldContain("Take a savepoint");
    }

    private static OperationRequest Ask(OperationKind kind) => kind switch
    {
        OperationKind.GoLive => Ask(OperationKind.Upgrade) with { Kind = kind, GoLive = new GoLiveWhen { RunsForSeconds = 1 } },
        OperationKind.Rollback => OperationWorld.Request(kind) with { Revision = 1 },
        OperationKind.Scale => OperationWorld.Request(kind) with { Scale = new ScaleTarget { Parallelism = 4 } },
        _ => OperationWorld.Request(kind, File.Replace("flink:1.19.3", "flink:1.19.4", StringComparison.Ordinal)),
    };

    /// <summary>At revision 2, with a savepoint.</summary>
    private static async Task<OperationWorld> WorldAsync(bool git)
    {
        var world = new OperationWorld { Cluster = { TellsVertices = true, TellsSources = true } };
        (await world.RunAsync(OperationKind.Deploy, File.Replace("flink:1.19.3", "flink:1.19.2", StringComparison.Ordinal))).State.ShouldBe(OperationState.Succeeded);
        (await world.RunAsync(OperationKind.Upgrade, File)).State.ShouldBe(OperationState.Succeeded);
        (await world.RunAsync(OperationKind.Savepoint)).State.ShouldBe(OperationState.Succeeded);
        if (git) await world.Registry.SetGitAsync(OperationWorld.Key, new GitSource("https://git.example.org/jobs", Path), default);
        return world;
    }

    private static JsonObject Read(string manifest) => ManifestYaml.TryParse(manifest, out var document, out var error) ? document.Root : throw new InvalidOperationException(error.Message);

    /// <summary>What a tool makes of the file in the repository.</summary>
    private static async Task<string> ApplyAsync(string tool, string arguments, SpecPatchFile file)
    {
        var folder = Directory.CreateTempSubdirectory("sluice-patch");
        try
        {
            var target = System.IO.Path.Combine(folder.FullName, file.Path);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            await System.IO.File.WriteAllTextAsync(target, File);
            await System.IO.File.WriteAllTextAsync(System.IO.Path.Combine(folder.FullName, "change.patch"), file.Diff);
            using var process = Process.Start(new ProcessStartInfo(tool, arguments) { WorkingDirectory = folder.FullName, RedirectStandardError = true, RedirectStandardOutput = true })!;
            var said = await Task.WhenAll(process.StandardError.ReadToEndAsync(), process.StandardOutput.ReadToEndAsync());
            await process.WaitForExitAsync();
            process.ExitCode.ShouldBe(0, $"{tool}: {string.Concat(said)}\n{file.Diff}");
            return await System.IO.File.ReadAllTextAsync(target);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
