using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Specs;
using Xunit;

namespace Sluice.Domain.Tests.Specs;

public sealed class RegistrationCheckTests
{
    private static readonly SpecValidationInput Good = new(ManifestYaml.Parse(SpecFixtures.Good).Root);

    [Fact]
    public async Task RunAsync_AllInOrder_IsAcceptedAndNothingIsStored()
    {
        var api = new Api { Accounts = { "flink" } };
        var report = await new RegistrationCheck(TimeProvider.System).RunAsync(Good, api, "1.15.0", TestContext.Current.CancellationToken);
        (report.Refused, report.AcceptedByServer).ShouldBe((false, true));
        api.Writes.ShouldHaveSingleItem().DryRun.ShouldBeTrue();
        report.Rows.ShouldContain(r => r.Result == CheckResult.Good && r.Text.Contains("name basket is free", StringComparison.Ordinal));
        report.Rows.ShouldContain(r => r.Result == CheckResult.Good && r.Text.Contains("service account flink", StringComparison.Ordinal));
        report.Rows.ShouldContain(r => r.Result == CheckResult.Good && r.Text.Contains("operator's rules", StringComparison.Ordinal));
        report.Rows[^1].ShouldBe(new RegistrationRow(CheckResult.Unknown, "Unknown: whether main() runs. It is first run by the JobManager.", "nobody can"));
    }

    [Fact]
    public async Task RunAsync_WebhookRefuses_LeadsToTheField()
    {
        var api = new Api { Accounts = { "flink" }, OnWrite = new KubernetesException(KubernetesError.Denied, "admission webhook denied: TaskManager resource memory parse error: unit 'gig'", 400) };
        var report = await Run(Good, api);
        report.Refused.ShouldBeTrue();
        var row = report.Rows.Single(r => r.Source == "API server, webhook");
        (row.Result, row.Path).ShouldBe((CheckResult.Bad, "spec.taskManager.resource.memory"));
        row.Text.ShouldContain("'gig'");
        report.Problems.ShouldContain(p => p.Path == "spec.taskManager.resource.memory");
    }

    [Fact]
    public async Task RunAsync_ServerNamesFields_EachIsARow()
    {
        var api = new Api
        {
            Accounts = { "flink" },
            OnWrite = new KubernetesException(KubernetesError.Invalid, "invalid", 422) { Causes = [new("spec.job.parallelism", "must be an integer"), new("", "strict decoding error: unknown field \"spec.foo\"")] },
        };
        (await Run(Good, api)).Rows.Where(r => r.Source == "API server").Select(r => r.Path).ShouldBe(["spec.job.parallelism", "spec.foo"]);
    }

    [Fact]
    public async Task RunAsync_NameTakenNoAccountNoQuota_SaysAllThree()
    {
        var api = new Api { Existing = { "basket" }, OnWrite = new KubernetesException(KubernetesError.AlreadyExists, "there", 409), Quotas = { Quota("requests.cpu", "6", "2"), Quota("memory", "100Gi", "0") } };
        var report = await Run(Good, api);
        report.Rows.Where(r => r.Result == CheckResult.Bad).Select(r => r.Path).ShouldBe(["spec.serviceAccount", "spec.job.parallelism", "metadata.name"]);
        report.Rows.ShouldContain(r => r.Text.Contains("4 of 6 are free, 5 are needed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_ClusterUnreachable_IsUnknownAndNotGood()
    {
        var report = await Run(Good, new Api { OnAll = new KubernetesException(KubernetesError.Unreachable, "No connection to eu.") });
        report.Rows.Where(r => r.Text.Contains("No connection", StringComparison.Ordinal)).Select(r => r.Result).ShouldBe(Enumerable.Repeat(CheckResult.Unknown, 4));
        (report.Refused, report.AcceptedByServer).ShouldBe((false, false));
    }

    [Fact]
    public async Task RunAsync_Change_IsTriedAsAPatchOfTheSpec()
    {
        var api = new Api { Accounts = { "flink" }, Existing = { "basket" } };
        var report = await Run(Good with { Previous = Good.Manifest }, api);
        report.Refused.ShouldBeFalse();
        api.Patches.Single().Type.ShouldBe(KubernetesPatchType.Json);
        report.Rows.ShouldNotContain(r => r.Path == "metadata.name");
    }

    private static Task<RegistrationReport> Run(SpecValidationInput input, Api api) => new RegistrationCheck(TimeProvider.System).RunAsync(input, api, null, TestContext.Current.CancellationToken);

    private static JsonObject Quota(string what, string hard, string used) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = "q" },
        ["status"] = new JsonObject { ["hard"] = new JsonObject { [what] = hard }, ["used"] = new JsonObject { [what] = used } },
    };

    /// <summary>What the check sees of a cluster; the client itself has its own tests over HTTP.</summary>
    private sealed class Api : IKubernetesApi
    {
        public HashSet<string> Accounts { get; } = [];

        public HashSet<string> Existing { get; } = [];

        public List<JsonObject> Quotas { get; } = [];

        public KubernetesException? OnWrite { get; init; }

        public KubernetesException? OnAll { get; init; }

        public List<KubernetesWrite> Writes { get; } = [];

        public List<KubernetesPatch> Patches { get; } = [];

        public string Cluster => "eu";

        public Task<JsonObject> GetAsync(KubernetesResource resource, string? ns, string name, CancellationToken cancellationToken)
        {
            if (OnAll is not null) throw OnAll;
            return (resource == KubernetesResource.ServiceAccounts ? Accounts : Existing).Contains(name) ? Task.FromResult(new JsonObject()) : throw new KubernetesException(KubernetesError.NotFound, "not found", 404);
        }

        public Task<KubernetesList> ListAsync(KubernetesResource resource, string? ns, KubernetesListQuery query, CancellationToken cancellationToken) =>
            OnAll is not null ? throw OnAll : Task.FromResult(new KubernetesList(Quotas, "1"));

        public Task<JsonObject> CreateAsync(KubernetesResource resource, string? ns, JsonObject body, KubernetesWrite write, CancellationToken cancellationToken)
        {
            Writes.Add(write);
            return (OnAll ?? OnWrite) is { } failure ? throw failure : Task.FromResult(body);
        }

        public Task<JsonObject> PatchAsync(KubernetesResource resource, string? ns, string name, KubernetesPatch patch, KubernetesWrite write, CancellationToken cancellationToken)
        {
            Patches.Add(patch);
            write.DryRun.ShouldBeTrue();
            return Task.FromResult(new JsonObject());
        }

        public Task DeleteAsync(KubernetesResource resource, string? ns, string name, string? uid, KubernetesWrite write, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<KubernetesLogLine> ReadLogAsync(string ns, string pod, KubernetesLogQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<HttpResponseMessage> ProxyServiceAsync(HttpMethod method, string ns, string service, int port, string pathAndQuery, HttpContent? content, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<ClusterCapabilities> DiscoverAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
