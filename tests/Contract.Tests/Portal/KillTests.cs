using System.Diagnostics;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Snapshots;
using Sluice.Testing;
using Xunit;

namespace Sluice.Contract.Tests.Portal;

/// <summary>
/// The portal is killed (SIGKILL, by itself, at a named boundary) at every step of every kind of operation, on a cluster of each generation of the operator, and started again on what
/// it left behind. Each operation has to end as one that nobody disturbed, with what it does to the cluster done once. One operation is killed at one boundary after the other, so
/// that each start of the portal is a kill. Usually one boundary of each operation is taken, on the newest operator; <c>SLUICE_KILLS=all</c> (<c>make chaos</c>)
/// takes them all, every other one on each of two clusters; <c>SLUICE_KILLS=scale,fork</c> takes all of these kinds.
/// </summary>
[Collection(nameof(KillFixture))]
public sealed class KillTests(KillFixture fixture)
{
    internal static readonly string[] Chosen = (Environment.GetEnvironmentVariable("SLUICE_KILLS") ?? "").Split(',');
    internal static readonly bool All = Chosen.Contains("all");
    internal static readonly string[] Clusters = All ? ["eu-west", "us-east"] : ["eu-west"];

    [Fact]
    [Trait("Category", "Chaos")]
    public async Task EveryStepOfEveryKind_PortalKilled_EndsAsIfNothingHappened()
    {
        var world = fixture.World;
        var clock = Stopwatch.StartNew();
        var calm = await Task.WhenAll(Clusters.Select(c => LiveAsync(world, c)));
        KillScript.Acts("", "x").Select(a => a.Kind).Distinct().Order().ShouldBe(Enum.GetNames<OperationKind>().Select(k => k.ToLowerInvariant()).Order(), "the script has every kind of operation");
        KillWorld.Say($"{Clusters.Length * calm[0].Count} operations undisturbed on {Clusters.Length} clusters in {clock.Elapsed.TotalSeconds:0} s");

        var account = new KillAccount();
        for (var part = 0; part < Clusters.Length; part++) await SurviveAsync(world, Clusters[part], calm[part], part, account);
        KillWorld.Say($"The portal killed, in {clock.Elapsed.TotalSeconds:0} s: {account}");
        foreach (var line in account.Lines()) KillWorld.Say(line);
        account.IsClean.ShouldBeTrue(account.ToString());
        if (All) account.Kills.ShouldBeGreaterThanOrEqualTo(200);
    }

    /// <summary>The script without a disturbance: what each operation came to.</summary>
    private static async Task<IReadOnlyList<Outcome>> LiveAsync(KillWorld world, string cluster)
    {
        var (outcomes, path) = (new List<Outcome>(), "");
        using var api = new PortalApi(world.Portal);
        foreach (var act in KillScript.Acts(cluster, "calm"))
        {
            var (before, pipeline) = (await world.CountAsync(cluster, "calm", act.After), $"{cluster}/{KillScript.Namespace}/calm{act.Beside}");
            var ended = await api.EndedAsync(await BegunAsync(api, await BeginAsync(api, act, pipeline, path), pipeline), TimeSpan.FromMinutes(3));
            var outcome = await OutcomeAsync(world, cluster, "calm", act.After, ended, before);
            outcome.State.ShouldBe(act.GoesBack ? "failed" : "succeeded", ended.ToJsonString());
            if (act.GoesBack) ((string)ended["message"]!).ShouldContain("Sluice went back");
            outcome.Runs.ShouldBe(act.Runs, $"{act.Kind} on {cluster}");
            outcomes.Add(outcome);
            if (path.Length == 0) path = KillScript.PathOf(ended) ?? "";
        }

        return outcomes;
    }

    /// <summary>The same script with a kill at every chosen boundary.</summary>
    private static async Task SurviveAsync(KillWorld world, string cluster, IReadOnlyList<Outcome> calm, int part, KillAccount account)
    {
        var path = "";
        var acts = KillScript.Acts(cluster, "survivor");
        var kills = acts.Select((act, i) => Kills(act, i, calm[i], part)).ToList();
        await world.RestartAsync(kills[0][0]);
        for (var i = 0; i < acts.Count; i++)
        {
            var before = await world.CountAsync(cluster, "survivor", acts[i].After);
            string id;
            using (var api = new PortalApi(world.Portal)) id = await BeginAsync(api, acts[i], $"{cluster}/{KillScript.Namespace}/survivor{acts[i].Beside}", path);
            foreach (var next in kills[i].Skip(1).Append(i + 1 < acts.Count ? kills[i + 1][0] : null))
            {
                await world.KilledAsync();
                world.StartAgain(next);
            }

            JsonNode ended;
            await world.ReadyAsync();
            using (var api = new PortalApi(world.Portal)) ended = await api.EndedAsync(id, TimeSpan.FromMinutes(3));
            var outcome = await OutcomeAsync(world, cluster, "survivor", acts[i].After, ended, before);
            var twice = world.Passed(id).Where(p => p.EndsWith(":Recorded", StringComparison.Ordinal)).CountBy(p => p).Count(p => p.Value > 1);
            var once = outcome.State == calm[i].State && outcome.Steps == calm[i].Steps && outcome.Revisions == calm[i].Revisions && twice == 0;
            if (!once || outcome.Savepoints != calm[i].Savepoints || outcome.Runs != calm[i].Runs)
                KillWorld.Say($"{cluster}, {acts[i].Kind} with kills at {string.Join(", ", kills[i])}:\n  {outcome}, {twice} steps recorded twice\n  undisturbed: {calm[i]}\n  {ended.ToJsonString()}");
            account.Add(new KilledOperation(acts[i].Kind, [.. kills[i].Select(k => k[(k.IndexOf(':', StringComparison.Ordinal) + 1)..])], once, outcome.Savepoints, calm[i].Savepoints, calm[i].Runs && !outcome.Runs));
            if (path.Length == 0) path = KillScript.PathOf(ended) ?? "";
        }
    }

    private static async Task<string> BeginAsync(PortalApi api, KillAct act, string pipeline, string path)
    {
        if (act.Kind != KillScript.Disposal) return await api.StartAsync(act.Kind, pipeline, act.Body(path));
        JsonNode? leaving = null;
        await Until.TrueAsync(async () =>
        {
            // Not the one that the script starts from.
            leaving = (await api.GetAsync($"/pipelines/{pipeline}/snapshots?look=true"))["snapshots"]!.AsArray()
                .LastOrDefault(s => s!["obstacle"] is null && !SnapshotPath.Same((string?)s["snapshot"]!["path"], path))?["snapshot"];
            return leaving is not null;
        }, "a savepoint that may go", TimeSpan.FromSeconds(60));
        var id = (string)leaving!["id"]!;
        await api.PostAsync($"/pipelines/{pipeline}/snapshots/{id}/dispose", new { quarantine = "PT0S" });
        return SnapshotIds.Disposal(Guid.Parse(id), 0).ToString();
    }

    /// <summary>Waits until the portal has begun it.</summary>
    private static async Task<string> BegunAsync(PortalApi api, string id, string pipeline)
    {
        await Until.TrueAsync(async () => (await api.GetAsync($"/operations?pipeline={pipeline}")).AsArray().Any(o => (string?)o!["id"] == id), $"operation {id} to be begun", TimeSpan.FromSeconds(60));
        return id;
    }

    /// <summary>Where to kill: at what an undisturbed one passed. The worst boundary is the one after the work is done and before that is recorded.</summary>
    private static List<string> Kills(KillAct act, int number, Outcome calm, int part)
    {
        var worst = calm.Passed.Where(p => p.EndsWith(":After", StringComparison.Ordinal)).ToList();
        worst.Count.ShouldBeGreaterThan(0, act.Kind);
        var chosen = All || Chosen.Contains(act.Kind) ? calm.Passed.Where((_, i) => i % Clusters.Length == part) : [worst[number % worst.Count]];
        return [.. chosen.Select(p => $"{act.Kind}:{p}")];
    }

    private static async Task<Outcome> OutcomeAsync(KillWorld world, string cluster, string pipeline, string beside, JsonNode ended, (int Savepoints, int Revisions) before)
    {
        var after = await world.CountAsync(cluster, pipeline, beside);
        // A step that finds its work done, because it was killed after that, says that it was not needed: as good as done.
        var steps = string.Join(' ', ended["steps"]!.AsArray().Select(s => $"{(string)s!["name"]!}:{((string)s["state"]!).ToLowerInvariant().Replace("skipped", "done", StringComparison.Ordinal)}"));
        return new Outcome(((string)ended["state"]!).ToLowerInvariant(), steps, after.Savepoints - before.Savepoints, after.Revisions - before.Revisions, await world.RunsAsync(cluster, pipeline + beside))
        {
            Passed = [.. world.Passed((string)ended["id"]!)],
        };
    }

    /// <summary>What an operation came to.</summary>
    private sealed record Outcome(string State, string Steps, int Savepoints, int Revisions, bool Runs)
    {
        public IReadOnlyList<string> Passed { get; init; } = [];

        public override string ToString() => $"{State}, {Savepoints} savepoints, {Revisions} revisions, {(Runs ? "runs" : "does not run")}: {Steps}";
    }
}
