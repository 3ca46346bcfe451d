using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Shouldly;
using Xunit;

namespace Sluice.Contract.Tests.Portal;

/// <summary>
/// Two portals on one database and the same clusters, with operations under way all the time. Both are killed and started again at random; now and then one is frozen for longer than its
/// lease instead, and wakes up to find its work taken over. <c>SLUICE_CHAOS_SECONDS</c> says how long (20).
/// </summary>
public sealed class TwoPortalsTests
{
    private const int Pipelines = 4;
    private static readonly string[] Clusters = ["eu-west", "us-east"];
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable("SLUICE_CHAOS_SECONDS") ?? "20", CultureInfo.InvariantCulture));
    private static readonly TimeSpan LongerThanALease = TimeSpan.FromSeconds(18);

    [Fact]
    [Trait("Category", "Chaos")]
    public async Task TwoPortals_KilledAndFrozenAtRandom_EachStepIsDoneOnceAndNoneIsLost()
    {
        var seed = Environment.TickCount;
        await using var pair = await PortalPair.StartAsync();
        var clock = Stopwatch.StartNew();
        var jobs = Clusters.SelectMany((c, i) => Enumerable.Range(0, Pipelines).Select(n => new ChaosPipeline(pair, c, $"pair-{n}", seed + i * 100 + n))).ToList();
        await Task.WhenAll(jobs.Select(j => j.DeployAsync()));

        using var over = new CancellationTokenSource(Length);
        var working = jobs.Select(j => j.OperateAsync(over.Token)).ToList();
        var (kills, freezes) = await TroubleAsync(pair, new Random(seed), working, over.Token);
        await Task.WhenAll(working);

        var done = jobs.SelectMany(j => j.Operations).ToList();
        var steps = pair.Steps().Where(s => s.Boundary == "Recorded").GroupBy(s => (s.Operation, s.Step)).ToList();
        var twice = steps.Count(s => s.Count() > 1);
        var late = pair.Steps().GroupBy(s => s.Operation).Sum(o => Late([.. o]));
        var lost = done.Count(o => o.State != "succeeded");
        var (savepoints, revisions, stopped) = (0, 0, 0);
        foreach (var job in jobs)
        {
            var counted = await job.AccountAsync();
            savepoints += counted.Savepoints;
            revisions += counted.Revisions;
            stopped += counted.Stopped ? 1 : 0;
        }

        KillWorld.Say(
            $"{clock.Elapsed.TotalSeconds:0} s, seed {seed}: {kills} kills, {freezes} freezes beyond the lease, {done.Count} operations ({string.Join(", ", done.CountBy(o => o.Kind).OrderBy(k => k.Key).Select(k => $"{k.Value} {k.Key}"))}) with {steps.Count} steps, "
            + $"{pair.Steps().GroupBy(s => s.Operation).Sum(o => o.Select(s => s.Fence).Distinct().Count() - 1)} takeovers; steps recorded by both {twice}, operations lost {lost}, savepoints too many or too few {savepoints}, revisions too many or too few {revisions}, "
            + $"jobs left stopped {stopped}; {late} times a portal that had lost its lease came to the end of a step, and the record refused it");
        foreach (var operation in done.Where(o => o.State != "succeeded")) KillWorld.Say(operation.Record);
        (twice, lost, savepoints, revisions, stopped).ShouldBe((0, 0, 0, 0, 0));
        kills.ShouldBeGreaterThan(0);
    }

    /// <summary>Kills and freezes, the other one being killed meanwhile, until the time is over; then both portals run.</summary>
    private static async Task<(int Kills, int Freezes)> TroubleAsync(PortalPair pair, Random random, IReadOnlyList<Task> working, CancellationToken over)
    {
        var (kills, freezes, asleep, frozen) = (0, 0, 0, Task.CompletedTask);
        try
        {
            while (true)
            {
                // What goes wrong there is not to be waited for until the end.
                foreach (var task in working.Where(t => t.IsFaulted)) await task;
                await Task.Delay(TimeSpan.FromSeconds(1 + 3 * random.NextDouble()), over);
                var victim = frozen.IsCompleted ? random.Next(2) : 1 - asleep;
                if (frozen.IsCompleted && kills > 0 && (freezes == 0 || random.Next(6) == 0))
                {
                    (freezes, asleep, frozen) = (freezes + 1, victim, pair.FreezeAsync(victim, LongerThanALease));
                    continue;
                }

                kills++;
                await pair.KillAsync(victim);
                // Sometimes both are gone for a while.
                if (frozen.IsCompleted && random.Next(3) == 0)
                {
                    kills++;
                    await pair.KillAsync(1 - victim);
                    pair.Launch(1 - victim);
                }

                await Task.Delay(TimeSpan.FromSeconds(2 * random.NextDouble()), CancellationToken.None);
                pair.Launch(victim);
            }
        }
        catch (OperationCanceledException)
        {
            await frozen;
            await pair.ReadyAsync();
            return (kills, freezes);
        }
    }

    /// <summary>How often an older fence came to the end of a step after a newer one had begun.</summary>
    private static int Late(IReadOnlyList<StepLine> lines)
    {
        var (newest, late) = (0L, 0);
        foreach (var line in lines)
        {
            if (line.Fence < newest) late++;
            newest = Math.Max(newest, line.Fence);
        }

        return late;
    }
}

/// <summary>A boundary that a portal passed.</summary>
internal sealed record StepLine(string Operation, string Kind, string Step, string Boundary, long Fence, int Process);

/// <summary>An operation that the test asked for, and its end.</summary>
internal sealed record ChaosOperation(string Id, string Kind, string State, string Record);

/// <summary>A pipeline to which one operation after the other is done.</summary>
internal sealed class ChaosPipeline(PortalPair pair, string cluster, string name, int seed)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);
    private readonly Random _random = new(seed);
    private readonly string _pipeline = $"{cluster}/{KillScript.Namespace}/{name}";
    private bool _stopped;
    private int _rate = 100;

    public List<ChaosOperation> Operations { get; } = [];

    public Task DeployAsync() => DoAsync("deploy", new { manifest = KillScript.Manifest(name, "100"), team = "kills", pipelineKind = "flinkJar" });

    public async Task OperateAsync(CancellationToken over)
    {
        while (!over.IsCancellationRequested) await NextAsync();
        if (_stopped) await NextAsync();
    }

    /// <summary>What is not as the operations should have left it: savepoints and revisions too many or too few, and whether the job does not run.</summary>
    public async Task<(int Savepoints, int Revisions, bool Stopped)> AccountAsync()
    {
        var (savepoints, revisions, runs) = await pair.CountAsync(cluster, name);
        return (Math.Abs(savepoints - Count("savepoint", "suspend", "upgrade", "restart")), Math.Abs(revisions - Count("deploy", "upgrade")), !runs);
    }

    private int Count(params string[] kinds) => Operations.Count(o => kinds.Contains(o.Kind));

    private async Task NextAsync()
    {
        var kind = _stopped ? "resume" : (string[])["savepoint", "suspend", "upgrade", "restart", "cancel"] is var kinds ? kinds[_random.Next(kinds.Length)] : "";
        await DoAsync(kind, kind == "upgrade" ? new { manifest = KillScript.Manifest(name, (++_rate).ToString(CultureInfo.InvariantCulture)) } : new { });
        _stopped = kind is "suspend" or "cancel";
    }

    private async Task DoAsync(string kind, object more)
    {
        var key = $"{name}-{Operations.Count}-{seed}";
        var body = JsonNode.Parse(System.Text.Json.JsonSerializer.Serialize(more))!.AsObject();
        (body["kind"], body["pipeline"]) = (kind, _pipeline);
        var id = await pair.StartAsync(body, key, Limit);
        var ended = await pair.EndedAsync(id, Limit);
        Operations.Add(new ChaosOperation(id, kind, ((string)ended["state"]!).ToLowerInvariant(), ended.ToJsonString()));
    }
}
