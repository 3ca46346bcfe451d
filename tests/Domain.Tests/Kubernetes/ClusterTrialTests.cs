using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Testing;
using Xunit;

namespace Sluice.Domain.Tests.Kubernetes;

/// <summary>Trial connections, and a cluster that accepts and never answers beside one that is well.</summary>
public sealed class ClusterTrialTests : IAsyncLifetime
{
    private readonly ClusterDirectory _directory = new(new ClusterDirectoryOptions { TestLimit = TimeSpan.FromSeconds(4) });
    private readonly HashSet<string> _denied = [];
    private FakeApiServer _server = null!;
    private string _kubernetes = "v1.31.2";
    private string _kinds = """{"name":"flinkdeployments","kind":"FlinkDeployment"},{"name":"flinksessionjobs","kind":"FlinkSessionJob"}""";
    private string? _operator = "1.16.0";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync();
        _server.Put("a");
        _server.Override = AnswerAsync;
    }

    public async ValueTask DisposeAsync()
    {
        _server.Override = null;
        await _directory.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Test_EverythingThere_PassesAndTellsVersionsAndLatency()
    {
        var test = await _directory.TestAsync(Settings(_server.Url), Token);
        test.Problem.ShouldBeNull();
        test.Ok.ShouldBeTrue(string.Join('\n', test.Checks));
        test.OperatorVersion.ShouldBe("1.16.0");
        test.Latency.ShouldNotBeNull();
        test.Checks.ShouldContain(c => c.Words == "FlinkDeployment is served as v1beta1, v1." && c.Grade == ClusterGrade.Good);
        test.Checks.ShouldContain(c => c.Words.StartsWith("FlinkStateSnapshot is not installed", StringComparison.Ordinal) && c.Do!.Contains("nonce"));
    }

    [Fact]
    public async Task Test_PermissionsMissing_NamesEachByNamespace()
    {
        _denied.Add("watch flinkdeployments team");
        _denied.Add("get pods/log other");
        var test = await _directory.TestAsync(Settings(_server.Url) with { Namespaces = ["team", "other"] }, Token);
        test.Ok.ShouldBeFalse();
        test.Permissions.Where(p => !p.Allowed).Select(p => $"{p.Verb} {p.Resource} {p.Namespace} {p.Needed}")
            .ShouldBe(["watch flinkdeployments.flink.apache.org team True", "get pods/log other False"]);
        test.Checks.ShouldContain(c => c.Name == "Namespace" && c.Words == "There is no namespace other." && c.Grade == ClusterGrade.Bad);
    }

    [Fact]
    public async Task Test_OldServerWithoutOperator_SaysSoByName()
    {
        (_kubernetes, _kinds, _operator) = ("v1.16.4", "", null);
        var test = await _directory.TestAsync(Settings(_server.Url), Token);
        test.Ok.ShouldBeFalse();
        test.Checks.ShouldContain(c => c.Name == "Kubernetes" && c.Words.Contains("not supported"));
        test.Checks.ShouldContain(c => c.Name == "Operator" && c.Words.Contains("not found"));
        test.Checks.ShouldContain(c => c.Name == "CRD" && c.Grade == ClusterGrade.Bad && c.Words.StartsWith("FlinkDeployment is served as v1 only", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Test_HttpsAskedOfAPlainServer_NamesTls()
    {
        var test = await _directory.TestAsync(Settings(_server.Url.Replace("http:", "https:", StringComparison.Ordinal)), Token);
        test.Ok.ShouldBeFalse();
        test.Problem!.ShouldContain("Does it speak https");
        test.Checks.Single().Name.ShouldBe("Reach");
    }

    [Fact]
    public async Task Test_ServerThatNeverAnswers_EndsWithinItsLimit()
    {
        using var hanging = new Hanging();
        var test = await _directory.TestAsync(Settings(hanging.Url), Token).WaitAsync(TimeSpan.FromSeconds(40), Token);
        test.Ok.ShouldBeFalse();
        test.Problem!.ShouldContain("took longer than 4 s");
    }

    [Fact]
    public async Task Set_BesideAClusterThatNeverAnswers_ChangesArriveAsBefore()
    {
        await _directory.SetAsync(Settings(_server.Url), Token);
        await _server.WatchedAsync();
        var before = await ArriveAsync("before");
        using var hanging = new Hanging();
        for (var i = 0; i < 3; i++) await _directory.SetAsync(Settings(hanging.Url) with { Name = $"dead{i}" }, Token);
        await Until.TrueAsync(() => hanging.Accepted >= 9, "the dead clusters to be asked");
        // Their watches and pulses hang now, and what pages ask of them as well.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var asking = Enumerable.Range(0, 60).Select(i => _directory.Api($"dead{i % 3}")!.ListAsync(KubernetesResource.Pods, "team", new KubernetesListQuery(), stop.Token)).ToList();
        var beside = await ArriveAsync("beside");
        asking.ShouldAllBe(a => !a.IsCompleted);
        beside.ShouldBeLessThan((before * 20) + TimeSpan.FromSeconds(2));
        _directory.Insight("west")!.Reach.Answers.ShouldBe(true);
        await _directory.SetAsync(Settings(hanging.Url) with { Name = "dead0", Enabled = false }, Token).WaitAsync(TimeSpan.FromSeconds(30), Token);
        _directory.Api("dead0").ShouldBeNull();
        await stop.CancelAsync();
        await Task.WhenAll(asking).ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    [Fact]
    public async Task Insight_OfAConnectedCluster_TellsWatchesByKindAndLatency()
    {
        await _directory.SetAsync(Settings(_server.Url), Token);
        await _server.WatchedAsync();
        _server.Put("b");
        _server.Bookmark();
        await Until.TrueAsync(() => Deployments is { Objects: 2, LastEventAt: not null, LastBookmarkAt: not null }, () => $"the event and the bookmark; it is {Deployments}");
        await Until.TrueAsync(() => _directory.Insight("west") is { Reach.Answers: true, Api.Answers: > 0 }, "an answer");
        Deployments!.ShouldSatisfyAllConditions(w => w.Lists.ShouldBe(1), w => w.Watches.ShouldBe(1), w => w.State.Phase.ShouldBe(ReflectorPhase.Synced));
        _directory.Insight("west")!.Api.P99.ShouldNotBeNull();
        _directory.Insight("gone").ShouldBeNull();
    }

    private WatchInsight? Deployments => _directory.Insight("west")!.Watches.First(w => w.Kind == "FlinkDeployment");

    private async Task<TimeSpan> ArriveAsync(string name)
    {
        var begun = TimeProvider.System.GetTimestamp();
        _server.Put(name);
        await Until.TrueAsync(() => _directory.Deployments("west")!.Current.Items.Keys.Any(k => k.Name == name), $"{name} to arrive");
        return TimeProvider.System.GetElapsedTime(begun);
    }

    private static ClusterSettings Settings(string url) => new("west", null, null) { Credentials = ClusterCredentials.FromToken(url, "t0ken", null) };

    private async Task<bool> AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        if (path == FakeApiServer.Path) return false;
        var body = path switch
        {
            "/readyz" => "ok",
            "/version" => $$"""{"gitVersion":"{{_kubernetes}}"}""",
            "/apis/flink.apache.org/v1beta1" when _kinds.Length > 0 => $$"""{"kind":"APIResourceList","resources":[{{_kinds}}]}""",
            "/apis/flink.apache.org/v1" => """{"kind":"APIResourceList","resources":[{"name":"flinkdeployments","kind":"FlinkDeployment"}]}""",
            "/apis/flink.apache.org" => """{"kind":"APIGroup","versions":[{"version":"v1beta1"},{"version":"v1"}]}""",
            "/api/v1/namespaces/team" => """{"kind":"Namespace","metadata":{"name":"team"}}""",
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" => await ReviewAsync(context),
            _ when path.EndsWith("/deployments", StringComparison.Ordinal) => Operators(),
            _ => null,
        };
        if (body is null)
        {
            await FakeApiServer.StatusAsync(context, 404, "NotFound", more: ""","details":{"name":"x"}""");
            return true;
        }

        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body, Token);
        return true;
    }

    private string Operators() => "{\"kind\":\"DeploymentList\",\"metadata\":{\"resourceVersion\":\"1\"},\"items\":["
        + (_operator is null ? "" : "{\"metadata\":{\"name\":\"op\",\"labels\":{\"app.kubernetes.io/version\":\"" + _operator + "\"}}}") + "]}";

    private async Task<string> ReviewAsync(HttpContext context)
    {
        var asked = (await JsonNode.ParseAsync(context.Request.Body, cancellationToken: Token))!["spec"]!["resourceAttributes"]!;
        var resource = $"{asked["resource"]}{(asked["subresource"] is { } sub ? "/" + sub : "")}";
        var allowed = !_denied.Contains($"{asked["verb"]} {resource} {asked["namespace"]}");
        return "{\"status\":{\"allowed\":" + (allowed ? "true" : "false") + "}}";
    }

    /// <summary>Takes every connection, and never says a word.</summary>
    private sealed class Hanging : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly List<Socket> _taken = [];
        private int _accepted;

        public Hanging()
        {
            _listener.Start();
            _ = AcceptAsync();
        }

        public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

        public int Accepted => Volatile.Read(ref _accepted);

        public void Dispose()
        {
            _listener.Dispose();
            lock (_taken)
                foreach (var socket in _taken) socket.Dispose();
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    var socket = await _listener.AcceptSocketAsync();
                    lock (_taken) _taken.Add(socket);
                    Interlocked.Increment(ref _accepted);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
