using System.Text;
using Sluice.Domain.Clusters;
using Sluice.Domain.Flink;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Diagnosis;

/// <summary>Looks at the resource, its events, its pods, the log of a JobManager that ended, and its JobManager: all at once, and each failing alone.</summary>
public sealed class DiagnosisReader(IClusterDirectory clusters, IJobManagers jobManagers, TimeProvider time) : IDiagnosis
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(6);

    /// <inheritdoc/>
    public async Task<Verdict> JudgeAsync(PipelineRow row, CancellationToken cancellationToken) => Diagnostician.Judge(await ReadAsync(row, cancellationToken));

    /// <summary>Reads everything a verdict is made of.</summary>
    public async Task<DiagnosisInput> ReadAsync(PipelineRow row, CancellationToken cancellationToken)
    {
        var key = row.Key;
        var deployment = key.Resource == FlinkResource.Deployment ? key.Name : row.Resource.DeploymentName ?? key.Name;
        var gaps = new List<string>();
        var job = AskJobManagerAsync(row, jobManagers.Of(key, deployment), cancellationToken);
        var cluster = clusters.Api(key.Cluster);
        if (cluster is null)
        {
            gaps.Add($"Cluster {key.Cluster} is not connected: pods and events could not be read.");
            return Merge(row, await job, [], [], null, null, null, gaps);
        }
        var pods = TryAsync("The pods", gaps, token => PodsAsync(cluster, key.Namespace, deployment, token), cancellationToken);
        var events = TryAsync("The events", gaps, token => EventsAsync(cluster, key.Namespace, key.Name, deployment, token), cancellationToken);
        var finalizers = row.Resource.DeletedAt is null ? Task.FromResult<IReadOnlyList<string>?>([])
            : TryAsync("The finalizers", gaps, async token => KubernetesFacts.Finalizers(await cluster.GetAsync(key.KubernetesResource, key.Namespace, key.Name, token)), cancellationToken);
        var operatorRuns = NeedsOperator(row) ? TryAsync("The operator's pods", gaps, token => OperatorRunsAsync(cluster, token), cancellationToken) : Task.FromResult<bool?>(null);
        await Task.WhenAll(pods, events, finalizers, operatorRuns, job);
        var crashed = (await pods)?.FirstOrDefault(static p => p.IsJobManager && p.Restarts > 0 && (!p.Ready || p.Waiting is "CrashLoopBackOff"));
        var log = crashed is null ? null : await TryAsync($"The log of {crashed.Name}", gaps, token => LogAsync(cluster, key.Namespace, crashed, token), cancellationToken);
        return Merge(row, await job, await events ?? [], await finalizers ?? [], await pods, log, await operatorRuns, gaps);
    }

    private sealed record JobFacts(JobSummary? Job, JobExceptions? Exceptions, CheckpointStatistics? Checkpoints, string? Silent);

    private DiagnosisInput Merge(PipelineRow row, JobFacts job, IReadOnlyList<EventFact> events, IReadOnlyList<string> finalizers, IReadOnlyList<PodFact>? pods, string? log, bool? operatorRuns, IReadOnlyList<string> gaps) => new()
    {
        Now = time.GetUtcNow(),
        Resource = row.Resource,
        State = row.State,
        Finalizers = finalizers,
        Events = events,
        Pods = pods,
        CrashLog = log,
        OperatorRuns = operatorRuns,
        Job = job.Job,
        Exceptions = job.Exceptions,
        Checkpoints = job.Checkpoints,
        JobManagerSilent = job.Silent,
        Gaps = [.. gaps],
    };

    private bool NeedsOperator(PipelineRow row) =>
        row.Resource.DeletedAt is not null || !row.Resource.HasStatus && row.Resource.CreatedAt is { } created && time.GetUtcNow() - created > TimeSpan.FromSeconds(30)
        || row.State.Cause?.StartsWith("Operator", StringComparison.Ordinal) == true;

    private static async Task<IReadOnlyList<PodFact>?> PodsAsync(IKubernetesApi cluster, string ns, string deployment, CancellationToken cancellationToken)
    {
        var list = await cluster.ListAsync(KubernetesResource.Pods, ns, new KubernetesListQuery($"app={deployment},component in (jobmanager,taskmanager)"), cancellationToken);
        return [.. list.Items.Select(KubernetesFacts.Pod).OrderByDescending(static pod => pod.CreatedAt)];
    }

    private static async Task<IReadOnlyList<EventFact>?> EventsAsync(IKubernetesApi cluster, string ns, string name, string deployment, CancellationToken cancellationToken)
    {
        // Warnings of the whole namespace: those of ReplicaSets and pods have names that are not known beforehand.
        var warnings = cluster.ListAsync(KubernetesResource.Events, ns, new KubernetesListQuery(FieldSelector: "type=Warning"), cancellationToken);
        var own = cluster.ListAsync(KubernetesResource.Events, ns, new KubernetesListQuery(FieldSelector: $"involvedObject.name={name}"), cancellationToken);
        await Task.WhenAll(warnings, own);
        return [.. (await warnings).Items.Concat((await own).Items).Select(KubernetesFacts.Event)
            .Where(e => e.Name == name || e.Name == deployment || BelongsTo(e, deployment))
            .Distinct().OrderByDescending(static e => e.At)];
    }

    // Names of replica sets are <deployment>-<hash>, of JobManager pods <deployment>-<hash>-<5>, of TaskManager pods <deployment>-taskmanager-<n>-<m>.
    private static bool BelongsTo(EventFact e, string deployment)
    {
        if (e.Kind is not ("Pod" or "ReplicaSet") || !e.Name.StartsWith(deployment + "-", StringComparison.Ordinal)) return false;
        var parts = e.Name[(deployment.Length + 1)..].Split('-');
        return parts[0] == "taskmanager" ? parts.Length == 3 : parts.Length == (e.Kind == "Pod" ? 2 : 1);
    }

    private static async Task<bool?> OperatorRunsAsync(IKubernetesApi cluster, CancellationToken cancellationToken)
    {
        var pods = await cluster.ListAsync(KubernetesResource.Pods, null, new KubernetesListQuery("app.kubernetes.io/name=flink-kubernetes-operator"), cancellationToken);
        return pods.Items.Select(KubernetesFacts.Pod).Any(static pod => pod.Phase == "Running");
    }

    private static async Task<string?> LogAsync(IKubernetesApi cluster, string ns, PodFact pod, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var query = new KubernetesLogQuery("flink-main-container", TailLines: 400, Previous: true);
        await foreach (var line in cluster.ReadLogAsync(ns, pod.Name, query, cancellationToken)) text.AppendLine(line.Text);
        return text.ToString();
    }

    private static async Task<JobFacts> AskJobManagerAsync(PipelineRow row, IJobManager jobManager, CancellationToken cancellationToken)
    {
        // Where there is certainly none, asking would only report that.
        if (!row.Resource.HasJob || row.State.Health == HealthState.Suspended || !row.Resource.HasReconciledSpec) return new(null, null, null, null);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            var jobs = await jobManager.JobsAsync(limit.Token);
            var job = jobs.FirstOrDefault(j => j.Id == row.Resource.JobId)
                ?? (row.Key.Resource == FlinkResource.Deployment ? jobs.OrderByDescending(static j => j.StartedAt).FirstOrDefault() : null);
            if (job is null) return new(null, null, null, null);
            var exceptions = PartAsync(() => jobManager.ExceptionsAsync(job.Id, 20, limit.Token), cancellationToken);
            var checkpoints = PartAsync(() => jobManager.CheckpointsAsync(job.Id, limit.Token), cancellationToken);
            return new(job, await exceptions, await checkpoints, null);
        }
        catch (FlinkException e)
        {
            return new(null, null, null, e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(null, null, null, $"The JobManager of {jobManager.Deployment} did not answer within {Patience.TotalSeconds:0} s.");
        }
    }

    // A job that has just gone, or one that failed before it was a job, has no checkpoints to speak of: the list of jobs and the other part still count.
    private static async Task<T?> PartAsync<T>(Func<Task<T>> read, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await read();
        }
        catch (FlinkException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private static async Task<T?> TryAsync<T>(string what, List<string> gaps, Func<CancellationToken, Task<T?>> read, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        string gap;
        try
        {
            return await read(limit.Token);
        }
        catch (KubernetesException e)
        {
            gap = $"{what} could not be read: {e.Message}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            gap = $"{what} could not be read within {Patience.TotalSeconds:0} s.";
        }
        lock (gaps) gaps.Add(gap);
        return default;
    }
}
