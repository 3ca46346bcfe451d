using Shouldly;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Testing;
using Xunit;

namespace Sluice.Domain.Tests.Kubernetes;

/// <summary>A server that answers nobody leaves its watches open and silent. Each test ends with the copy equal to what the server has.</summary>
public sealed class ClusterPulseTests : IAsyncLifetime
{
    private static readonly PulseOptions Quick = new() { Every = TimeSpan.FromMilliseconds(40), Limit = TimeSpan.FromMilliseconds(300), After = TimeSpan.FromMilliseconds(500) };
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-pulse-").FullName;
    private FakeApiServer _server = null!;
    private Relay _relay = null!;
    private ClusterDirectory _directory = null!;

    private IResourceFeed<FlinkResourceRecord> Feed => _directory.Deployments("west")!;

    private ReflectorState State => Feed.Current.State;

    private ClusterStatus Cluster => _directory.All.Single();

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync();
        _relay = new Relay(_server.Url);
        _server.Put("a");
        _server.Put("b");
    }

    public async ValueTask DisposeAsync()
    {
        _server.Override = null;
        await _directory.DisposeAsync();
        await _relay.DisposeAsync();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Pulse_NetworkLosesEverything_IsStaleThenResumesWithoutALossOrAList()
    {
        await StartAsync(Quick);
        await Until.TrueAsync(() => Cluster.AnsweredAt is not null, "an answer");
        _relay.Cut();
        var cut = DateTimeOffset.UtcNow;
        await PhaseAsync(ReflectorPhase.Stale);
        Cluster.Watch.Phase.ShouldBe(ReflectorPhase.Stale);
        State.AsOf!.Value.ShouldBeInRange(cut - TimeSpan.FromSeconds(5), cut + TimeSpan.FromMilliseconds(100));
        Feed.Current.Items.Count.ShouldBe(2);
        _server.Put("a", 9);
        _server.Delete("b");
        _server.Put("c");
        Find("a")!.Parallelism.ShouldBe(1);

        _relay.Mend();
        await PhaseAsync(ReflectorPhase.Synced);
        await Until.TrueAsync(() => Find("a")?.Parallelism == 9 && Find("b") is null && Find("c") is not null, "the changes of meanwhile");
        _server.Lists.ShouldBe(1);
    }

    [Fact]
    public async Task Pulse_HistoryForgottenMeanwhile_ListsAnewBeforeItIsFresh()
    {
        await StartAsync(Quick);
        _relay.Cut();
        await PhaseAsync(ReflectorPhase.Stale);
        _server.Put("a", 9);
        _server.Delete("b");
        _server.Compact();
        var early = 0;
        using var stop = new CancellationTokenSource();
        var watching = Task.Run(async () =>
        {
            await foreach (var change in Feed.ChangesAsync(stop.Token))
                if (change.Snapshot is { State.Phase: ReflectorPhase.Synced } fresh && fresh.Items.Values.Any(r => r.ObjectKey.Name == "b")) Interlocked.Increment(ref early);
        }, CancellationToken.None);
        _relay.Mend();
        await PhaseAsync(ReflectorPhase.Synced);
        Find("a")!.Parallelism.ShouldBe(9);
        Find("b").ShouldBeNull();
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => watching);
        early.ShouldBe(0);
    }

    [Fact]
    public async Task Pulse_ServerSaysItIsNotReady_AppliesChangesButCallsNothingFresh()
    {
        await StartAsync(Quick);
        Answer(500);
        await PhaseAsync(ReflectorPhase.Stale);
        State.Why!.ShouldContain("not ready");
        _server.Put("a", 5);
        await Until.TrueAsync(() => Find("a")!.Parallelism == 5, "the change");
        State.Phase.ShouldBe(ReflectorPhase.Stale);
        _server.Override = null;
        await PhaseAsync(ReflectorPhase.Synced);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(429)]
    public async Task Pulse_Refused_ProvesThatTheServerIsThere(int code)
    {
        Answer(code);
        await StartAsync(Quick with { After = TimeSpan.FromSeconds(3) });
        await Until.TrueAsync(() => _server.Requests.Count(r => r.EndsWith("/readyz", StringComparison.Ordinal)) > 5, "some pulses");
        Cluster.AnsweredAt.ShouldNotBeNull();
        Cluster.Latency!.Value.ShouldBeGreaterThan(TimeSpan.Zero);
        State.Phase.ShouldBe(ReflectorPhase.Synced);
        _server.Watches.ShouldBe(1);
    }

    [Fact]
    public async Task Pulse_OneLateAnswer_IsNoReason()
    {
        var late = 0;
        _server.Override = async context =>
        {
            if (context.Request.Path == "/readyz" && Interlocked.Increment(ref late) == 2) await Task.Delay(TimeSpan.FromMilliseconds(500), context.RequestAborted);
            return false;
        };
        await StartAsync(Quick with { After = TimeSpan.FromSeconds(5) });
        await Until.TrueAsync(() => late > 4, "further pulses");
        State.Phase.ShouldBe(ReflectorPhase.Synced);
        _server.Watches.ShouldBe(1);
    }

    private async Task StartAsync(PulseOptions pulse)
    {
        var file = Path.Combine(_folder, "config");
        await File.WriteAllTextAsync(file, $"clusters: [{{name: x, cluster: {{server: '{_relay.Url}'}}}}]\nusers: [{{name: x, user: {{}}}}]\ncontexts: [{{name: x, context: {{cluster: x, user: x}}}}]\ncurrent-context: x\n");
        _directory = new ClusterDirectory(new ClusterDirectoryOptions
        {
            Pulse = pulse,
            Reflector = new ReflectorOptions { BackOff = (TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(30)), ConfirmAfter = TimeSpan.FromMilliseconds(100), StaleAfter = TimeSpan.FromMinutes(1) },
        });
        await _directory.SetAsync(new ClusterSettings("west", null, file), TestContext.Current.CancellationToken);
        await PhaseAsync(ReflectorPhase.Synced);
        await _server.WatchedAsync();
    }

    private void Answer(int code) => _server.Override = async context =>
    {
        if (context.Request.Path != "/readyz") return false;
        await FakeApiServer.StatusAsync(context, code, "Scripted");
        return true;
    };

    private Task PhaseAsync(ReflectorPhase phase) => Until.TrueAsync(() => State.Phase == phase, () => $"{phase}; it is {State}", TimeSpan.FromSeconds(10));

    private FlinkResourceRecord? Find(string name) => Feed.Current.Items.GetValueOrDefault(new ObjectKey("team", name));
}
