using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Sluice.Domain.Kubernetes;
using Xunit;

namespace Sluice.Domain.Tests.Kubernetes;

public sealed class KubernetesApiTests : IAsyncLifetime
{
    private FakeApiServer _server = null!;
    private KubernetesApi _api = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync();
        _api = _server.Connect();
    }

    public async ValueTask DisposeAsync()
    {
        _api.Dispose();
        await _server.DisposeAsync();
    }

    private void Answer(int code, string contentType, string body) => _server.Override = async context =>
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = contentType;
        context.Response.Headers.Location = "http://127.0.0.1:1/elsewhere";
        await context.Response.WriteAsync(body);
        return true;
    };

    private async Task<KubernetesException> PatchRefusedAsync() => await Should.ThrowAsync<KubernetesException>(() =>
        _api.PatchAsync(KubernetesResource.FlinkDeployments, "team", "orders", new KubernetesPatch(KubernetesPatchType.Merge, new JsonObject()), new KubernetesWrite(), CancellationToken.None));

    private static string Status(int code, string reason, string message, string details = "{}") =>
        $"{{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":\"{message}\",\"reason\":\"{reason}\",\"details\":{details},\"code\":{code}}}";

    public static TheoryData<int, string, string, KubernetesError> Answers => new()
    {
        { 403, "application/json", Status(403, "Forbidden", "cannot patch resource"), KubernetesError.Forbidden },
        { 403, "application/json", Status(403, "Forbidden", "exceeded quota: small, requested: cpu=2"), KubernetesError.QuotaExceeded },
        { 403, "application/json", Status(403, "Forbidden", "admission webhook \\\"v.example\\\" denied the request: no"), KubernetesError.Denied },
        { 400, "application/json", Status(400, "BadRequest", "admission webhook \\\"v.example\\\" denied the request: no"), KubernetesError.Denied },
        { 401, "application/json", Status(401, "Unauthorized", "Unauthorized"), KubernetesError.Unauthorized },
        { 404, "application/json", Status(404, "NotFound", "not found", "{\"name\":\"orders\"}"), KubernetesError.NotFound },
        { 404, "application/json", Status(404, "NotFound", "the server could not find the requested resource"), KubernetesError.NotServed },
        { 404, "text/plain", "404 page not found\n", KubernetesError.NotServed },
        { 404, "text/html", "<html>nginx</html>", KubernetesError.BadAnswer },
        { 409, "application/json", Status(409, "Conflict", "object has been modified"), KubernetesError.Conflict },
        { 409, "application/json", Status(409, "AlreadyExists", "already exists"), KubernetesError.AlreadyExists },
        { 410, "application/json", Status(410, "Expired", "too old"), KubernetesError.Expired },
        { 413, "application/json", Status(413, "RequestEntityTooLarge", "too large"), KubernetesError.Invalid },
        { 422, "application/json", Status(422, "Invalid", "bad", "{\"causes\":[{\"field\":\"spec.job\",\"message\":\"must be\"}]}"), KubernetesError.Invalid },
        { 429, "text/plain", "Too many requests, please try again later.", KubernetesError.Throttled },
        { 500, "application/json", Status(500, "", "etcdserver: request is too large"), KubernetesError.Invalid },
        { 500, "application/json", Status(500, "InternalError", "failed calling webhook"), KubernetesError.Server },
        { 502, "text/html", "<html>bad gateway</html>", KubernetesError.Server },
        { 503, "text/plain", "", KubernetesError.Server },
        { 504, "application/json", Status(504, "Timeout", "request did not complete"), KubernetesError.Timeout },
        { 302, "text/html", "", KubernetesError.BadAnswer },
        { 200, "text/html", "<html>sign in</html>", KubernetesError.BadAnswer },
        { 200, "application/json", "", KubernetesError.BadAnswer },
        { 200, "application/json", "{\"kind\":\"Flink", KubernetesError.BadAnswer },
        { 200, "application/json", "[]", KubernetesError.BadAnswer },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Patch_Refusals_AreToldApart(int code, string contentType, string body, KubernetesError expected)
    {
        Answer(code, contentType, body);
        var refused = await PatchRefusedAsync();
        refused.Error.ShouldBe(expected, refused.Message);
        refused.Message.ShouldContain("team/orders");
        refused.Message.ShouldNotContain("<html>");
        _server.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Patch_Invalid_CarriesTheFields()
    {
        Answer(422, "application/json", Status(422, "Invalid", "bad", "{\"causes\":[{\"field\":\".spec.job\",\"message\":\"must be\"}]}"));
        (await PatchRefusedAsync()).Causes.ShouldBe([new KubernetesCause("spec.job", "must be")]);
    }

    [Fact]
    public async Task Patch_ServerQuotesTheToken_ItIsTakenOut()
    {
        const string Token = "very-secret-token";
        using var api = new KubernetesApi("fake", new KubernetesTarget(new Uri(_server.Url), new FileCredential(new FileOrData(null, System.Text.Encoding.UTF8.GetBytes(Token)), null, null, TimeProvider.System)), TimeProvider.System);
        Answer(400, "application/json", Status(400, "BadRequest", $"bad header Bearer {Token}"));
        var refused = await Should.ThrowAsync<KubernetesException>(() => api.DiscoverAsync(CancellationToken.None));
        refused.ToString().ShouldNotContain(Token);
    }

    [Theory]
    [InlineData("..", "orders")]
    [InlineData("team/..", "orders")]
    [InlineData("%2e%2e", "orders")]
    [InlineData("team", "..")]
    [InlineData("team", "a/b")]
    [InlineData("team", "orders\n")]
    [InlineData("team", "orders?x=1")]
    [InlineData("", "orders")]
    [InlineData("team", "")]
    [InlineData("Team", "orders")]
    [InlineData("team", "a..b")]
    public async Task Get_HostileNames_NeverLeave(string ns, string name)
    {
        (await Should.ThrowAsync<KubernetesException>(() => _api.GetAsync(KubernetesResource.FlinkDeployments, ns, name, CancellationToken.None))).Error.ShouldBe(KubernetesError.Invalid);
        _server.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("overview")]
    [InlineData("/jobs/../../secrets")]
    [InlineData("/jobs/%2e%2e/x")]
    [InlineData("/jobs/%2Fx")]
    [InlineData("/jobs//x")]
    [InlineData("/jobs;x")]
    [InlineData("/jobs\\x")]
    [InlineData("/jobs#x")]
    [InlineData("/jo bs")]
    [InlineData("/jobs\r\nHost: x")]
    [InlineData("/.")]
    public async Task Proxy_HostilePaths_NeverLeave(string path)
    {
        (await Should.ThrowAsync<KubernetesException>(() => _api.ProxyServiceAsync(HttpMethod.Get, "team", "orders-rest", 8081, path, null, CancellationToken.None))).Error.ShouldBe(KubernetesError.Invalid);
        _server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Proxy_ServiceAnswers_AreHandedOnUnjudged()
    {
        Answer(500, "application/json", "{\"errors\":[\"from Flink\"]}");
        using var answer = await _api.ProxyServiceAsync(HttpMethod.Get, "team", "orders-rest", 8081, "/jobs/overview?x=a%20b", null, CancellationToken.None);
        ((int)answer.StatusCode).ShouldBe(500);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("from Flink");
        _server.Requests.ShouldHaveSingleItem().ShouldBe("GET /api/v1/namespaces/team/services/orders-rest:8081/proxy/jobs/overview?x=a%20b");
    }

    [Fact]
    public async Task Get_ServerNamesAWait_IsTriedAgain()
    {
        var asked = 0;
        _server.Override = async context =>
        {
            if (Interlocked.Increment(ref asked) > 1) return false;
            context.Response.Headers.RetryAfter = "1";
            context.Response.StatusCode = 429;
            await context.Response.WriteAsync("Too many requests");
            return true;
        };
        (await _api.ListAsync(KubernetesResource.FlinkDeployments, null, new KubernetesListQuery(), CancellationToken.None)).Items.ShouldBeEmpty();
        asked.ShouldBe(2);
    }

    [Fact]
    public async Task Log_LinesWithTimesAndControlSequences_ComeClean()
    {
        Answer(200, "text/plain", "2026-11-21T10:00:00.123456789Z \u001b[31mred\u001b[0m line\r\nno time\n2026-11-21T10:00:01Z " + new string('x', 70_000) + "\nlast");
        var lines = new List<KubernetesLogLine>();
        await foreach (var line in _api.ReadLogAsync("team", "pod-1", new KubernetesLogQuery(), CancellationToken.None)) lines.Add(line);
        lines.Select(l => l.Text.Length > 100 ? "long" : l.Text).ShouldBe(["red line", "no time", "long", "last"]);
        lines[0].At!.Value.Second.ShouldBe(0);
        lines[1].At.ShouldBeNull();
        lines[2].Text.Length.ShouldBeLessThanOrEqualTo(64 * 1024);
    }

    [Fact]
    public async Task Connect_NobodyListens_SaysWhere()
    {
        using var api = new KubernetesApi("gone", new KubernetesTarget(new Uri("http://127.0.0.1:1"), new NoCredential()), TimeProvider.System);
        var refused = await Should.ThrowAsync<KubernetesException>(() => api.DiscoverAsync(CancellationToken.None));
        refused.Error.ShouldBe(KubernetesError.Unreachable);
        refused.Message.ShouldContain("127.0.0.1:1");
        refused.Message.ShouldContain("nothing listens there");
    }

    [Theory]
    [InlineData("9", "10", -1)]
    [InlineData("10", "10", 0)]
    [InlineData("18446744073709551617", "18446744073709551616", 1)]
    [InlineData("0", "1", null)]
    [InlineData("abc", "1", null)]
    [InlineData("", "1", null)]
    public void Compare_Versions_OrdersNumbersOnly(string a, string b, int? sign)
    {
        var order = ResourceVersions.Compare(a, b);
        (order is { } value ? Math.Sign(value) : (int?)null).ShouldBe(sign);
    }
}
