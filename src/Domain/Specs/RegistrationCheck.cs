using System.Text.Json.Nodes;
using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Specs;

/// <summary>Tries a manifest on a cluster without changing anything: schema, the operator's rules, the server's dry run, service account, quota and name.</summary>
public sealed class RegistrationCheck(TimeProvider time)
{
    /// <summary>Runs all checks; what a cluster does not answer becomes a row that says so, never an exception.</summary>
    /// <param name="input">The effective manifest; with <see cref="SpecValidationInput.Previous"/> it is tried as a change of what is there.</param>
    /// <param name="api">The cluster.</param>
    /// <param name="operatorVersion">For the words of the first row; null where it is not known.</param>
    /// <param name="cancellationToken">Ends the checks.</param>
    public async Task<RegistrationReport> RunAsync(SpecValidationInput input, IKubernetesApi api, string? operatorVersion, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(api);
        var started = time.GetTimestamp();
        var problems = new List<SpecProblem>(SpecValidator.Validate(input));
        var rows = new List<RegistrationRow>(LocalRows(input, problems, operatorVersion));
        var resource = ResourceOf(input.Manifest.Text("kind"));
        var (ns, name) = (input.Manifest.Map("metadata").Text("namespace"), input.Manifest.Map("metadata").Text("name"));
        var accepted = false;
        if (resource is null || string.IsNullOrEmpty(ns) || string.IsNullOrEmpty(name))
            rows.Add(new RegistrationRow(CheckResult.Unknown, "Not tried on the cluster: kind, namespace and name are needed first.", api.Cluster, string.IsNullOrEmpty(name) ? "metadata.name" : "metadata.namespace"));
        else
        {
            var dryRun = DryRunAsync(input, api, resource, ns, name, cancellationToken);
            var account = ClusterChecks.ServiceAccountAsync(input.Manifest, api, ns, cancellationToken);
            var quota = ClusterChecks.QuotaAsync(input, api, ns, cancellationToken);
            var free = input.Previous is null ? ClusterChecks.NameFreeAsync(api, resource, ns, name, cancellationToken) : Task.FromResult<RegistrationRow?>(null);
            var (rowsOfServer, problemsOfServer, taken) = await dryRun.ConfigureAwait(false);
            accepted = taken;
            rows.AddRange(rowsOfServer);
            problems.AddRange(problemsOfServer);
            foreach (var row in new[] { await account.ConfigureAwait(false), await quota.ConfigureAwait(false), await free.ConfigureAwait(false) })
                if (row is not null) rows.Add(row);
        }
        rows.Add(new RegistrationRow(CheckResult.Unknown, "Unknown: whether main() runs. It is first run by the JobManager.", "nobody can"));
        return new RegistrationReport(api.Cluster, time.GetUtcNow(), time.GetElapsedTime(started), rows, [.. problems.DistinctBy(p => (p.Path, p.Message)).OrderByDescending(p => p.Severity)]) { AcceptedByServer = accepted };
    }

    private static IEnumerable<RegistrationRow> LocalRows(SpecValidationInput input, List<SpecProblem> problems, string? version)
    {
        var crd = "CRD schema" + (version is null ? "" : " of operator " + version);
        if (input.Schema is null) yield return new RegistrationRow(CheckResult.Unknown, crd + ": cannot be read on this cluster; unknown fields may be dropped without a word.", "here");
        else if (problems.TrueForAll(p => p.Source != RuleSource.Schema)) yield return new RegistrationRow(CheckResult.Good, crd + ": no unknown field, every type fits.", "here");
        if (problems.TrueForAll(p => !p.Source.StartsWith("operator rule", StringComparison.Ordinal) || p.Severity < ProblemSeverity.Error)) yield return new RegistrationRow(CheckResult.Good, "The operator's rules: all kept.", "here");
        foreach (var p in problems.Where(p => p.Severity > ProblemSeverity.Info))
            yield return new RegistrationRow(p.Severity == ProblemSeverity.Error ? CheckResult.Bad : CheckResult.Caution, p.Source == RuleSource.Sluice ? p.Message : $"{char.ToUpperInvariant(p.Source[0])}{p.Source[1..]}: {p.Message}", p.Source == RuleSource.Sluice ? "Sluice" : "here", p.Path, p.Fix);
    }

    private static async Task<(IReadOnlyList<RegistrationRow> Rows, IReadOnlyList<SpecProblem> Problems, bool Accepted)> DryRunAsync(
        SpecValidationInput input, IKubernetesApi api, KubernetesResource resource, string ns, string name, CancellationToken cancellationToken)
    {
        const string Server = "API server";
        try
        {
            var write = new KubernetesWrite(DryRun: true);
            if (input.Previous is null) await api.CreateAsync(resource, ns, PipelineManifest.Clean(input.Manifest), write, cancellationToken).ConfigureAwait(false);
            else
            {
                var patch = new JsonArray(new JsonObject { ["op"] = "replace", ["path"] = "/spec", ["value"] = input.Manifest["spec"]?.DeepClone() });
                await api.PatchAsync(resource, ns, name, new KubernetesPatch(KubernetesPatchType.Json, patch), write, cancellationToken).ConfigureAwait(false);
            }
            return ([new RegistrationRow(CheckResult.Good, "The API server takes it (dry run).", Server)], [], true);
        }
        catch (KubernetesException e) when (e.Error == KubernetesError.AlreadyExists)
        {
            return ([], [], false); // the row about the name says it
        }
        catch (KubernetesException e) when (e.Error is KubernetesError.Invalid or KubernetesError.Denied)
        {
            var who = e.Error == KubernetesError.Denied ? Server + ", webhook" : Server;
            var causes = e.Causes.Count > 0 ? e.Causes : [new KubernetesCause("", e.Message)];
            return ([.. causes.Select(c => new RegistrationRow(CheckResult.Bad, c.Message, who, ServerErrors.PathOf(c)))],
                [.. causes.Where(c => ServerErrors.PathOf(c) is not null).Select(c => new SpecProblem(ServerErrors.PathOf(c)!, ProblemSeverity.Error, c.Message, "", who, c.Message))], false);
        }
        catch (KubernetesException e)
        {
            var refused = e.Error is KubernetesError.Forbidden or KubernetesError.QuotaExceeded or KubernetesError.NotServed or KubernetesError.NotFound or KubernetesError.Conflict;
            return ([new RegistrationRow(refused ? CheckResult.Bad : CheckResult.Unknown, refused ? e.Message : "The dry run did not come to an end: " + e.Message, Server)], [], false);
        }
    }

    private static KubernetesResource? ResourceOf(string? kind) =>
        new[] { KubernetesResource.FlinkDeployments, KubernetesResource.FlinkSessionJobs, KubernetesResource.FlinkStateSnapshots, KubernetesResource.FlinkBlueGreenDeployments }.FirstOrDefault(r => r.Kind == kind);
}
