using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Clusters;

/// <summary>The permissions that Sluice uses, and the question which of them it has.</summary>
internal static class ClusterPermissions
{
    private sealed record Use(string Verb, string Group, string Resource, bool Needed, string Purpose, bool WholeCluster = false);

    public static async Task<IReadOnlyList<ClusterPermission>> AskAsync(KubernetesApi api, ClusterSettings settings, ClusterCapabilities capabilities, CancellationToken cancellationToken)
    {
        string?[] namespaces = settings.Namespaces is { Count: > 0 } named ? [.. named] : [null];
        var questions = Uses(settings, capabilities)
            .SelectMany(use => use.WholeCluster ? [(Use: use, Namespace: (string?)null)] : namespaces.Select(ns => (Use: use, Namespace: ns)))
            .ToList();
        var answers = new ClusterPermission[questions.Count];
        await Parallel.ForAsync(0, questions.Count, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken }, async (i, token) =>
        {
            var (use, ns) = questions[i];
            var allowed = await api.MayAsync(use.Verb, use.Group, use.Resource, ns, token).ConfigureAwait(false);
            answers[i] = new ClusterPermission(use.Verb, use.Group.Length == 0 ? use.Resource : $"{use.Resource}.{use.Group}", ns, allowed, use.Needed, use.Purpose);
        }).ConfigureAwait(false);
        return answers;
    }

    private static IEnumerable<Use> Uses(ClusterSettings settings, ClusterCapabilities capabilities)
    {
        const string Flink = KubernetesResource.FlinkGroup;
        foreach (var verb in (string[])["get", "list", "watch"]) yield return new Use(verb, Flink, "flinkdeployments", true, "see pipelines");
        yield return new Use("create", Flink, "flinkdeployments", false, "deploy pipelines");
        yield return new Use("patch", Flink, "flinkdeployments", false, "suspend, resume, scale, upgrade and roll back pipelines");
        yield return new Use("delete", Flink, "flinkdeployments", false, "delete pipelines");
        if (capabilities.FlinkKinds.Contains("FlinkSessionJob"))
        {
            foreach (var verb in (string[])["get", "list", "watch"]) yield return new Use(verb, Flink, "flinksessionjobs", false, "see jobs on session clusters");
            foreach (var verb in (string[])["create", "patch", "delete"]) yield return new Use(verb, Flink, "flinksessionjobs", false, "change jobs on session clusters");
        }

        if (capabilities.HasSnapshots)
        {
            foreach (var verb in (string[])["get", "list", "watch"]) yield return new Use(verb, Flink, "flinkstatesnapshots", false, "see savepoints and checkpoints");
            foreach (var verb in (string[])["create", "patch", "delete"]) yield return new Use(verb, Flink, "flinkstatesnapshots", false, "take and dispose of savepoints");
        }

        yield return new Use("list", "", "pods", false, "show the pods of a pipeline");
        yield return new Use("get", "", "pods/log", false, "show logs");
        yield return new Use("list", "", "events", false, "show events");
        yield return new Use("list", "", "namespaces", false, "offer namespaces, and in Development make teams of their labels", WholeCluster: true);
        yield return new Use("get", "", "serviceaccounts", false, "say in a dry run whether the service account is there");
        yield return new Use("list", "", "resourcequotas", false, "warn before a quota is used up");
        yield return new Use("list", "apps", "deployments", false, "find the operator's version");
        yield return new Use("get", "apiextensions.k8s.io", "customresourcedefinitions", false, "find misspelt fields before they are saved", WholeCluster: true);
        if (settings.Access == JobManagerAccess.ApiServerProxy)
        {
            yield return new Use("get", "", "services/proxy", false, "show checkpoints, backlog and metrics (JobManagers are reached through the API server)");
            yield return new Use("create", "", "services/proxy", false, "dispose of savepoints on operators without FlinkStateSnapshot");
        }
    }
}
