using System.Text.RegularExpressions;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations;

/// <summary>What stands against a fork.</summary>
internal static partial class ForkRules
{
    public static void AddProblems(PlanContext context, FlinkObject? source, List<string> problems)
    {
        var (request, path) = (context.Request, context.Request.ChosenSnapshot);
        if (request.Source is not { } first)
        {
            problems.Add("No pipeline is named to begin from. Give source as cluster/namespace/name.");
            return;
        }
        var name = request.Pipeline.Name;
        if (first == request.Pipeline) problems.Add("The new pipeline needs a name of its own.");
        else if (context.Resource is not null) problems.Add($"{request.Pipeline} exists already. Choose another name.");
        else if (context.Pipeline is not null) problems.Add($"{request.Pipeline} is registered already. Choose another name.");
        if (!IsName(name)) problems.Add(NameProblem(name));
        if (!IsNamespace(request.Pipeline.Namespace)) problems.Add("The namespace is no name that Kubernetes takes: at most 63 small letters, digits and “-”.");
        if (first.Cluster != request.Pipeline.Cluster) problems.Add($"A fork stays on its pipeline's cluster, {first.Cluster}: whether {request.Pipeline.Cluster} reaches the snapshot's storage is not known.");
        else if (source is null && path is null) problems.Add($"{first} does not exist on the cluster, so no savepoint of it can be taken. Choose a snapshot that is there.");
        if (request.Pipeline.Resource == FlinkResource.SessionJob && first.Namespace != request.Pipeline.Namespace) problems.Add($"A session job runs in the namespace of its session cluster, {first.Namespace}.");
        if (string.IsNullOrWhiteSpace(request.Team)) problems.Add("No team is named to own it.");
        if (path is not null && SnapshotStart.Doubt(path) is { } doubt) problems.Add(doubt);
        if (source is null) return;
        if (!source.Record.HasJob) problems.Add("It is a session cluster and has no job of its own.");
        else if (path is null && !source.Runs) problems.Add($"{PlanTexts.NotRunning(source)} Choose a snapshot that is there instead.");
        else if (path is null) PlanTexts.SavepointDirectory(source, problems);
    }

    public static bool IsName(string name) => Name().IsMatch(name);

    public static bool IsNamespace(string name) => Namespace().IsMatch(name);

    public static string NameProblem(string name) => $"“{(name.Length > 60 ? name[..60] + "…" : name)}” is no name for it: at most 45 small letters, digits and “-”, beginning with a letter and ending with a letter or digit.";

    [GeneratedRegex(@"^[a-z]([-a-z\d]{0,43}[a-z\d])?$")]
    private static partial Regex Name();

    [GeneratedRegex(@"^[a-z\d]([-a-z\d]{0,61}[a-z\d])?$")]
    private static partial Regex Namespace();
}
