using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations;

/// <summary>What a plan is made from: the request, and how things stand now.</summary>
/// <param name="Request">What is asked for.</param>
/// <param name="Api">The pipeline's API server.</param>
/// <param name="Cluster">The cluster, with what it can do.</param>
/// <param name="Resource">The custom resource now, or null where there is none.</param>
/// <param name="Pipeline">The registered pipeline, or null.</param>
/// <param name="Environment">What operations work with.</param>
public sealed record PlanContext(
    OperationRequest Request,
    IKubernetesApi Api,
    ClusterStatus Cluster,
    FlinkObject? Resource,
    Pipeline? Pipeline,
    OperationEnvironment Environment)
{
    /// <summary>The pipeline's name as a sentence says it.</summary>
    public string Name => Request.Pipeline.Name;

    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private Task<JobFacts>? _facts;

    /// <summary>What the JobManager tells, asked once for each plan.</summary>
    internal Task<JobFacts> FactsAsync(CancellationToken cancellationToken) => _facts ??= Resource is null
        ? Task.FromResult(JobFacts.None("the job does not exist yet"))
        : JobFacts.ReadAsync(Environment, Request.Pipeline, Resource, Patience, cancellationToken);

    /// <summary>What stands against any operation on an existing pipeline; empty where nothing does.</summary>
    public List<string> ExistingProblems()
    {
        var problems = new List<string>();
        if (Resource is null) problems.Add($"{Request.Pipeline} does not exist on the cluster. Deploy it first.");
        if (Pipeline is null) problems.Add("Nobody has registered this deployment, so it is read-only here. Adopt it first: that changes nothing about it.");
        if (Resource?.Record.DeletedAt is not null && Request.Kind != OperationKind.Delete) problems.Add("It is being deleted.");
        if (Resource is { Record.HasJob: false } && Request.Kind is not (OperationKind.Delete or OperationKind.Upgrade)) problems.Add("It is a session cluster and has no job of its own.");
        return problems;
    }
}

/// <summary>Texts that several plans share.</summary>
internal static class PlanTexts
{
    public static IReadOnlyList<string> Titles(IOperationKind kind, OperationRequest request) =>
        [.. kind.Steps(OperationParameters.Of(request)).Select(s => s.Title)];

    public static string NotRunning(FlinkObject seen) => seen.Record.JobState is { } state
        ? $"The job is {state}, not RUNNING: Flink can take a savepoint of a running job only."
        : "The operator has not reported a running job: Flink can take a savepoint of a running job only.";

    public const string DrainSwitch =
        "The drain switch is on: the stop ends all windows early, and the savepoint is not fit to continue from. Turn it off by an upgrade of that key alone first if you do not want that.";

    public static void SavepointDirectory(FlinkObject seen, List<string> problems)
    {
        // Session jobs take the directory from their session cluster.
        if (seen.SavepointDirectory is null && seen.Record.Resource == Pipelines.FlinkResource.Deployment)
            problems.Add("No savepoint directory is set. Set execution.checkpointing.savepoint-dir (or state.savepoints.dir) in flinkConfiguration by an upgrade first.");
    }
}
