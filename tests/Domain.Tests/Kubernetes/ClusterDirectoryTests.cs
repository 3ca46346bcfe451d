using Shouldly;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Testing;
using Xunit;

namespace Sluice.Domain.Tests.Kubernetes;

public sealed class ClusterDirectoryTests : IAsyncLifetime
{
    private const string Namespaced = "/apis/flink.apache.org/v1beta1/namespaces/";
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-directory-").FullName;
    private readonly ClusterDirectory _directory = new(new ClusterDirectoryOptions());
    private FakeApiServer _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IResourceFeed<FlinkResourceRecord> Feed => _directory.Deployments("west")!;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync();
        _server.Put("a");
        // The server holds one namespace, "team"; of any other the account may not know anything.
        _server.Override = async context =>
        {
            var path = context.Request.Path.Value!;
            if (!path.StartsWith(Namespaced, StringComparison.Ordinal)) return false;
            if (path == Namespaced + "team/flinkdeployments") context.Request.Path = FakeApiServer.Path;
            else if (path.EndsWith("/flinkdeployments", StringComparison.Ordinal))
            {
                await FakeApiServer.StatusAsync(context, 403, "Forbidden", "cannot list");
                return true;
            }

            return false;
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _directory.DisposeAsync();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Set_TwoNamespacesOneRefused_WatchesTheOtherAndNamesTheRefused()
    {
        await _directory.SetAsync(Settings("team", "secret"), Token);
        await HasAsync("a");
        await Until.TrueAsync(() => Feed.Current.State.Phase == ReflectorPhase.Denied, () => $"the refusal; it is {Feed.Current.State}");
        Feed.Current.State.Why!.ShouldStartWith("Namespace secret:");
        _directory.All.Single().Watch.Phase.ShouldBe(ReflectorPhase.Denied);

        await _server.WatchedAsync();
        _server.Put("b");
        await HasAsync("b");
        _server.Delete("a");
        await Until.TrueAsync(() => Feed.Current.Items.Keys.Select(k => k.Name).SequenceEqual(["b"]), "the removal");
    }

    [Fact]
    public async Task Set_OtherSettingsWhileItRuns_EndsTheOldStreamsAndWatchesByTheNew()
    {
        await _directory.SetAsync(Settings("secret"), Token);
        var old = Feed;
        var ended = Task.Run(async () => { await foreach (var _ in old.ChangesAsync(Token)) { } }, Token);
        await Until.TrueAsync(() => old.Current.State.Phase == ReflectorPhase.Denied, "the refusal");
        var told = 0;
        _directory.Changed += cluster => { if (cluster == "west") Interlocked.Increment(ref told); };

        await _directory.SetAsync(Settings("team"), Token);

        await ended.WaitAsync(TimeSpan.FromSeconds(5), Token);
        Feed.ShouldNotBeSameAs(old);
        told.ShouldBeGreaterThan(0);
        await HasAsync("a");
        await Until.TrueAsync(() => _directory.All.Single().Watch.Phase == ReflectorPhase.Synced, "the new watch");
    }

    [Fact]
    public async Task Set_TheSameSettingsAgain_KeepsTheConnection()
    {
        await _directory.SetAsync(Settings("team"), Token);
        var feed = Feed;
        await HasAsync("a");
        await _directory.SetAsync(Settings("team"), Token);
        Feed.ShouldBeSameAs(feed);
    }

    [Fact]
    public async Task Set_SwitchedOffAndOnAgain_ComesBack()
    {
        await _directory.SetAsync(Settings("team"), Token);
        await HasAsync("a");
        await _directory.SetAsync(Settings("team") with { Enabled = false }, Token);
        _directory.Deployments("west").ShouldBeNull();
        _directory.All.Single().Watch.Why!.ShouldContain("Disabled");
        await Until.TrueAsync(() => _server.OpenWatches == 0, "the watch to close");
        await _directory.SetAsync(Settings("team"), Token);
        await HasAsync("a");
    }

    private ClusterSettings Settings(params string[] namespaces)
    {
        var file = Path.Combine(_folder, "config");
        File.WriteAllText(file, $"clusters: [{{name: x, cluster: {{server: '{_server.Url}'}}}}]\ncontexts: [{{name: x, context: {{cluster: x}}}}]\ncurrent-context: x\n");
        return new ClusterSettings("west", null, file, Namespaces: namespaces);
    }

    private Task HasAsync(params string[] names) =>
        Until.TrueAsync(() => Feed.Current.Items.Keys.Select(k => k.Name).Order(StringComparer.Ordinal).Intersect(names).Count() == names.Length, () => $"{string.Join(", ", names)}; it is {Feed.Current.State}", TimeSpan.FromSeconds(10));
}
