using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Specs;

/// <summary>What of a cluster a new pipeline needs. Reading only; what may not be read is a row that says so.</summary>
internal static class ClusterChecks
{
    public static async Task<RegistrationRow?> NameFreeAsync(IKubernetesApi api, KubernetesResource resource, string ns, string name, CancellationToken cancellationToken)
    {
        try
        {
            await api.GetAsync(resource, ns, name, cancellationToken).ConfigureAwait(false);
            return new RegistrationRow(CheckResult.Bad, $"The name is taken: namespace {ns} has a {resource.Kind} {name} already.", api.Cluster, "metadata.name", "Choose another name, or adopt the one that is there.");
        }
        catch (KubernetesException e) when (e.Error == KubernetesError.NotFound)
        {
            return new RegistrationRow(CheckResult.Good, $"The name {name} is free in namespace {ns}.", api.Cluster, "metadata.name");
        }
        catch (KubernetesException e)
        {
            return new RegistrationRow(CheckResult.Unknown, "Unknown: whether the name is free. " + e.Message, api.Cluster, "metadata.name");
        }
    }

    public static async Task<RegistrationRow?> ServiceAccountAsync(JsonObject manifest, IKubernetesApi api, string ns, CancellationToken cancellationToken)
    {
        if (manifest.Map("spec").Text("serviceAccount") is not { Length: > 0 } account) return null;
        const string Path = "spec.serviceAccount";
        try
        {
            await api.GetAsync(KubernetesResource.ServiceAccounts, ns, account, cancellationToken).ConfigureAwait(false);
            return new RegistrationRow(CheckResult.Good, $"The service account {account} is there.", api.Cluster, Path);
        }
        catch (KubernetesException e) when (e.Error == KubernetesError.NotFound)
        {
            return new RegistrationRow(CheckResult.Bad, $"Namespace {ns} has no service account {account}; no pod could be made.", api.Cluster, Path, "Name one that is there, or have it made with the operator's role.");
        }
        catch (KubernetesException e)
        {
            return new RegistrationRow(CheckResult.Unknown, $"Unknown: whether the service account {account} is there. {e.Message}", api.Cluster, Path);
        }
    }

    public static async Task<RegistrationRow?> QuotaAsync(SpecValidationInput input, IKubernetesApi api, string ns, CancellationToken cancellationToken)
    {
        // What runs already is counted in the quota: for a change only the difference would matter, and pods come and go meanwhile.
        if (input.Previous is not null || input.Manifest.Text("kind") != "FlinkDeployment") return null;
        try
        {
            var quotas = await api.ListAsync(KubernetesResource.ResourceQuotas, ns, new KubernetesListQuery(), cancellationToken).ConfigureAwait(false);
            return Quota(input.Manifest, quotas.Items, api.Cluster, ns);
        }
        catch (KubernetesException e)
        {
            return new RegistrationRow(CheckResult.Unknown, "Unknown: whether the quota leaves room. " + e.Message, api.Cluster);
        }
    }

    private static RegistrationRow Quota(JsonObject manifest, IReadOnlyList<JsonObject> quotas, string cluster, string ns)
    {
        var need = Need(manifest);
        var room = new List<string>();
        foreach (var quota in quotas)
        {
            // A quota with scopes counts only some pods; which ones is not told here.
            if (quota.Map("spec").List("scopes") is { Count: > 0 } || quota.Map("spec").Map("scopeSelector") is not null) continue;
            foreach (var (what, hard) in quota.Map("status").Map("hard") ?? [])
            {
                if (!need.TryGetValue(what, out var amount) || hard.Text() is not { } limit || !FlinkUnits.TryQuantity(limit, out var most)) continue;
                FlinkUnits.TryQuantity(quota.Map("status").Map("used").Text(what) ?? "0", out var used);
                if (used + amount > most)
                    return new RegistrationRow(CheckResult.Bad, $"The quota {quota.Map("metadata").Text("name")} of namespace {ns} leaves too little {what}: {Shown(what, most - used)} of {limit} are free, {Shown(what, amount)} are needed.", cluster, what.Contains("memory", StringComparison.Ordinal) ? "spec.taskManager.resource.memory" : "spec.job.parallelism", "Lower the size, or have the quota raised.");
                room.Add($"{Shown(what, amount)} of {Shown(what, most - used)} free {what}");
            }
        }
        return new RegistrationRow(CheckResult.Good, room.Count == 0 ? $"Namespace {ns} has no quota that counts here." : "The quota leaves room: " + string.Join(", ", room) + ".", cluster);
    }

    private static Dictionary<string, decimal> Need(JsonObject manifest)
    {
        var (jobManagers, taskManagers) = Processes(manifest);
        var need = new Dictionary<string, decimal>(StringComparer.Ordinal) { ["pods"] = jobManagers + taskManagers };
        foreach (var what in new[] { "cpu", "memory" })
        {
            if (Amount(manifest, "jobManager", what) is not { } one || Amount(manifest, "taskManager", what) is not { } other) continue;
            need[what] = need["requests." + what] = one * jobManagers + other * taskManagers;
        }
        return need;
    }

    private static (long JobManagers, long TaskManagers) Processes(JsonObject manifest)
    {
        var spec = manifest.Map("spec");
        var slots = Math.Max(1, DeploymentRules.Whole(FlinkConfiguration.Get(FlinkConfiguration.Of(manifest), "taskmanager.numberOfTaskSlots")) ?? 1);
        var parallelism = spec.Map("job") is null ? 0 : Math.Max(0, DeploymentRules.Whole(spec.Map("job").Text("parallelism")) ?? 0);
        return (Math.Max(1, DeploymentRules.Whole(spec.Map("jobManager").Text("replicas")) ?? 1), DeploymentRules.Whole(spec.Map("taskManager").Text("replicas")) ?? (parallelism / slots) + (parallelism % slots == 0 ? 0 : 1));
    }

    private static decimal? Amount(JsonObject manifest, string part, string what)
    {
        var process = manifest.Map("spec").Map(part);
        var text = process.Map("resources").Map("requests").Text(what) ?? process.Map("resources").Map("limits").Text(what) ?? process.Map("resource").Text(what);
        if (text is null) return what == "cpu" ? 1 : null;
        if (what == "memory") return FlinkUnits.TryMemory(text, out var bytes) ? bytes : null;
        return FlinkUnits.TryQuantity(text, out var cpu) ? cpu : null;
    }

    private static string Shown(string what, decimal amount) => what.Contains("memory", StringComparison.Ordinal)
        ? (amount / (1L << 30)).ToString("0.#", CultureInfo.InvariantCulture) + " GiB"
        : amount.ToString("0.###", CultureInfo.InvariantCulture);
}
